import type { Side } from '@ats/domain';
import { NONE, OrderPool } from './order-pool.ts';
import { PriceLevels } from './price-levels.ts';

const INITIAL_CAPACITY = 256;

/** What rests in a book: two sides of price levels, each with its queue of orders. */
export class RestingOrders {
  readonly pool = new OrderPool(INITIAL_CAPACITY);
  readonly bids = new PriceLevels('bid', INITIAL_CAPACITY);
  readonly asks = new PriceLevels('ask', INITIAL_CAPACITY);

  levelsOf(side: Side): PriceLevels {
    return side === 'bid' ? this.bids : this.asks;
  }

  oppositeOf(side: Side): PriceLevels {
    return side === 'bid' ? this.asks : this.bids;
  }

  sideOf(slot: number): Side {
    return this.pool.sides[slot] === 0 ? 'bid' : 'ask';
  }

  levelOf(slot: number): number {
    return this.levelsOf(this.sideOf(slot)).find(this.pool.prices[slot] as number);
  }

  /** Puts an order last at its price. @returns its level */
  add(order: {
    readonly orderId: number;
    readonly owner: number;
    readonly side: Side;
    readonly limitTicks: number;
    readonly leavesLots: number;
  }): number {
    const { pool } = this;
    const levels = this.levelsOf(order.side);
    const slot = pool.take(order.orderId);
    pool.prices[slot] = order.limitTicks;
    pool.lots[slot] = order.leavesLots;
    pool.owners[slot] = order.owner;
    pool.sides[slot] = order.side === 'bid' ? 0 : 1;
    const level = levels.findOrAdd(order.limitTicks);
    levels.lots[level] = (levels.lots[level] as number) + order.leavesLots;
    levels.counts[level] = (levels.counts[level] as number) + 1;
    this.attachLast(levels, level, slot);
    return level;
  }

  /** Takes an order off its level's queue and sums; an emptied level stays until removed. */
  detach(levels: PriceLevels, level: number, slot: number): void {
    this.disconnect(levels, level, slot);
    levels.lots[level] = (levels.lots[level] as number) - (this.pool.lots[slot] as number);
    levels.counts[level] = (levels.counts[level] as number) - 1;
  }

  /** Sets an order's open lots; it goes to the end of its queue unless it keeps its place. */
  resize(change: { level: number; slot: number; lots: number; keepsPlace: boolean }): void {
    const { level, slot, lots } = change;
    const levels = this.levelsOf(this.sideOf(slot));
    levels.lots[level] = (levels.lots[level] as number) + lots - (this.pool.lots[slot] as number);
    this.pool.lots[slot] = lots;
    if (change.keepsPlace) return;
    this.disconnect(levels, level, slot);
    this.attachLast(levels, level, slot);
  }

  private disconnect(levels: PriceLevels, level: number, slot: number): void {
    const { before, after } = this.pool;
    const ahead = before[slot] as number;
    const behind = after[slot] as number;
    if (ahead === NONE) levels.firsts[level] = behind;
    else after[ahead] = behind;
    if (behind === NONE) levels.lasts[level] = ahead;
    else before[behind] = ahead;
  }

  private attachLast(levels: PriceLevels, level: number, slot: number): void {
    const last = levels.lasts[level] as number;
    this.pool.before[slot] = last;
    this.pool.after[slot] = NONE;
    if (last === NONE) levels.firsts[level] = slot;
    else this.pool.after[last] = slot;
    levels.lasts[level] = slot;
  }
}
