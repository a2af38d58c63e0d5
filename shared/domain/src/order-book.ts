import { assert } from './errors.ts';

export type Side = 'bid' | 'ask';

/**
 * How a number was written: its text, or how many decimals stand behind its point. The latter
 * only where `toFixed` gives the text back, as it does for up to fifteen digits.
 */
export type Digits = string | number;

/** Levels to be set on one side. Arrays may be longer than `length`. */
export interface LevelList {
  readonly length: number;
  readonly prices: Float64Array;
  readonly sizes: Float64Array;
  readonly priceDigits: readonly Digits[];
  readonly sizeDigits: readonly Digits[];
}

const MOVED_BY_LOOP_MAX = 32;

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
  /** What `writes` was when the slot was written last. */
  private revisions: Float64Array;
  private writes = 0;
  private readonly priceForms: (Digits | undefined)[] = [];
  private readonly sizeForms: (Digits | undefined)[] = [];

  constructor(side: Side, capacity = 64) {
    this.side = side;
    this.sign = side === 'bid' ? 1 : -1;
    this.capacity = capacity;
    this.order = new Uint32Array(capacity);
    this.free = new Uint32Array(capacity);
    this.prices = new Float64Array(capacity);
    this.sizes = new Float64Array(capacity);
    this.revisions = new Float64Array(capacity);
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
    return textOf(this.prices[slot] ?? Number.NaN, this.priceForms[slot]);
  }

  sizeText(index: number): string {
    const slot = this.slot(index);
    return textOf(this.sizes[slot] ?? Number.NaN, this.sizeForms[slot]);
  }

  /** How the price was written; undefined if nobody said. Texts without making strings. */
  priceDigits(index: number): Digits | undefined {
    return this.priceForms[this.slot(index)];
  }

  /** How the size was written; undefined if nobody said. */
  sizeDigits(index: number): Digits | undefined {
    return this.sizeForms[this.slot(index)];
  }

  /** A number that no other level of this side has, and this one until it is set again. */
  revision(index: number): number {
    return this.revisions[this.slot(index)] ?? Number.NaN;
  }

  /** Copies the best levels, as many as there are and fit. @returns how many. */
  copyTop(prices: Float64Array, sizes: Float64Array): number {
    const { order, prices: ownPrices, sizes: ownSizes } = this;
    const count = Math.min(this.count, prices.length, sizes.length);
    const best = this.count - 1;
    for (let index = 0; index < count; index += 1) {
      const slot = order[best - index] as number;
      prices[index] = ownPrices[slot] as number;
      sizes[index] = ownSizes[slot] as number;
    }
    return count;
  }

  /**
   * Sets the absolute size at a price; a size of 0 removes the level.
   * @returns whether the side changed: false when a level to remove was not there.
   */
  set(price: number, size: number, priceDigits?: Digits, sizeDigits?: Digits): boolean {
    const at = this.search(price);
    const slot = at < this.count ? (this.order[at] as number) : -1;
    const found = slot >= 0 && this.prices[slot] === price;
    if (size === 0) {
      if (!found) return false;
      this.removeAt(at);
      return true;
    }
    if (found) {
      this.write(slot, price, size, priceDigits, sizeDigits);
      return true;
    }
    if (this.freeCount === 0) this.grow();
    this.freeCount -= 1;
    const fresh = this.free[this.freeCount] as number;
    const { order } = this;
    // Near the top, where nearly all changes are, a loop is faster than a call.
    if (this.count - at > MOVED_BY_LOOP_MAX) order.copyWithin(at + 1, at, this.count);
    else for (let to = this.count; to > at; to -= 1) order[to] = order[to - 1] as number;
    order[at] = fresh;
    this.count += 1;
    this.write(fresh, price, size, priceDigits, sizeDigits);
    return true;
  }

  private write(
    slot: number,
    price: number,
    size: number,
    priceDigits: Digits | undefined,
    sizeDigits: Digits | undefined,
  ): void {
    this.prices[slot] = price;
    this.sizes[slot] = size;
    this.writes += 1;
    this.revisions[slot] = this.writes;
    this.priceForms[slot] = priceDigits;
    this.sizeForms[slot] = sizeDigits;
  }

  /**
   * Makes the side what a snapshot lists. In one walk without a search when the list has the best
   * price first; level by level from its end when not, where a size of 0 is no level and of two
   * levels at one price the former counts.
   */
  replace(levels: LevelList): void {
    const { length, prices, sizes, priceDigits, sizeDigits } = levels;
    if (!this.isInOrder(levels)) {
      this.clear();
      for (let at = length - 1; at >= 0; at -= 1) {
        this.set(prices[at] as number, sizes[at] as number, priceDigits[at], sizeDigits[at]);
      }
      return;
    }
    this.truncate(length);
    while (this.count < length) {
      if (this.freeCount === 0) this.grow();
      this.freeCount -= 1;
      this.order[this.count] = this.free[this.freeCount] as number;
      this.count += 1;
    }
    for (let at = 0; at < length; at += 1) {
      const slot = this.order[length - 1 - at] as number;
      const price = prices[at] as number;
      this.write(slot, price, sizes[at] as number, priceDigits[at], sizeDigits[at]);
    }
  }

  private isInOrder({ length, prices, sizes }: LevelList): boolean {
    let last = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < length; at += 1) {
      // Bids fall and asks rise, both away from the best.
      const distance = -this.sign * (prices[at] as number);
      if (!(distance > last) || sizes[at] === 0) return false;
      last = distance;
    }
    return true;
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
    this.priceForms.length = 0;
    this.sizeForms.length = 0;
    for (let slot = 0; slot < this.capacity; slot += 1) {
      this.priceForms.push(undefined);
      this.sizeForms.push(undefined);
    }
  }

  /** @returns the first position whose price is as good as or better than `price`. */
  private search(price: number): number {
    const { order, prices, sign } = this;
    const key = sign * price;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sign * (prices[order[middle] as number] as number) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private removeAt(at: number): void {
    this.release(this.order[at] as number);
    const { order } = this;
    this.count -= 1;
    if (this.count - at > MOVED_BY_LOOP_MAX) order.copyWithin(at, at + 1, this.count + 1);
    else for (let to = at; to < this.count; to += 1) order[to] = order[to + 1] as number;
  }

  private release(slot: number): void {
    this.priceForms[slot] = undefined;
    this.sizeForms[slot] = undefined;
    this.free[this.freeCount] = slot;
    this.freeCount += 1;
  }

  private grow(): void {
    const before = this.capacity;
    this.capacity *= 2;
    this.order = grown(this.order, this.capacity);
    this.free = grown(this.free, this.capacity);
    this.prices = grownNumbers(this.prices, this.capacity);
    this.sizes = grownNumbers(this.sizes, this.capacity);
    this.revisions = grownNumbers(this.revisions, this.capacity);
    // Upwards: an array written far past its end becomes a hash table, slow for good.
    for (let slot = before; slot < this.capacity; slot += 1) {
      this.priceForms.push(undefined);
      this.sizeForms.push(undefined);
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

function grownNumbers(array: Float64Array, capacity: number): Float64Array {
  const larger = new Float64Array(capacity);
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

function textOf(value: number, digits: Digits | undefined): string {
  if (typeof digits === 'number') return value.toFixed(digits);
  return digits ?? plainText(value);
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
