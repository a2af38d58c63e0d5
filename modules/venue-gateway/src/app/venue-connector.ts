import type { Decimal, Fee, TimeInForce } from '@ats/domain';
import type {
  OrderReference,
  VenueBalance,
  VenueFill,
  VenueOrderState,
} from '../domain/venue-facts.ts';
import type { Pace } from './call-queue.ts';

/** An order on its way. A market order is an immediate-or-cancel at the worst price it may get. */
export interface VenueSubmit extends OrderReference {
  /** Units of base. */
  readonly quantity: Decimal;
  /** Quote per base. */
  readonly limitPrice: Decimal;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
}

/** New terms of an order that stands. */
export interface VenueReplace extends OrderReference {
  /** Units of base of the whole order, what is filled included. */
  readonly quantity: Decimal;
  /** Quote per base. */
  readonly limitPrice: Decimal;
}

/** Why a venue, or the way there, refused an order for certain. */
export type RejectReason =
  | 'INVALID_ORDER'
  | 'INSUFFICIENT_FUNDS'
  | 'UNKNOWN_INSTRUMENT'
  | 'POST_ONLY_WOULD_TAKE'
  | 'NOT_PERMITTED'
  /** It was never sent: the venue keeps failing. */
  | 'VENUE_CIRCUIT_OPEN'
  | 'VENUE_REFUSED';

/** The venue is asked for less; nothing has happened. */
export interface RateLimited {
  readonly kind: 'rate-limited';
  /** How long to ask nothing; 0 where the venue does not say. */
  readonly retryAfterMs: number;
  readonly detail: string;
}

/** Nobody knows whether the venue got the request. */
export interface Ambiguous {
  readonly kind: 'ambiguous';
  readonly detail: string;
}

/** The venue could not be asked. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly detail: string;
}

export type SubmitAnswer =
  | {
      readonly kind: 'accepted';
      readonly venueOrderId: string;
      /** As it stands after the answer, where the venue tells. */
      readonly state?: VenueOrderState;
      /** All fills that `state` counts, where the venue tells them with the answer. */
      readonly fills?: readonly VenueFill[];
    }
  | { readonly kind: 'rejected'; readonly reason: RejectReason; readonly detail: string }
  | Ambiguous
  | RateLimited;

export type CancelAnswer =
  /** The venue took it; the order's end is told by the order itself. */
  | { readonly kind: 'accepted' }
  /** The venue has no such order that could be cancelled: too late, or never there. */
  | { readonly kind: 'refused'; readonly detail: string }
  | Ambiguous
  | RateLimited;

export type ReplaceAnswer =
  | { readonly kind: 'replaced' }
  | { readonly kind: 'refused'; readonly detail: string }
  | Ambiguous
  | RateLimited;

export type QueryAnswer =
  | {
      readonly kind: 'found';
      readonly state: VenueOrderState;
      /** All fills that `state` counts, where the venue tells them with the order. */
      readonly told?: ToldFills;
    }
  | { readonly kind: 'not-found' }
  | Unavailable
  | RateLimited;

/** Fills of one order. */
export interface ToldFills {
  readonly fills: readonly VenueFill[];
  /** What they cost together, where the venue tells it of the order as a whole. */
  readonly orderFee?: Fee;
}

export type FillsAnswer = ({ readonly kind: 'fills' } & ToldFills) | Unavailable | RateLimited;

export type OpenOrdersAnswer =
  | { readonly kind: 'orders'; readonly orders: readonly VenueOrderState[] }
  | Unavailable
  | RateLimited;

export type BalancesAnswer =
  | { readonly kind: 'balances'; readonly balances: readonly VenueBalance[] }
  | Unavailable
  | RateLimited;

/** What a venue says by itself. Any of it may come twice, late, or never. */
export type VenuePush =
  /** A fill that is told whole, with its fee. */
  | { readonly kind: 'fill'; readonly fill: VenueFill }
  /** Something about this order changed: look at it now. */
  | {
      readonly kind: 'order';
      readonly venueOrderId: string;
      readonly clientOrderId: string | undefined;
    }
  | { readonly kind: 'connected' }
  | { readonly kind: 'lost'; readonly detail: string };

export interface ConnectorHealth {
  readonly ok: boolean;
  /** Why not; empty when well. */
  readonly reason: string;
}

/**
 * Carries orders to one venue. Answers are values: nothing here rejects, but for defects.
 *
 * Ordering: none between calls; who needs an order of things awaits. Durability: none of its own.
 * Idempotency: `submit` sends what it is given, once; everything else may be repeated. When full:
 * there is no queue in here; the caller bounds how many calls are under way.
 */
export interface VenueConnector {
  /** `simulated`, `paper` or `live`. */
  readonly kind: string;
  /** Whether fills are pushed whole, so that nothing need be asked for a moment. */
  readonly pushesFills?: boolean;
  submit(order: VenueSubmit): Promise<SubmitAnswer>;
  cancel(order: OrderReference): Promise<CancelAnswer>;
  replace(order: VenueReplace): Promise<ReplaceAnswer>;
  /** By the venue's id where it is known, else by ours. */
  query(order: OrderReference): Promise<QueryAnswer>;
  /** Every fill of one order, oldest first. */
  fillsOf(order: OrderReference): Promise<FillsAnswer>;
  /**
   * The account's fills from a time on, oldest first; orders that are not ours included.
   * @param pace waited for before each request but the first
   */
  fillsSince(sinceUs: number, pace: Pace): Promise<FillsAnswer>;
  openOrders(): Promise<OpenOrdersAnswer>;
  balances(): Promise<BalancesAnswer>;
  /** One listener; pushes make things faster, nothing depends on them. */
  listen(onPush: (push: VenuePush) => void): void;
  health(): ConnectorHealth;
  close(): Promise<void>;
}
