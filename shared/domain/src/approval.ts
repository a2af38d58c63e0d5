import type { Decimal } from './decimal.ts';
import type { InstrumentId, VenueId } from './ids.ts';
import type { OrderSide } from './order.ts';
import type { AccountId, RequestId } from './order-ids.ts';

/** What one order of a request may be at most. */
export interface ApprovedLeg {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly side: OrderSide;
  /** Units of base, at most. */
  readonly quantity: Decimal;
  /** Quote per base: a buy may pay it, a sell must bring it. */
  readonly price: Decimal;
}

/** Risk's word that one request may be sent: leg by leg, for a short time. */
export interface Approval {
  readonly accountId: AccountId;
  readonly requestId: RequestId;
  /** Of the risk manager that gave it: grows with each that takes over; 0 where only one can be. */
  readonly epoch: number;
  /** In the order of the request's orders. */
  readonly legs: readonly ApprovedLeg[];
  /** Microseconds since the epoch. */
  readonly issuedAtUs: number;
  /** From then on it is worth nothing. */
  readonly expiresAtUs: number;
}
