import type { AtsError, HaltMode, OrderPurpose, VenueId } from '@ats/domain';
import { refusal } from '../domain/refusals.ts';

/** A gate that lets nothing through, and why. */
export interface ClosedGate {
  /** `kill-switch`, `risk`, `ledger`, `log`, `store` or `outbox`. */
  readonly gate: string;
  /** A venue where the gate is one venue's, else empty. */
  readonly venue: string;
  readonly reason: string;
  /** Risk halts, and so much. */
  readonly mode?: HaltMode;
}

/** Whether orders may be taken now. Answers from what is known: it never waits. */
export interface Gates {
  /** @returns the first gate that is closed for an order on this venue */
  closedFor(venue: VenueId, purpose: OrderPurpose): ClosedGate | undefined;
  /**
   * Since when only what lowers exposure may pass, microseconds since the epoch; undefined when
   * that is not so. Risk judges it: what it approved before may raise exposure.
   */
  readonly reducingSinceUs: number | undefined;
}

/** The refusal that a closed gate stands for; nothing happened, so trying again is safe. */
export function gateClosed({ gate, venue, reason, mode }: ClosedGate): AtsError {
  const where = venue === '' ? '' : ` on ${venue}`;
  return refusal({
    code: 'ORDER_GATE_CLOSED',
    message: `no new orders${where} now: ${gate}: ${reason}`,
    remedy: 'Mend what the reason names, then send the same request again.',
    field: 'gate',
    value: gate,
    retry: 'safe',
    facts: {
      reason,
      ...(venue === '' ? {} : { venue }),
      ...(mode === undefined ? {} : { mode }),
    },
  });
}
