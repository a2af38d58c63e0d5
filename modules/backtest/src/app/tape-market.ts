import { Decimal, type FeeSchedule, type Listing, type Side } from '@ats/domain';
import { orderIdOf, SimulatedMarket } from '@ats/venue-simulator';

/** Digits that a tape's prices may have beyond those of the listing's tick, and in all. */
const MORE_DIGITS = 4;
const DIGITS_MAX = 8;
/** Orders of nobody's have the slot of a maker; accounts' have another. */
const TAPE_SLOT = 0;

/** What the tape shows at one price, and which orders of nobody's stand for it. */
interface Level {
  readonly priceTicks: number;
  /** Lots that the tape showed last, less what tape trades have taken of them since. */
  shown: number;
  /** Lots of the orders that stand for it: less than shown by what ours have taken. */
  open: number;
  /** Oldest first: ours may stand between them. */
  readonly orders: number[];
  /** The row that showed it last. */
  row: number;
}

/** Levels of a book as a tape has them, best first. */
export interface ShownSide {
  readonly count: number;
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
  /** Index of the best level in both. */
  readonly from: number;
}

/** A listing whose prices may have the digits of a tape. */
function finer(listing: Listing, fees: FeeSchedule): Listing {
  const { scale } = listing.priceTick;
  const digits = Math.max(scale, Math.min(scale + MORE_DIGITS, DIGITS_MAX));
  return { ...listing, fees, priceTick: new Decimal(1n, digits) };
}

/**
 * One market as a tape shows it, in the matching engine of the simulated exchanges: what the tape
 * shows are orders of nobody's, and ours meet them by price and time. What ours take is gone until
 * the tape shows more at that price. Ours rest behind what the tape shows at their price; trades
 * of the tape take what is in front of ours first; of what is cancelled, what is behind ours goes
 * first.
 */
export class TapeMarket {
  readonly market: SimulatedMarket;
  /** Rows whose bid was not below its ask, which say nothing of what could be traded. */
  crossedRows = 0;
  private readonly levels = { bid: new Map<number, Level>(), ask: new Map<number, Level>() };
  private rows = 0;
  private orders = 0;

  /**
   * @param fees as they are when a fill asks for them; the listing's own unless given
   * @param asListed whether prices have the listing's own ticks: then fees round as they do live
   */
  constructor(listing: Listing, fees: FeeSchedule = listing.fees, asListed = false) {
    this.market = new SimulatedMarket(asListed ? { ...listing, fees } : finer(listing, fees), 1);
  }

  /** Whether ours have left a mark on it: what they took may still be missing. */
  get isMarked(): boolean {
    for (const side of [this.levels.bid, this.levels.ask]) {
      for (const { shown, open } of side.values()) if (shown !== open) return true;
    }
    return false;
  }

  /** Forgets the book; the next row shows it anew. */
  clear(): void {
    const { engine } = this.market;
    for (const side of ['bid', 'ask'] as const) {
      for (const { orders } of this.levels[side].values()) {
        for (const orderId of orders) if (engine.openLots(orderId) > 0) engine.cancel(orderId);
      }
      this.levels[side].clear();
    }
    this.market.publish();
  }

  /** The tape shows a whole book. */
  show(timeUs: number, bids: ShownSide, asks: ShownSide): void {
    this.market.begin(timeUs);
    if (this.isCrossed(bids, asks)) {
      this.crossedRows += 1;
      return;
    }
    this.rows += 1;
    this.lessen('bid', bids);
    this.lessen('ask', asks);
    this.add('bid', bids);
    this.add('ask', asks);
    this.market.publish();
  }

  /** Forgets the book and takes these orders of nobody's, each in its place behind those before. */
  place(side: Side, orders: readonly { readonly price: Decimal; readonly size: Decimal }[]): void {
    this.clear();
    const levels = this.levels[side];
    const { priceTick, quantityStep } = this.market.listing;
    const steps = (amount: Decimal, step: Decimal): number =>
      amount.divide(step, { scale: 0, rounding: 'half-even' }).toNumber();
    for (const { price, size } of orders) {
      const priceTicks = steps(price, priceTick);
      const known = levels.get(priceTicks);
      const level = known ?? { priceTicks, shown: 0, open: 0, orders: [], row: this.rows };
      levels.set(priceTicks, level);
      const lots = steps(size, quantityStep);
      this.enter(side, level, lots);
      level.shown += lots;
      this.recount(level);
    }
    this.market.publish();
  }

