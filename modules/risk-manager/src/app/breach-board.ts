import type { Decimal, ReasonCode } from '@ats/domain';
import type { LimitName } from '../domain/limits/limit-names.ts';

/** A limit that is breached and refuses approvals. */
export interface Breach {
  readonly name: LimitName;
  /** Empty for a limit that is one for all. */
  readonly of: string;
  readonly reason: ReasonCode;
  readonly value: Decimal;
  readonly max: Decimal;
}

/** The breaches that refuse new approvals, as they stand now: asked for every opportunity. */
export class BreachBoard {
  private breaches: readonly Breach[] = [];

  replace(breaches: readonly Breach[]): void {
    this.breaches = breaches;
  }

  /** @returns what refuses a trade on these venues; undefined when nothing does */
  refusalFor(venues: readonly string[]): Breach | undefined {
    if (this.breaches.length === 0) return undefined;
    return this.breaches.find(({ of }) => of === '' || venues.includes(of));
  }
}
