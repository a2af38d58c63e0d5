import type { BookSide, Digits, LevelList, OrderBook } from '@ats/domain';

/** Levels in one frame: twice the largest snapshot known. A frame with more is refused. */
const LEVELS_PER_FRAME_MAX = 262_144;

/** One side's share of a frame. Grows to the largest frame seen and is then reused. */
class SideBatch implements LevelList {
  length = 0;
  prices: Float64Array;
  sizes: Float64Array;
  readonly priceDigits: Digits[] = [];
  readonly sizeDigits: Digits[] = [];

  constructor(capacity: number) {
    this.prices = new Float64Array(capacity);
    this.sizes = new Float64Array(capacity);
  }

  push(price: number, size: number, priceDigits: Digits, sizeDigits: Digits): void {
    const at = this.length;
    if (at === this.prices.length) this.grow();
    this.prices[at] = price;
    this.sizes[at] = size;
    this.priceDigits[at] = priceDigits;
    this.sizeDigits[at] = sizeDigits;
    this.length = at + 1;
  }

  applyTo(side: BookSide): void {
    const { prices, sizes, priceDigits, sizeDigits } = this;
    for (let at = 0; at < this.length; at += 1) {
      side.set(prices[at] as number, sizes[at] as number, priceDigits[at], sizeDigits[at]);
    }
  }

  private grow(): void {
    const prices = new Float64Array(2 * this.prices.length);
    prices.set(this.prices);
    this.prices = prices;
    const sizes = new Float64Array(prices.length);
    sizes.set(this.sizes);
    this.sizes = sizes;
  }
}

/**
 * The levels of one frame, bids and asks in any order, read and checked but not yet applied, so
 * that a frame is applied whole or not at all. Reused from frame to frame: filling it allocates
 * nothing once it has grown to the largest frame seen.
 */
export class LevelBatch {
  /** The best price named on each side; 0 and infinity while there is none. */
  bestBid = 0;
  bestAsk = Number.POSITIVE_INFINITY;
  private readonly bids: SideBatch;
  private readonly asks: SideBatch;

  constructor(capacity = 64) {
    this.bids = new SideBatch(capacity);
    this.asks = new SideBatch(capacity);
  }

  get length(): number {
    return this.bids.length + this.asks.length;
  }

  clear(): void {
    this.bids.length = 0;
    this.asks.length = 0;
    this.bestBid = 0;
    this.bestAsk = Number.POSITIVE_INFINITY;
  }

  /** @returns false, and adds nothing, unless the numbers make a level and there is room. */
  add(level: {
    readonly isBid: boolean;
    readonly price: number;
    readonly size: number;
    readonly priceText: string;
    readonly sizeText: string;
  }): boolean {
    return this.push(level.isBid, level.price, level.size, level.priceText, level.sizeText);
  }

  /** `add` for the hot path, where an options object would cost more than the level. */
  push(
    isBid: boolean,
    price: number,
    size: number,
    priceDigits: Digits,
    sizeDigits: Digits,
  ): boolean {
    if (!(price > 0 && price < Number.POSITIVE_INFINITY)) return false;
    if (!(size >= 0 && size < Number.POSITIVE_INFINITY)) return false;
    if (this.bids.length + this.asks.length >= LEVELS_PER_FRAME_MAX) return false;
    if (isBid) {
      if (price > this.bestBid) this.bestBid = price;
      this.bids.push(price, size, priceDigits, sizeDigits);
    } else {
      if (price < this.bestAsk) this.bestAsk = price;
      this.asks.push(price, size, priceDigits, sizeDigits);
    }
    return true;
  }

  /** Sets every level to its absolute size, in the order of the frame. */
  applyTo(book: OrderBook): void {
    this.bids.applyTo(book.bids);
    this.asks.applyTo(book.asks);
  }

  /** Makes the book what a snapshot says. */
  replace(book: OrderBook): void {
    book.bids.replace(this.bids);
    book.asks.replace(this.asks);
  }
}
