import { assert, type Side } from '@ats/domain';
import { EventReporter } from './event-reporter.ts';
import { NONE } from './order-pool.ts';
import type {
  CancelReason,
  EngineEvents,
  NewOrder,
  OrderOutcome,
  RejectReason,
  ReplaceOrder,
  SelfTradePolicy,
} from './orders.ts';
import type { PriceLevels } from './price-levels.ts';
import { RestingOrders } from './resting-orders.ts';
import { idleTaker, reaches, type Taker } from './taker.ts';

export interface MatchingEngineOptions {
  readonly events: EngineEvents;
  readonly selfTrade: SelfTradePolicy;
  /** Most resting orders; one more is refused with BOOK_FULL. */
  readonly ordersMax: number;
}

/** A resting order, as a visitor sees it. */
export interface RestingOrder {
  readonly orderId: number;
  readonly owner: number;
  readonly priceTicks: number;
  readonly lots: number;
}

/**
 * A price-time-priority limit order book of one market, in integer ticks and lots. Deterministic,
 * synchronous; every operation is O(log levels) plus the orders it fills. Better price first,
 * then earlier; an execution happens at the resting order's price.
 */
export class MatchingEngine {
  private readonly selfTrade: SelfTradePolicy;
  private readonly ordersMax: number;
  private readonly resting = new RestingOrders();
  private readonly report: EventReporter;
  private readonly taker: Taker = idleTaker();
  private busy = false;

  constructor(options: MatchingEngineOptions) {
    this.report = new EventReporter(options.events, this.resting.pool);
    this.selfTrade = options.selfTrade;
    this.ordersMax = options.ordersMax;
  }

  /** Matches an order and, where it may, rests what is left. */
  submit(order: NewOrder): OrderOutcome {
    assertWhole(order.orderId, 'orderId');
    assertWhole(order.lots, 'lots');
    if (order.type === 'limit') assertWhole(order.priceTicks, 'priceTicks');
    this.enter();
    const outcome = this.submitChecked(order);
    this.busy = false;
    return outcome;
  }

  /** @returns whether the order was resting. */
  cancel(orderId: number): boolean {
    this.enter();
    const slot = this.resting.pool.slotOfId.get(orderId);
    if (slot === undefined) this.report.rejected(orderId, 'UNKNOWN_ORDER');
    else {
      this.report.restingCanceled(slot, 'requested');
      this.takeOff(slot);
    }
    this.busy = false;
    return slot !== undefined;
  }

  /**
   * Changes price and open quantity. The order keeps its place in the queue only when the price
   * stays and the quantity does not grow; otherwise it is last, and may take.
   */
  replace(order: ReplaceOrder): OrderOutcome {
    assertWhole(order.lots, 'lots');
    assertWhole(order.priceTicks, 'priceTicks');
    this.enter();
    const outcome = this.replaceChecked(order);
    this.busy = false;
    return outcome;
  }

  /**
   * Fills a resting order out of turn, against an order of nobody's: what a fault asks for.
   * @returns the lots filled, 0 when the order is not resting.
   */
  fillOutOfTurn(fill: { orderId: number; takerOrderId: number; lots: number }): number {
    assertWhole(fill.lots, 'lots');
    this.enter();
    const slot = this.resting.pool.slotOfId.get(fill.orderId);
    const filled = slot === undefined ? 0 : this.fillSlot(slot, fill);
    this.busy = false;
    return filled;
  }

  /** @returns ticks, or NaN when the side is empty. */
  bestPriceTicks(side: Side): number {
    const levels = this.resting.levelsOf(side);
    const best = levels.best();
    return best === NONE ? Number.NaN : levels.price(best);
  }

  /** @returns the order first in line at the best price, or 0 when the side is empty. */
  frontOrderId(side: Side): number {
    const levels = this.resting.levelsOf(side);
    const best = levels.best();
    return best === NONE ? 0 : (this.resting.pool.ids[levels.firsts[best] as number] as number);
  }

  /** Price levels of a side. */
  depth(side: Side): number {
    return this.resting.levelsOf(side).depth;
  }

  /** Resting orders of both sides. */
  get orderCount(): number {
    return this.resting.pool.count;
  }

  lotsAt(level: { side: Side; priceTicks: number }): number {
    const levels = this.resting.levelsOf(level.side);
    const at = levels.find(level.priceTicks);
    return at === NONE ? 0 : (levels.lots[at] as number);
  }

  ordersAt(level: { side: Side; priceTicks: number }): number {
    const levels = this.resting.levelsOf(level.side);
    const at = levels.find(level.priceTicks);
    return at === NONE ? 0 : (levels.counts[at] as number);
  }

