import { type BookTop, Decimal, type OrderSide } from '@ats/domain';

/** A price at which so much can be had. */
export interface PaperLevel {
  readonly price: Decimal;
  readonly size: Decimal;
}

interface Taken {
  /** The level's size when it was taken from; another size is other people's orders. */
  readonly of: number;
  readonly size: Decimal;
}

/**
 * One live book, less what paper orders have taken of it: a level that was taken from stays that
 * much smaller until its size changes.
 */
export class PaperLiquidity {
  private book: BookTop | undefined;
  private readonly taken = { buy: new Map<number, Taken>(), sell: new Map<number, Taken>() };

  /** @param book one that is kept: a copy */
  show(book: BookTop): void {
    this.book = book;
    for (const side of ['buy', 'sell'] as const) {
      const sizes = new Map(this.levels(side));
      for (const [price, { of }] of this.taken[side]) {
        if (sizes.get(price) !== of) this.taken[side].delete(price);
      }
    }
  }

  /** What an order of this side can take at `limit` or better, best price first. */
  within(side: OrderSide, limit: Decimal): readonly PaperLevel[] {
    const found: PaperLevel[] = [];
    for (const [price, size] of this.levels(side)) {
      const exact = Decimal.fromNumber(price);
      if (side === 'buy' ? exact.greaterThan(limit) : exact.lessThan(limit)) break;
      const left = Decimal.fromNumber(size).subtract(this.takenAt(side, price));
      if (left.isPositive()) found.push({ price: exact, size: left });
    }
    return found;
  }

  take(side: OrderSide, level: PaperLevel): void {
    const price = level.price.toNumber();
    const of = new Map(this.levels(side)).get(price) ?? 0;
    const size = this.takenAt(side, price).add(level.size);
    this.taken[side].set(price, { of, size });
  }

  get isThere(): boolean {
    return this.book !== undefined;
  }

  private takenAt(side: OrderSide, price: number): Decimal {
    return this.taken[side].get(price)?.size ?? Decimal.ZERO;
  }

  /** The levels that an order of this side takes from. */
  private levels(side: OrderSide): readonly (readonly [price: number, size: number])[] {
    const { book } = this;
    if (book === undefined) return [];
    const [count, prices, sizes] =
      side === 'buy'
        ? [book.askCount, book.askPrices, book.askSizes]
        : [book.bidCount, book.bidPrices, book.bidSizes];
    return Array.from({ length: count }, (_, at) => [prices[at] ?? 0, sizes[at] ?? 0] as const);
  }
}
