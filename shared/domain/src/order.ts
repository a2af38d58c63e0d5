import type { Decimal, Rounding } from './decimal.ts';
import type { AssetId, InstrumentId, VenueId } from './ids.ts';
import type { AccountId, ClientOrderId, OrderId, RequestId, TradeId } from './order-ids.ts';

/** Which way an order trades: `buy` takes base for quote, `sell` gives it. */
export type OrderSide = 'buy' | 'sell';

/** `limit` trades at its price or better, `market` at what the book offers. */
export type OrderType = 'limit' | 'market';

/** `gtc` stands until cancelled, `ioc` cancels what cannot fill at once, `fok` is all or none. */
export type TimeInForce = 'gtc' | 'ioc' | 'fok';

/** `entry` opens or changes exposure, `unwind` undoes what a trade left open. */
export type OrderPurpose = 'entry' | 'unwind';

/** Where an order can be in its life. */
export const ORDER_STATUSES = [
  /** Accepted by the gateway, funds reserved, not yet handed on. */
  'NEW',
  /** On its way to the venue. */
  'PENDING_SUBMIT',
  /** Standing at the venue, nothing filled. */
  'LIVE',
  /** Standing, filled in part. */
  'PARTIALLY_FILLED',
  /** Filled whole. */
  'FILLED',
  /** A cancel is on its way; fills still count. */
  'CANCEL_PENDING',
  /** Cancelled; what was filled before stays filled. */
  'CANCELED',
  /** A replace is on its way; fills still count. */
  'REPLACE_PENDING',
  /** Refused, nothing filled. */
  'REJECTED',
  /** Ended by its time in force. */
  'EXPIRED',
  /** Nobody knows yet whether the venue has it: the venue is being asked. */
  'UNKNOWN',
] as const;

export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** What a client wants done. */
export interface NewOrder {
  /** The client's own name for the order, unique within the account. */
  readonly clientOrderId: ClientOrderId;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly side: OrderSide;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** Units of base. */
  readonly quantity: Decimal;
  /** Quote per base; absent for a market order. */
  readonly limitPrice: Decimal | undefined;
  /** Whether the order may only add liquidity. */
  readonly postOnly: boolean;
}

/** What a venue took for fills. */
export interface Fee {
  /** Any asset: quote, base or a third, such as the venue's own coin. */
  readonly asset: AssetId;
  /** Units of the asset; below zero for a rebate. */
  readonly amount: Decimal;
}

/** New terms that were asked of the venue and not answered yet. */
export interface Replacement {
  readonly requestId: RequestId;
  /** Units of base, what is filled already included. */
  readonly quantity: Decimal;
  /** Quote per base; absent for a market order. */
  readonly limitPrice: Decimal | undefined;
}

/** How an order that stands no longer came to its end. */
export type OrderEnd = 'canceled' | 'expired' | 'rejected';

/** The facts that an order's status follows from, besides its quantities. */
export interface OrderProgress {
  /** Whether the order was handed to the venue gateway. */
  readonly submitted: boolean;
  /** Whether its request went out; said before the first byte leaves, so `false` is certain. */
  readonly sent: boolean;
  /** Whether the venue is known to have had the order. */
  readonly acknowledged: boolean;
  /** Whether the outcome of the submit is not known. */
  readonly ambiguous: boolean;
  readonly ended: OrderEnd | undefined;
  /** The cancel that the venue has not answered. */
  readonly pendingCancel: RequestId | undefined;
  /** The replace that the venue has not answered. */
  readonly pendingReplace: Replacement | undefined;
}

/** An order as the system of record knows it. */
export interface Order {
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  /** The trade that it is a leg of; absent for a lone order. */
  readonly tradeId: TradeId | undefined;
  /** What was asked, as last replaced. */
  readonly terms: NewOrder;
  readonly purpose: OrderPurpose;
  /**
   * For a market order: quote per base that it may cost at worst, or bring at least. It goes to the
   * venue as this limit, so that what is reserved for it always suffices. Absent for a limit order.
   */
  readonly worstPrice: Decimal | undefined;
  /** It expires unless it has left for the venue by then; microseconds, 0 for no such limit. */
  readonly sendBeforeUs: number;
  readonly status: OrderStatus;
  /** The venue's id; absent until known. */
  readonly venueOrderId: string | undefined;
  /** CumQty: units of base filled so far. */
  readonly cumulativeQuantity: Decimal;
  /** Quote of all fills together, exact. AvgPx is this over `cumulativeQuantity`. */
  readonly cumulativeNotional: Decimal;
  /** What venues took for the fills so far: one for each asset, below zero for a rebate. */
  readonly fees: readonly Fee[];
  /** LeavesQty: units of base that may still fill; 0 once the order has ended. */
  readonly leavesQuantity: Decimal;
  readonly progress: OrderProgress;
  /** Whole microseconds since the epoch. */
  readonly createdAtUs: number;
  readonly updatedAtUs: number;
  /** Why it ended early, for a person; empty otherwise. */
  readonly detail: string;
  /** Counts this order's changes from 1. */
  readonly version: number;
}

/** What the log carries when an order is to be acted on. */
export type OrderCommand =
  | {
      readonly kind: 'submit';
      readonly order: Order;
      readonly issuedAtUs: number;
      /** The request that it is of, and of what that asked for; absent in records of before. */
      readonly asked?: { readonly requestId: RequestId; readonly digest: string };
    }
  | {
      readonly kind: 'cancel';
      readonly orderId: OrderId;
      readonly requestId: RequestId;
      readonly issuedAtUs: number;
    }
  | {
      readonly kind: 'replace';
      readonly orderId: OrderId;
      readonly replacement: Replacement;
      readonly issuedAtUs: number;
    };

/** What the log carries when an order changed. */
export interface OrderEvent {
  /** The order after the change. */
  readonly order: Order;
  readonly previousStatus: OrderStatus;
  readonly occurredAtUs: number;
  /** What was applied; the same input has the same id whenever it comes. */
  readonly inputId?: string;
  /** Units of base that the venue has filled and that have not arrived; absent for none. */
  readonly missingQuantity?: Decimal;
}

/** Whether nothing can happen to the order any more, late fills aside. */
export function hasEnded({ status }: Order): boolean {
  return (
    status === 'FILLED' || status === 'CANCELED' || status === 'REJECTED' || status === 'EXPIRED'
  );
}

/** Digits and rounding in which a mean price is shown. */
export interface PriceRounding {
  readonly scale: number;
  readonly rounding: Rounding;
}

/** AvgPx for showing, in quote per base, rounded as named; undefined before the first fill. */
export function averagePrice(order: Order, rounding: PriceRounding): Decimal | undefined {
  if (order.cumulativeQuantity.isZero()) return undefined;
  return order.cumulativeNotional.divide(order.cumulativeQuantity, rounding);
}
