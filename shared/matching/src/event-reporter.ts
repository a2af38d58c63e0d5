import type { OrderPool } from './order-pool.ts';
import {
  type CancelReason,
  type EngineEvents,
  eventRecords,
  type NewOrder,
  type OrderOutcome,
  type RejectReason,
  type ReplaceOrder,
} from './orders.ts';
import type { PriceLevels } from './price-levels.ts';
import type { Taker } from './taker.ts';

/** Tells the engine's listener what happened, in records that are used over and over. */
export class EventReporter {
  private readonly events: EngineEvents;
  private readonly pool: OrderPool;
  private readonly records = eventRecords();
  private executions = 0;

  constructor(events: EngineEvents, pool: OrderPool) {
    this.events = events;
    this.pool = pool;
  }

  accepted(order: NewOrder): void {
    const { accepted } = this.records;
    accepted.orderId = order.orderId;
    accepted.owner = order.owner;
    accepted.side = order.side;
    accepted.priceTicks = order.type === 'market' ? 0 : order.priceTicks;
    accepted.lots = order.lots;
    this.events.accepted(accepted);
  }

  replaced(slot: number, order: ReplaceOrder, keptPriority: boolean): void {
    const { replaced } = this.records;
    replaced.orderId = order.orderId;
    replaced.owner = this.pool.owners[slot] as number;
    replaced.priceTicks = order.priceTicks;
    replaced.lots = order.lots;
    replaced.keptPriority = keptPriority;
    this.events.replaced(replaced);
  }

  /** The resting order in `slot` and the taker have traded; both already hold what they leave. */
  executed(slot: number, taker: Taker, lots: number): void {
    const { pool } = this;
    const { execution } = this.records;
    this.executions += 1;
    execution.executionId = this.executions;
    execution.aggressor = taker.side;
    execution.makerOrderId = pool.ids[slot] as number;
    execution.takerOrderId = taker.orderId;
    execution.makerOwner = pool.owners[slot] as number;
    execution.takerOwner = taker.owner;
    execution.priceTicks = pool.prices[slot] as number;
    execution.lots = lots;
    execution.makerLeavesLots = pool.lots[slot] as number;
    execution.takerLeavesLots = taker.leavesLots;
    this.events.executed(execution);
  }

  level(levels: PriceLevels, level: number): void {
    const change = this.records.level;
    change.side = levels.side;
    change.priceTicks = levels.price(level);
    change.lots = levels.lots[level] as number;
    change.orderCount = levels.counts[level] as number;
    this.events.levelChanged(change);
  }

  restingCanceled(slot: number, reason: CancelReason): void {
    const { canceled } = this.records;
    canceled.orderId = this.pool.ids[slot] as number;
    canceled.owner = this.pool.owners[slot] as number;
    canceled.leavesLots = this.pool.lots[slot] as number;
    canceled.reason = reason;
    this.events.canceled(canceled);
  }

  takerCanceled(taker: Taker, reason: CancelReason): OrderOutcome {
    const { canceled } = this.records;
    canceled.orderId = taker.orderId;
    canceled.owner = taker.owner;
    canceled.leavesLots = taker.leavesLots;
    canceled.reason = reason;
    this.events.canceled(canceled);
    return 'canceled';
  }

  rejected(orderId: number, reason: RejectReason): OrderOutcome {
    const { rejected } = this.records;
    rejected.orderId = orderId;
    rejected.reason = reason;
    this.events.rejected(rejected);
    return 'rejected';
  }
}
