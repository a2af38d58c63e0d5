import { type OpportunityRecord, recordViolations, totalsViolations } from '@ats/domain';
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

  record(record: OpportunityRecord): void {
    for (const what of recordViolations(record)) this.violated(what);
  }

  /** Checks the sums of a finished run. @returns all violations, the first twenty in words. */
  close(parts: Pick<UpSummary, 'opportunities' | 'ledger'>): UpSummary['invariants'] {
    for (const what of totalsViolations(parts.opportunities)) this.violated(what);
    for (const what of parts.ledger?.differences ?? []) this.violated(`ledger: ${what}`);
    for (const [asset, sum] of Object.entries(parts.ledger?.deltas ?? {})) {
      if (sum !== '0') this.violated(`ledger: ${asset} sums to ${sum}`);
    }
    const rest = this.skipped === 0 ? [] : [`and ${this.skipped} more`];
    return { ok: this.found.length === 0, violations: [...this.found, ...rest] };
  }
}
