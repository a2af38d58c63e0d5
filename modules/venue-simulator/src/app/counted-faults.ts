import type { AccountFaults } from '../domain/accounts/orders.ts';
import type { Fault } from './fault-schema.ts';

/** Faults that happen to so many of the next orders, requests or reports. */
export const COUNTED_FAULTS = [
  'accepted-then-timeout',
  'rejected-by-timeout',
  'cancel-lost',
  'order-reject',
  'partial-fill',
  'fill-during-cancel',
  'report-drop',
  'report-duplicate',
  'report-late',
  'report-reorder',
] as const;

export type CountedFault = (typeof COUNTED_FAULTS)[number];

interface Armed {
  readonly fault: Fault;
  left: number;
}

/** What is still to go wrong at one venue, a number of times each. */
export class CountedFaults {
  private readonly armed = new Map<CountedFault, Armed>();

  /** Sets how often a fault is to happen; what was left of it before is forgotten. */
  arm(kind: CountedFault, fault: Fault): void {
    this.armed.set(kind, { fault, left: fault.count });
  }

  /** @returns the fault, used up by one, when it is to happen to what is asked for. */
  take(kind: CountedFault, hits: (fault: Fault) => boolean = () => true): Fault | undefined {
    const armed = this.armed.get(kind);
    if (armed === undefined || !hits(armed.fault)) return undefined;
    armed.left -= 1;
    if (armed.left === 0) this.armed.delete(kind);
    return armed.fault;
  }

  get active(): readonly string[] {
    return [...this.armed.keys()];
  }

  clear(): void {
    this.armed.clear();
  }
}

/** The faults of orders, as accounts ask for them. */
export function accountFaults(faults: CountedFaults): AccountFaults {
  return {
    refusal: () => faults.take('order-reject')?.reason,
    fillsHalf: () => faults.take('partial-fill') !== undefined,
    fillsBeforeCancel: () => faults.take('fill-during-cancel') !== undefined,
  };
}
