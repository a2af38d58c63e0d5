import { assert } from './errors.ts';

export type Side = 'bid' | 'ask';

/** A read-only view of one side, best price first. Indices run from 0 to `depth - 1`. */
export interface BookSideView {
  readonly depth: number;
  /** @returns quote currency per unit of base; NaN outside the depth. */
  price(index: number): number;
  /** @returns units of base; NaN outside the depth. */
  size(index: number): number;
  /** The venue's own text of the price, or the shortest text of the number. */
  priceText(index: number): string;
  /** The venue's own text of the size, or the shortest text of the number. */
  sizeText(index: number): string;
}

/**
 * One side of a book. Levels live in slots; `order` holds the slots sorted worst price first, so
 * that a change near the top, where nearly all changes are, moves only a few integers. No update
 * of a level allocates, except when the capacity doubles.
 */
export class BookSide implements BookSideView {
  readonly side: Side;
  private readonly sign: 1 | -1;
  private capacity: number;
  private count = 0;
  private freeCount = 0;
  private order: Uint32Array;
  private free: Uint32Array;
  private prices: Float64Array;
  private sizes: Float64Array;
  private readonly priceTexts: (string | undefined)[] = [];
  private readonly sizeTexts: (string | undefined)[] = [];

  constructor(side: Side, capacity = 64) {
    this.side = side;
    this.sign = side === 'bid' ? 1 : -1;
    this.capacity = capacity;
    this.order = new Uint32Array(capacity);
    this.free = new Uint32Array(capacity);
    this.prices = new Float64Array(capacity);
    this.sizes = new Float64Array(capacity);
    this.clear();
  }

  get depth(): number {
    return this.count;
  }

  private slot(index: number): number {
    return this.order[this.count - 1 - index] ?? -1;
  }

  price(index: number): number {
    return this.prices[this.slot(index)] ?? Number.NaN;
  }

  size(index: number): number {
    return this.sizes[this.slot(index)] ?? Number.NaN;
  }

  priceText(index: number): string {
    const slot = this.slot(index);
    return this.priceTexts[slot] ?? plainText(this.prices[slot] ?? Number.NaN);
  }

  sizeText(index: number): string {
    const slot = this.slot(index);
    return this.sizeTexts[slot] ?? plainText(this.sizes[slot] ?? Number.NaN);
  }

  /**
   * Sets the absolute size at a price; a size of 0 removes the level.
   * @returns whether the side changed: false when a level to remove was not there.
   */
  set(price: number, size: number, priceText?: string, sizeText?: string): boolean {
    const at = this.search(price);
    const slot = at < this.count ? (this.order[at] as number) : -1;
    const found = slot >= 0 && this.prices[slot] === price;
    if (size === 0) {
      if (!found) return false;
      this.removeAt(at);
      return true;
    }
    if (found) {
      this.write(slot, price, size, priceText, sizeText);
      return true;
    }
    if (this.freeCount === 0) this.grow();
    this.freeCount -= 1;
    const fresh = this.free[this.freeCount] as number;
    this.order.copyWithin(at + 1, at, this.count);
    this.order[at] = fresh;
    this.count += 1;
    this.write(fresh, price, size, priceText, sizeText);
    return true;
  }

  private write(slot: number, price: number, size: number, priceText?: string, sizeText?: string) {
    this.prices[slot] = price;
    this.sizes[slot] = size;
    this.priceTexts[slot] = priceText;
    this.sizeTexts[slot] = sizeText;
  }

  /** Cuts the side to its best `depth` levels, as venues with a subscribed depth ask for. */
  truncate(depth: number): void {
    const excess = this.count - depth;
    if (excess <= 0) return;
    for (let at = 0; at < excess; at += 1) this.release(this.order[at] as number);
    this.order.copyWithin(0, excess, this.count);
    this.count = depth;
  }

  clear(): void {
    this.count = 0;
    this.freeCount = this.capacity;
    for (let slot = 0; slot < this.capacity; slot += 1) this.free[slot] = slot;
    this.priceTexts.length = 0;
    this.sizeTexts.length = 0;
    for (let slot = 0; slot < this.capacity; slot += 1) {
      this.priceTexts.push(undefined);
      this.sizeTexts.push(undefined);
    }
  }

  /** @returns the first position whose price is as good as or better than `price`. */
  private search(price: number): number {
    const key = this.sign * price;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sign * (this.prices[this.order[middle] as number] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private removeAt(at: number): void {
    this.release(this.order[at] as number);
    this.order.copyWithin(at, at + 1, this.count);
    this.count -= 1;
  }

  private release(slot: number): void {
    this.priceTexts[slot] = undefined;
    this.sizeTexts[slot] = undefined;
    this.free[this.freeCount] = slot;
    this.freeCount += 1;
  }

  private grow(): void {
    const before = this.capacity;
    this.capacity *= 2;
    this.order = grown(this.order, this.capacity);
    this.free = grown(this.free, this.capacity);
    const prices = new Float64Array(this.capacity);
    prices.set(this.prices);
    this.prices = prices;
    const sizes = new Float64Array(this.capacity);
    sizes.set(this.sizes);
    this.sizes = sizes;
    // Upwards: an array written far past its end becomes a hash table, slow for good.
    for (let slot = before; slot < this.capacity; slot += 1) {
      this.priceTexts.push(undefined);
      this.sizeTexts.push(undefined);
    }
    for (let slot = this.capacity - 1; slot >= before; slot -= 1) {
      this.free[this.freeCount] = slot;
      this.freeCount += 1;
    }
    assert(this.freeCount === before, 'a grown side has as many free slots as it had levels');
  }
}

function grown(array: Uint32Array, capacity: number): Uint32Array {
  const larger = new Uint32Array(capacity);
  larger.set(array);
  return larger;
}

/** A price-level book of one market: two sorted sides of absolute sizes. */
export class OrderBook {
  readonly bids: BookSide;
  readonly asks: BookSide;

  constructor(capacity = 64) {
    this.bids = new BookSide('bid', capacity);
    this.asks = new BookSide('ask', capacity);
  }

  side(side: Side): BookSide {
    return side === 'bid' ? this.bids : this.asks;
  }

  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  truncate(depth: number): void {
    this.bids.truncate(depth);
    this.asks.truncate(depth);
  }

  /** Whether the best bid is at or above the best ask, which no healthy book is. */
  isCrossed(): boolean {
    return this.bids.depth > 0 && this.asks.depth > 0 && this.bids.price(0) >= this.asks.price(0);
  }
}

/** The shortest text that reads back as `value`, in plain notation: `7e-7` is `0.0000007`. */
export function plainText(value: number): string {
  const text = String(value);
  const at = text.indexOf('e');
  if (at < 0) return text;
  const exponent = Number(text.slice(at + 1));
  const digits = text.slice(0, at).replace('.', '');
  const point = text.slice(0, at).indexOf('.');
  const whole = (point < 0 ? at : point) + exponent;
  if (whole <= 0) return `0.${'0'.repeat(-whole)}${digits}`;
  return digits.padEnd(whole, '0');
}
