import type { Side } from '@ats/domain';

/** What a caller asks the engine to do. The engine keeps no reference: one object may be reused. */
export interface NewOrder {
  /** The caller's number for it, unique among resting orders; a safe integer above 0. */
  readonly orderId: number;
  /** Whose it is, for self-trade prevention; 0 is nobody, who may trade with himself. */
  readonly owner: number;
  readonly side: Side;
  readonly type: 'limit' | 'market';
  /** A market order never rests: `gtc` is the same as `ioc` for it. */
  readonly timeInForce: 'gtc' | 'ioc' | 'fok';
  /** Refused rather than take liquidity. Only for `gtc` limit orders. */
  readonly postOnly: boolean;
  /** Price in ticks, above 0; ignored for a market order. */
  readonly priceTicks: number;
  /** Quantity in lots, above 0. */
  readonly lots: number;
}

export interface ReplaceOrder {
  readonly orderId: number;
  readonly priceTicks: number;
  /** The new open quantity. */
  readonly lots: number;
  /** Refused, leaving the order as it was, rather than take liquidity. */
  readonly postOnly: boolean;
}

/** What is canceled when an order meets one of its own owner. */
export type SelfTradePolicy = 'cancel-newest' | 'cancel-oldest' | 'cancel-both';

export type RejectReason =
  | 'DUPLICATE_ORDER_ID'
  | 'POST_ONLY_WOULD_TAKE'
  | 'POST_ONLY_CONFLICT'
  | 'UNKNOWN_ORDER'
  | 'BOOK_FULL';

export type CancelReason = 'requested' | 'immediate-or-cancel' | 'fill-or-kill' | 'self-trade';

/** How an operation ended for the order it was about. */
export type OrderOutcome = 'resting' | 'filled' | 'canceled' | 'rejected';

export interface OrderAccepted {
  readonly orderId: number;
  readonly owner: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
}

export interface Execution {
  /** Counts the engine's executions from 1. */
  readonly executionId: number;
  /** The side that took liquidity. */
  readonly aggressor: Side;
  readonly makerOrderId: number;
  readonly takerOrderId: number;
  readonly makerOwner: number;
  readonly takerOwner: number;
  /** The resting order's price. */
  readonly priceTicks: number;
  readonly lots: number;
  readonly makerLeavesLots: number;
  readonly takerLeavesLots: number;
}

export interface OrderCanceled {
  readonly orderId: number;
  readonly owner: number;
  readonly leavesLots: number;
  readonly reason: CancelReason;
}

export interface OrderReplaced {
  readonly orderId: number;
  readonly owner: number;
  readonly priceTicks: number;
  readonly lots: number;
  readonly keptPriority: boolean;
}

export interface OrderRejected {
  readonly orderId: number;
  readonly reason: RejectReason;
}

/** A price after an operation: at most one change per side and price and operation. */
export interface AggregateChange {
  readonly side: Side;
  readonly priceTicks: number;
  /** All that rests there now; 0 when the level is gone. */
  readonly lots: number;
  readonly orderCount: number;
}

/**
 * Told of everything, synchronously and in order. The engine reuses the objects: read them within
 * the call. A listener must neither throw nor call back into the engine.
 */
export interface EngineEvents {
  accepted(order: OrderAccepted): void;
  executed(execution: Execution): void;
  canceled(order: OrderCanceled): void;
  replaced(order: OrderReplaced): void;
  rejected(order: OrderRejected): void;
  levelChanged(change: AggregateChange): void;
}

type Mutable<Record> = { -readonly [Key in keyof Record]: Record[Key] };

/** The reused records of one engine. */
export interface EventRecords {
  readonly accepted: Mutable<OrderAccepted>;
  readonly execution: Mutable<Execution>;
  readonly canceled: Mutable<OrderCanceled>;
  readonly replaced: Mutable<OrderReplaced>;
  readonly rejected: Mutable<OrderRejected>;
  readonly level: Mutable<AggregateChange>;
}

export function eventRecords(): EventRecords {
  return {
    accepted: { orderId: 0, owner: 0, side: 'bid', priceTicks: 0, lots: 0 },
    execution: {
      executionId: 0,
      aggressor: 'bid',
      makerOrderId: 0,
      takerOrderId: 0,
      makerOwner: 0,
      takerOwner: 0,
      priceTicks: 0,
      lots: 0,
      makerLeavesLots: 0,
      takerLeavesLots: 0,
    },
    canceled: { orderId: 0, owner: 0, leavesLots: 0, reason: 'requested' },
    replaced: { orderId: 0, owner: 0, priceTicks: 0, lots: 0, keptPriority: false },
    rejected: { orderId: 0, reason: 'UNKNOWN_ORDER' },
    level: { side: 'bid', priceTicks: 0, lots: 0, orderCount: 0 },
  };
}
