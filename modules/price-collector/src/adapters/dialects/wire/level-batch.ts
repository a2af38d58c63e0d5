import type { BookSide, OrderBook } from '@ats/domain';

/** Levels in one frame: twice the largest snapshot known. A frame with more is refused. */
const LEVELS_PER_FRAME_MAX = 262_144;

/**
 * The levels of one frame, bids and asks in any order, read and checked but not yet applied, so
 * that a frame is applied whole or not at all. Reused from frame to frame: filling it allocates
 * nothing once it has grown to the largest frame seen.
 */
export class LevelBatch {
  length = 0;
  /** The best price named on each side; 0 and infinity while there is none. */
  bestBid = 0;
  bestAsk = Number.POSITIVE_INFINITY;
  private capacity: number;
  private isBid: Uint8Array;
  private prices: Float64Array;
  private sizes: Float64Array;
  private readonly priceTexts: string[] = [];
  private readonly sizeTexts: string[] = [];

  constructor(capacity = 64) {
    this.capacity = capacity;
    this.isBid = new Uint8Array(capacity);
    this.prices = new Float64Array(capacity);
    this.sizes = new Float64Array(capacity);
  }

  clear(): void {
    this.length = 0;
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
  push(isBid: boolean, price: number, size: number, priceText: string, sizeText: string): boolean {
    if (!(price > 0) || !(size >= 0) || !Number.isFinite(price) || !Number.isFinite(size)) {
      return false;
    }
    const at = this.length;
    if (at === this.capacity && !this.grow()) return false;
    if (isBid) {
      if (price > this.bestBid) this.bestBid = price;
    } else if (price < this.bestAsk) this.bestAsk = price;
    this.isBid[at] = isBid ? 1 : 0;
    this.prices[at] = price;
    this.sizes[at] = size;
    this.priceTexts[at] = priceText;
    this.sizeTexts[at] = sizeText;
    this.length = at + 1;
    return true;
  }

  /** Sets every level to its absolute size, in the order of the frame. */
  applyTo(book: OrderBook): void {
    for (let at = 0; at < this.length; at += 1) this.setLevel(book, at);
  }

  /**
   * Makes the book what a snapshot says. Venues list the best level first; taking the list from
   * its end appends each level to the book where prepending would move all that came before.
   */
  replace(book: OrderBook): void {
    book.clear();
    for (let at = this.length - 1; at >= 0; at -= 1) this.setLevel(book, at);
  }

  /**
   * Makes the book what a snapshot says by changing only what differs: nothing is allocated, for
   * venues that send nothing but snapshots.
   */
  replaceByChanges(book: OrderBook): void {
    this.removeOthers(book.bids, 1);
    this.removeOthers(book.asks, 0);
    this.applyTo(book);
  }

  /** Removes the levels that this frame does not name; both lists have the best price first. */
  private removeOthers(side: BookSide, isBid: 0 | 1): void {
    const sign = isBid === 1 ? 1 : -1;
    let at = 0;
    let index = 0;
    while (index < side.depth) {
      const price = side.price(index);
      while (
        at < this.length &&
        (this.isBid[at] !== isBid || sign * (this.prices[at] as number) > sign * price)
      ) {
        at += 1;
      }
      if (at < this.length && this.prices[at] === price) index += 1;
      else side.set(price, 0);
    }
  }

  private setLevel(book: OrderBook, at: number): void {
    (this.isBid[at] === 1 ? book.bids : book.asks).set(
      this.prices[at] as number,
      this.sizes[at] as number,
      this.priceTexts[at],
      this.sizeTexts[at],
    );
  }

  private grow(): boolean {
    if (this.capacity >= LEVELS_PER_FRAME_MAX) return false;
    this.capacity *= 2;
    const isBid = new Uint8Array(this.capacity);
    isBid.set(this.isBid);
    this.isBid = isBid;
    const prices = new Float64Array(this.capacity);
    prices.set(this.prices);
    this.prices = prices;
    const sizes = new Float64Array(this.capacity);
    sizes.set(this.sizes);
    this.sizes = sizes;
    return true;
  }
}