  /** @returns open lots of a resting order, or 0. */
  openLots(orderId: number): number {
    const { pool } = this.resting;
    const slot = pool.slotOfId.get(orderId);
    return slot === undefined ? 0 : (pool.lots[slot] as number);
  }

  /** @returns the price of a resting order, or NaN. */
  priceTicksOf(orderId: number): number {
    const { pool } = this.resting;
    const slot = pool.slotOfId.get(orderId);
    return slot === undefined ? Number.NaN : (pool.prices[slot] as number);
  }

  /** Every resting order of a side in priority order. */
  forEachOrder(side: Side, visit: (order: RestingOrder) => void): void {
    const levels = this.resting.levelsOf(side);
    const { ids, owners, prices, lots, after } = this.resting.pool;
    for (let level = levels.best(); level !== NONE; level = levels.worse(level)) {
      let slot = levels.firsts[level] as number;
      for (; slot !== NONE; slot = after[slot] as number) {
        visit({
          orderId: ids[slot] as number,
          owner: owners[slot] as number,
          priceTicks: prices[slot] as number,
          lots: lots[slot] as number,
        });
      }
    }
  }

  private enter(): void {
    assert(!this.busy, 'the matching engine is not called from its own events');
    this.busy = true;
  }

  private submitChecked(order: NewOrder): OrderOutcome {
    const refusal = this.refusalOf(order);
    if (refusal !== undefined) return this.report.rejected(order.orderId, refusal);
    this.report.accepted(order);
    const taker = this.prepare(order, limitOf(order));
    if (order.timeInForce === 'fok' && !this.fillsWhole()) {
      return this.report.takerCanceled(taker, 'fill-or-kill');
    }
    return this.matchAndRest(order.type === 'limit' && order.timeInForce === 'gtc');
  }

  private refusalOf(order: NewOrder): RejectReason | undefined {
    const { pool } = this.resting;
    if (pool.slotOfId.has(order.orderId)) return 'DUPLICATE_ORDER_ID';
    const mayRest = order.type === 'limit' && order.timeInForce === 'gtc';
    if (order.postOnly && !mayRest) return 'POST_ONLY_CONFLICT';
    if (order.postOnly && this.wouldTake(order.side, order.priceTicks)) {
      return 'POST_ONLY_WOULD_TAKE';
    }
    return mayRest && pool.count >= this.ordersMax ? 'BOOK_FULL' : undefined;
  }

  private replaceChecked(order: ReplaceOrder): OrderOutcome {
    const { pool } = this.resting;
    const slot = pool.slotOfId.get(order.orderId);
    if (slot === undefined) return this.report.rejected(order.orderId, 'UNKNOWN_ORDER');
    const side = this.resting.sideOf(slot);
    const keepsPrice = pool.prices[slot] === order.priceTicks;
    if (order.postOnly && !keepsPrice && this.wouldTake(side, order.priceTicks)) {
      return this.report.rejected(order.orderId, 'POST_ONLY_WOULD_TAKE');
    }
    const lotsBefore = pool.lots[slot] as number;
    const keepsPlace = keepsPrice && order.lots <= lotsBefore;
    this.report.replaced(slot, order, keepsPlace);
    if (keepsPrice) {
      if (order.lots === lotsBefore) return 'resting';
      const level = this.resting.levelOf(slot);
      this.resting.resize({ level, slot, lots: order.lots, keepsPlace });
      this.report.level(this.resting.levelsOf(side), level);
      return 'resting';
    }
    const taker = this.taker;
    taker.owner = pool.owners[slot] as number;
    this.takeOff(slot);
    taker.orderId = order.orderId;
    taker.side = side;
    taker.limitTicks = order.priceTicks;
    taker.leavesLots = order.lots;
    taker.canceled = false;
    return this.matchAndRest(true);
  }

  private prepare(order: NewOrder, limitTicks: number): Taker {
    const { taker } = this;
    taker.orderId = order.orderId;
    taker.owner = order.owner;
    taker.side = order.side;
    taker.limitTicks = limitTicks;
    taker.leavesLots = order.lots;
    taker.canceled = false;
    return taker;
  }

  private matchAndRest(mayRest: boolean): OrderOutcome {
    const { taker } = this;
    this.match();
    if (taker.canceled) return this.report.takerCanceled(taker, 'self-trade');
    if (taker.leavesLots === 0) return 'filled';
    if (!mayRest) return this.report.takerCanceled(taker, 'immediate-or-cancel');
    const level = this.resting.add(taker);
    this.report.level(this.resting.levelsOf(taker.side), level);
    return 'resting';
  }

