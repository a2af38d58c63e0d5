import type { Decimal, ReasonCode } from '@ats/domain';
import type { Breaches } from '../domain/check-market.ts';
import { kindOf, type LimitName } from '../domain/limits/limit-names.ts';
import { plain, type Refusal } from '../domain/refusal.ts';

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
export class BreachBoard implements Breaches {
  private breaches: readonly Breach[] = [];

  replace(breaches: readonly Breach[]): void {
    this.breaches = breaches;
  }

  refusalFor(venue: string, reduces: boolean): Refusal | undefined {
    if (this.breaches.length === 0) return undefined;
    const breach = this.breaches.find(({ of }) => (of === '' ? !reduces : of === venue));
    return breach === undefined ? undefined : refusalOf(breach);
  }
}

function refusalOf({ name, of, reason, value, max }: Breach): Refusal {
  const [limit, shown] = [plain(max), plain(value)];
  const whose = of === '' ? name : `${name} of ${of}`;
  const detail = `${whose} is ${shown} and was above ${limit}, the most: ${kindOf(name).meaning}.`;
  return { reason, detail, limit, value: shown };
}
