import { Decimal, type OpportunityRecord } from '@ats/domain';
import type { UpSummary } from './summary.ts';

const VIOLATIONS_MAX = 20;

/** Watches what the services say while they run and keeps what must never happen. */
export class InvariantWatch {
  private readonly found: string[] = [];
  private skipped = 0;

  violated(what: string): void {
    if (this.found.length < VIOLATIONS_MAX) this.found.push(what);
    else this.skipped += 1;
  }

  /** Checks one line of the opportunity ledger by itself, exactly. */
  record(record: OpportunityRecord): void {
    const { opportunity: found, decision, reason } = record;
    const named = `opportunity ${found.id}`;
    const net = found.grossProfit.subtract(found.fees).subtract(found.slippageReserve);
    if (!net.equals(found.netProfit)) {
      this.violated(`${named}: net ${found.netProfit} is not gross - fees - slippage ${net}`);
    }
    if ((decision?.verdict === 'approved') !== (reason === 'APPROVED')) {
      this.violated(`${named}: reason ${reason} does not go with risk's ${decision?.verdict}`);
    }
    if (reason !== 'APPROVED') return;
    if (found.netProfit.compare(Decimal.ZERO) <= 0) {
      this.violated(`${named}: approved with a net profit of ${found.netProfit}`);
    }
    if (found.buy.venue === found.sell.venue && found.buy.instrument === found.sell.instrument) {
      this.violated(`${named}: buys and sells on the same market ${found.buy.venue}`);
    }
    const { times } = found;
    const ordered =
      times.bookAtUs <= times.decidedAtUs && times.decidedAtUs <= times.riskAnsweredAtUs;
    if (!ordered) this.violated(`${named}: its times run backwards ${JSON.stringify(times)}`);
  }

  /** Checks the sums of a finished run. @returns all violations, the first twenty in words. */
  close(totals: UpSummary['opportunities']): UpSummary['invariants'] {
    const byReason = Object.values(totals.byReason).reduce((sum, count) => sum + count, 0);
    if (totals.total !== totals.approved + totals.refused) {
      this.violated(
        `opportunities: total ${totals.total} is not approved ${totals.approved} + refused ${totals.refused}`,
      );
    }
    if (totals.total !== byReason) {
      this.violated(`opportunities: total ${totals.total} is not the sum by reason ${byReason}`);
    }
    if (totals.approved !== (totals.byReason.APPROVED ?? 0)) {
      this.violated(`opportunities: approved ${totals.approved} is not the count of APPROVED`);
    }
    const rest = this.skipped === 0 ? [] : [`and ${this.skipped} more`];
    return { ok: this.found.length === 0, violations: [...this.found, ...rest] };
  }
}
