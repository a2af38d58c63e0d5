import type { BookSide, Side } from '@ats/domain';
import type { MarketBatch, SimMarket } from '../../../domain/sim-market.ts';

/** One level of a book that is cut to a depth, after a change. */
export interface WindowChange {
  readonly side: Side;
  readonly price: number;
  /** 0 unless `kind` is `set`. */
  readonly size: number;
  readonly priceText: string;
  readonly sizeText: string;
  readonly orderCount: number;
  /** `gone`: no longer in the book; `pushed`: still there, below the depth. */
  readonly kind: 'set' | 'gone' | 'pushed';
}

interface SideState {
  readonly side: Side;
  readonly book: BookSide;
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
  readonly orderCounts: Float64Array;
  readonly priceTexts: string[];
  readonly sizeTexts: string[];
  depth: number;
}

/**
 * The best levels of a market as a venue shows them to subscribers of one depth: what enters when
 * a level above goes, and what is pushed out when one comes. Read between batches it is exactly
 * what a client that applied every change holds.
 */
export class DepthWindow {
  readonly depthMax: number;
  private readonly market: SimMarket;
  private readonly countsOrders: boolean;
  private readonly bids: SideState;
  private readonly asks: SideState;

  constructor(options: {
    readonly market: SimMarket;
    readonly depthMax: number;
    /** Whether a level changes when only the number of its orders does. */
    readonly countsOrders: boolean;
  }) {
    this.market = options.market;
    this.depthMax = options.depthMax;
    this.countsOrders = options.countsOrders;
    this.bids = this.sideState('bid');
    this.asks = this.sideState('ask');
    this.reset();
  }

  /** Takes the market's book as it stands. */
  reset(): void {
    this.copy(this.bids);
    this.copy(this.asks);
  }

  depth(side: Side): number {
    return this.state(side).depth;
  }

  priceText(side: Side, index: number): string {
    return this.state(side).priceTexts[index] ?? '';
  }

  sizeText(side: Side, index: number): string {
    return this.state(side).sizeTexts[index] ?? '';
  }

  orderCount(side: Side, index: number): number {
    return this.state(side).orderCounts[index] ?? 0;
  }

  /** @returns what the batch changed within the depth, best price first, bids before asks. */
  apply(batch: MarketBatch): WindowChange[] {
    const changes: WindowChange[] = [];
    if (this.touches(this.bids, batch)) this.compare(this.bids, changes);
    if (this.touches(this.asks, batch)) this.compare(this.asks, changes);
    return changes;
  }

  private state(side: Side): SideState {
    return side === 'bid' ? this.bids : this.asks;
  }

  private sideState(side: Side): SideState {
    return {
      side,
      book: this.market.book.side(side),
      prices: new Float64Array(this.depthMax),
      sizes: new Float64Array(this.depthMax),
      orderCounts: new Float64Array(this.depthMax),
      priceTexts: [],
      sizeTexts: [],
      depth: 0,
    };
  }

  /** Takes the book's levels from the index `first` on; those before it are held already. */
  private copy(state: SideState, first = 0): void {
    const depth = Math.min(state.book.depth, this.depthMax);
    for (let index = first; index < depth; index += 1) {
      const price = state.book.price(index);
      state.prices[index] = price;
      state.sizes[index] = state.book.size(index);
      state.orderCounts[index] = this.market.orderCountAt(state.side, price);
      state.priceTexts[index] = state.book.priceText(index);
      state.sizeTexts[index] = state.book.sizeText(index);
    }
    state.depth = depth;
  }

  private touches(state: SideState, batch: MarketBatch): boolean {
    const full = state.depth === this.depthMax;
    const worst = state.prices[state.depth - 1] as number;
    for (const level of batch.levels) {
      if (level.side !== state.side) continue;
      if (!full) return true;
      if (state.side === 'bid' ? level.price >= worst : level.price <= worst) return true;
    }
    return false;
  }

  /** Walks the levels held and the levels of the book side by side, best first. */
  private compare(state: SideState, changes: WindowChange[]): void {
    const sign = state.side === 'bid' ? -1 : 1;
    const depth = Math.min(state.book.depth, this.depthMax);
    let firstChanged = -1;
    let held = 0;
    let now = 0;
    while (held < state.depth || now < depth) {
      const heldKey = held < state.depth ? sign * (state.prices[held] as number) : Infinity;
      const nowKey = now < depth ? sign * state.book.price(now) : Infinity;
      const same = heldKey === nowKey && !this.differs(state, held, now);
      if (!same && firstChanged < 0) firstChanged = now;
      if (heldKey < nowKey) {
        // Beyond the last level of a full window nobody can tell a removal from a push.
        const kind = now === this.depthMax ? 'pushed' : 'gone';
        changes.push(this.removal(state, held, kind));
        held += 1;
        continue;
      }
      if (!same) changes.push(this.setting(state, now));
      if (nowKey === heldKey) held += 1;
      now += 1;
    }
    if (firstChanged >= 0) this.copy(state, firstChanged);
  }

  private differs(state: SideState, held: number, now: number): boolean {
    if (state.sizes[held] !== state.book.size(now)) return true;
    if (!this.countsOrders) return false;
    const count = this.market.orderCountAt(state.side, state.book.price(now));
    return state.orderCounts[held] !== count;
  }

  private setting(state: SideState, index: number): WindowChange {
    const price = state.book.price(index);
    return {
      side: state.side,
      price,
      size: state.book.size(index),
      priceText: state.book.priceText(index),
      sizeText: state.book.sizeText(index),
      orderCount: this.market.orderCountAt(state.side, price),
      kind: 'set',
    };
  }

  private removal(state: SideState, index: number, kind: 'gone' | 'pushed'): WindowChange {
    const decimals = this.market.sizeDecimals;
    return {
      side: state.side,
      price: state.prices[index] as number,
      size: 0,
      priceText: state.priceTexts[index] as string,
      sizeText: decimals === 0 ? '0' : `0.${'0'.repeat(decimals)}`,
      orderCount: 0,
      kind,
    };
  }
}