  private wouldTake(side: Side, priceTicks: number): boolean {
    const opposite = this.resting.oppositeOf(side);
    const best = opposite.best();
    return best !== NONE && reaches(side, priceTicks, opposite.price(best));
  }

  /** Whether the opposite side can fill the taker whole, own orders not counted. */
  private fillsWhole(): boolean {
    const { taker } = this;
    const { pool } = this.resting;
    const opposite = this.resting.oppositeOf(taker.side);
    let missing = taker.leavesLots;
    for (let level = opposite.best(); level !== NONE; level = opposite.worse(level)) {
      if (!reaches(taker.side, taker.limitTicks, opposite.price(level))) return false;
      if (taker.owner === 0) missing -= opposite.lots[level] as number;
      let slot = taker.owner === 0 ? NONE : (opposite.firsts[level] as number);
      for (; slot !== NONE && missing > 0; slot = pool.after[slot] as number) {
        if (pool.owners[slot] !== taker.owner) missing -= pool.lots[slot] as number;
        else if (this.selfTrade !== 'cancel-oldest') return false;
      }
      if (missing <= 0) return true;
    }
    return false;
  }

  private match(): void {
    const { taker } = this;
    const opposite = this.resting.oppositeOf(taker.side);
    while (taker.leavesLots > 0 && !taker.canceled) {
      const level = opposite.best();
      if (level === NONE || !reaches(taker.side, taker.limitTicks, opposite.price(level))) return;
      const lotsBefore = opposite.lots[level] as number;
      let slot = opposite.firsts[level] as number;
      while (slot !== NONE && taker.leavesLots > 0 && !taker.canceled) {
        const after = this.resting.pool.after[slot] as number;
        this.meet(opposite, level, slot);
        slot = after;
      }
      if (opposite.lots[level] !== lotsBefore) this.report.level(opposite, level);
      if (opposite.counts[level] === 0) opposite.remove(level);
    }
  }

  /** One resting order against the taker: an execution, or self-trade prevention. */
  private meet(levels: PriceLevels, level: number, slot: number): void {
    const { taker, resting } = this;
    const { pool } = resting;
    if (taker.owner !== 0 && pool.owners[slot] === taker.owner) {
      taker.canceled = this.selfTrade !== 'cancel-oldest';
      if (this.selfTrade !== 'cancel-newest') this.drop(levels, level, slot, 'self-trade');
      return;
    }
    const open = pool.lots[slot] as number;
    const lots = open < taker.leavesLots ? open : taker.leavesLots;
    taker.leavesLots -= lots;
    pool.lots[slot] = open - lots;
    levels.lots[level] = (levels.lots[level] as number) - lots;
    this.report.executed(slot, taker, lots);
    if (lots < open) return;
    resting.detach(levels, level, slot);
    pool.release(slot);
  }

  private fillSlot(slot: number, fill: { takerOrderId: number; lots: number }): number {
    const { resting, taker } = this;
    const { pool } = resting;
    const side = resting.sideOf(slot);
    const levels = resting.levelsOf(side);
    const level = resting.levelOf(slot);
    const open = pool.lots[slot] as number;
    const lots = open < fill.lots ? open : fill.lots;
    taker.orderId = fill.takerOrderId;
    taker.owner = 0;
    taker.side = side === 'bid' ? 'ask' : 'bid';
    taker.leavesLots = 0;
    pool.lots[slot] = open - lots;
    levels.lots[level] = (levels.lots[level] as number) - lots;
    this.report.executed(slot, taker, lots);
    if (lots === open) {
      resting.detach(levels, level, slot);
      pool.release(slot);
    }
    this.report.level(levels, level);
    if (levels.counts[level] === 0) levels.remove(level);
    return lots;
  }

  private drop(levels: PriceLevels, level: number, slot: number, reason: CancelReason): void {
    this.report.restingCanceled(slot, reason);
    this.resting.detach(levels, level, slot);
    this.resting.pool.release(slot);
  }

  /** Takes a resting order off its level, and an emptied level off its side. */
  private takeOff(slot: number): void {
    const levels = this.resting.levelsOf(this.resting.sideOf(slot));
    const level = this.resting.levelOf(slot);
    this.resting.detach(levels, level, slot);
    this.resting.pool.release(slot);
    this.report.level(levels, level);
    if (levels.counts[level] === 0) levels.remove(level);
  }
}

function limitOf(order: NewOrder): number {
  if (order.type === 'limit') return order.priceTicks;
  return order.side === 'bid' ? Number.POSITIVE_INFINITY : 0;
}

function assertWhole(value: number, field: string): void {
  assert(Number.isSafeInteger(value) && value > 0, `${field} is a safe integer above 0`, {
    field,
    value,
  });
}
