import { Decimal } from './decimal.ts';
import type { OpportunityRecord } from './opportunity.ts';

/**
 * What can be wrong with one line of the opportunity ledger by itself, exactly.
 * @returns sentences, none when all holds
 */
export function recordViolations(record: OpportunityRecord): string[] {
  const { opportunity: found, decision, reason } = record;
  const violations: string[] = [];
  const say = (what: string): void => {
    violations.push(`opportunity ${found.id}: ${what}`);
  };
  const net = found.grossProfit.subtract(found.fees).subtract(found.slippageReserve);
  if (!net.equals(found.netProfit)) {
    say(`net ${found.netProfit} is not gross - fees - slippage ${net}`);
  }
  if ((decision?.verdict === 'approved') !== (reason === 'APPROVED')) {
    say(`reason ${reason} does not go with risk's ${decision?.verdict}`);
  }
  if (reason !== 'APPROVED') return violations;
  if (found.netProfit.compare(Decimal.ZERO) <= 0) {
    say(`approved with a net profit of ${found.netProfit}`);
  }
  if (found.buy.venue === found.sell.venue && found.buy.instrument === found.sell.instrument) {
    say(`buys and sells on the same market of ${found.buy.venue}`);
  }
  const { bookAtUs, decidedAtUs, riskAnsweredAtUs } = found.times;
  if (bookAtUs > decidedAtUs || decidedAtUs > riskAnsweredAtUs) {
    say(`its times run backwards: ${bookAtUs}, ${decidedAtUs}, ${riskAnsweredAtUs}`);
  }
  return violations;
}

/** What can be wrong with the sums over a whole run. @returns sentences, none when all holds */
export function totalsViolations(totals: {
  readonly total: number;
  readonly approved: number;
  readonly refused: number;
  readonly byReason: Readonly<Record<string, number>>;
}): string[] {
  const { total, approved, refused, byReason } = totals;
  const sum = Object.values(byReason).reduce((all, count) => all + count, 0);
  const violations: string[] = [];
  if (total !== approved + refused) {
    violations.push(
      `opportunities: total ${total} is not ${approved} approved + ${refused} refused`,
    );
  }
  if (total !== sum)
    violations.push(`opportunities: total ${total} is not the sum by reason ${sum}`);
  if (approved !== (byReason.APPROVED ?? 0)) {
    violations.push(`opportunities: ${approved} approved, ${byReason.APPROVED ?? 0} by reason`);
  }
  return violations;
}
