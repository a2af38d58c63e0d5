import type { Digits, OrderBook } from '@ats/domain';

/**
 * The levels of one message, read and checked but not yet applied, so that a message is applied
 * whole or not at all. Reused from message to message: filling it allocates nothing once it has
 * grown to the largest message seen.
 */
export class LevelBuffer {
  private capacity: number;
  private prices: Float64Array;
  private sizes: Float64Array;
  private readonly priceDigits: Digits[] = [];
  private readonly sizeDigits: Digits[] = [];
  private count = 0;
  private bidCount = 0;

  constructor(capacity = 64) {
    this.capacity = capacity;
    this.prices = new Float64Array(capacity);
    this.sizes = new Float64Array(capacity);
  }

  get length(): number {
    return this.count;
  }

  clear(): void {
    this.count = 0;
    this.bidCount = 0;
  }

  push(price: number, size: number, priceDigits: Digits, sizeDigits: Digits): void {
    if (this.count === this.capacity) this.grow();
    this.prices[this.count] = price;
    this.sizes[this.count] = size;
    this.priceDigits[this.count] = priceDigits;
    this.sizeDigits[this.count] = sizeDigits;
    this.count += 1;
  }

  /** What was pushed so far are bids; what follows are asks. */
  endBids(): void {
    this.bidCount = this.count;
  }

  /** Sets every level, in order, to its absolute size. */
  applyTo(book: OrderBook): void {
    const { bids, asks } = book;
    for (let index = 0; index < this.count; index += 1) {
      (index < this.bidCount ? bids : asks).set(
        this.prices[index] as number,
        this.sizes[index] as number,
        this.priceDigits[index],
        this.sizeDigits[index],
      );
    }
  }

  private grow(): void {
    this.capacity *= 2;
    const prices = new Float64Array(this.capacity);
    prices.set(this.prices);
    this.prices = prices;
    const sizes = new Float64Array(this.capacity);
    sizes.set(this.sizes);
    this.sizes = sizes;
  }
}