  /** The tape shows a trade. @param aggressor 1 a buyer, -1 a seller, 0 unknown */
  trade(timeUs: number, trade: { price: number; size: number; aggressor: number }): void {
    this.market.begin(timeUs);
    const { engine, prices } = this.market;
    const priceTicks = prices.nearest(trade.price);
    const lots = this.lotsOf(trade.size);
    const side = this.takerOf(trade.aggressor, priceTicks);
    if (lots === 0 || priceTicks <= 0 || side === undefined) return;
    engine.submit({
      orderId: this.nextOrderId(),
      owner: 0,
      side,
      type: 'limit',
      timeInForce: 'ioc',
      postOnly: false,
      priceTicks,
      lots,
    });
    for (const level of this.levels[side === 'bid' ? 'ask' : 'bid'].values()) {
      const before = level.open;
      this.recount(level);
      level.shown -= before - level.open;
    }
    this.market.publish();
  }

  /** Ours have been to the book: counts what they took. */
  settle(): void {
    for (const side of [this.levels.bid, this.levels.ask]) {
      for (const level of side.values()) this.recount(level);
    }
    this.market.publish();
  }

  private takerOf(aggressor: number, priceTicks: number): Side | undefined {
    if (aggressor !== 0) return aggressor > 0 ? 'bid' : 'ask';
    const { engine } = this.market;
    if (priceTicks >= engine.bestPriceTicks('ask')) return 'bid';
    return priceTicks <= engine.bestPriceTicks('bid') ? 'ask' : undefined;
  }

  private isCrossed(bids: ShownSide, asks: ShownSide): boolean {
    if (bids.count === 0 || asks.count === 0) return false;
    return (bids.prices[bids.from] as number) >= (asks.prices[asks.from] as number);
  }

  /** Takes away what is not shown any more. */
  private lessen(name: Side, shown: ShownSide): void {
    const levels = this.levels[name];
    const { prices } = this.market;
    for (let index = 0; index < shown.count; index += 1) {
      const level = levels.get(prices.nearest(shown.prices[shown.from + index] as number));
      if (level === undefined) continue;
      level.row = this.rows;
      const lots = this.lotsOf(shown.sizes[shown.from + index] as number);
      if (lots < level.shown) this.reduce(level, lots);
    }
    for (const level of levels.values()) {
      if (level.row === this.rows) continue;
      this.reduce(level, 0);
      levels.delete(level.priceTicks);
    }
  }

  /** Puts what is new behind what stands; it may meet ours. */
  private add(side: Side, shown: ShownSide): void {
    const levels = this.levels[side];
    const { prices } = this.market;
    for (let index = 0; index < shown.count; index += 1) {
      const priceTicks = prices.nearest(shown.prices[shown.from + index] as number);
      const lots = this.lotsOf(shown.sizes[shown.from + index] as number);
      const known = levels.get(priceTicks);
      if (priceTicks <= 0 || lots <= (known?.shown ?? 0)) continue;
      const level = known ?? { priceTicks, shown: 0, open: 0, orders: [], row: this.rows };
      levels.set(priceTicks, level);
      this.enter(side, level, lots - level.shown);
      level.shown = lots;
      this.recount(level);
    }
  }

  /** One more order of nobody's at a level. */
  private enter(side: Side, level: Level, lots: number): void {
    const orderId = this.nextOrderId();
    this.market.engine.submit({
      orderId,
      owner: 0,
      side,
      type: 'limit',
      timeInForce: 'gtc',
      postOnly: false,
      priceTicks: level.priceTicks,
      lots,
    });
    level.orders.push(orderId);
  }

  /** The newest orders of a level go first: the older stay in front of ours. */
  private reduce(level: Level, shown: number): void {
    const { engine } = this.market;
    let less = Math.min(level.open, level.shown - shown);
    level.shown = shown;
    while (less > 0) {
      const orderId = level.orders.at(-1);
      if (orderId === undefined) break;
      const open = engine.openLots(orderId);
      const gone = Math.min(open, less);
      if (gone === open) {
        level.orders.pop();
        if (open > 0) engine.cancel(orderId);
      } else {
        const { priceTicks } = level;
        engine.replace({ orderId, priceTicks, lots: open - gone, postOnly: false });
      }
      level.open -= gone;
      less -= gone;
    }
  }

  private recount(level: Level): void {
    const { engine } = this.market;
    let open = 0;
    let kept = 0;
    for (const orderId of level.orders) {
      const lots = engine.openLots(orderId);
      if (lots === 0) continue;
      open += lots;
      level.orders[kept] = orderId;
      kept += 1;
    }
    level.orders.length = kept;
    level.open = open;
  }

  /** Whole lots: what is smaller than a lot cannot be traded. */
  private lotsOf(size: number): number {
    const { sizes } = this.market;
    const nearest = sizes.nearest(size);
    // Both are the doubles nearest to their texts: what is a whole lot is told from what is not.
    const lots = sizes.number(nearest) > size ? nearest - 1 : nearest;
    return lots > 0 ? lots : 0;
  }

  private nextOrderId(): number {
    this.orders += 1;
    return orderIdOf(this.orders, TAPE_SLOT);
  }
}
