import fc from 'fast-check';
import { BookSide, type LevelList, OrderBook, type Side } from '../src/index.ts';

/** The naive twin: a map of texts, sorted anew at each reading. */
class NaiveSide {
  private readonly levels = new Map<number, { size: number; text: string }>();
  private readonly side: Side;

  constructor(side: Side) {
    this.side = side;
  }

  set(price: number, size: number): boolean {
    if (size === 0) return this.levels.delete(price);
    this.levels.set(price, { size, text: `${size}.0` });
    return true;
  }

  /** Of two levels at one price the former counts. */
  replace({ length, prices, sizes }: LevelList): void {
    this.levels.clear();
    for (let at = length - 1; at >= 0; at -= 1) this.set(prices[at] ?? 0, sizes[at] ?? 0);
  }

  truncate(depth: number): void {
    for (const [price] of this.sorted().slice(depth)) this.levels.delete(price);
  }

  clear(): void {
    this.levels.clear();
  }

  sorted(): [number, number, string][] {
    const sign = this.side === 'bid' ? -1 : 1;
    return [...this.levels]
      .map(([price, { size, text }]): [number, number, string] => [price, size, text])
      .sort((a, b) => sign * (a[0] - b[0]));
  }
}

function levelsOf(side: BookSide): [number, number, string][] {
  return Array.from({ length: side.depth }, (_, index) => [
    side.price(index),
    side.size(index),
    side.sizeText(index),
  ]);
}

const operation = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.tuple(fc.constant('set'), fc.integer({ min: 1, max: 60 }), fc.nat(5)),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant('replace'), fc.nat(60), fc.nat(5)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('truncate'), fc.nat(40), fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clear'), fc.constant(0), fc.constant(0)) },
);

/** So many levels: best price first, or at random, with sizes of 0 and prices that come twice. */
function snapshot(side: Side, length: number, seed: number): LevelList {
  const isSorted = seed < 3;
  const distances = Array.from({ length }, (_, index) =>
    isSorted ? (index + 1) / 4 : ((index * 37 + seed) % 40) / 4,
  );
  const prices = Float64Array.from(distances, (one) => (side === 'ask' ? 1 + one : 60 - one));
  const sizes = Float64Array.from(
    distances,
    (_, index) => (index + seed + 1) % (isSorted ? 99 : 4),
  );
  return {
    length,
    prices,
    sizes,
    priceDigits: Array.from(prices, String),
    sizeDigits: Array.from(sizes, () => 1),
  };
}

describe('BookSide against a sorted map', () => {
  test.each<Side>(['bid', 'ask'])('holds the same %s levels after any operations', (name) => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
        const side = new BookSide(name, 2);
        const naive = new NaiveSide(name);
        for (const [what, first, second] of operations) {
          if (what === 'set') {
            const price = first / 4;
            const changed = side.set(price, second, String(price), `${second}.0`);
            expect(changed).toBe(naive.set(price, second));
          } else if (what === 'replace') {
            const levels = snapshot(name, first, second);
            side.replace(levels);
            naive.replace(levels);
          } else if (what === 'truncate') {
            side.truncate(first);
            naive.truncate(first);
          } else {
            side.clear();
            naive.clear();
          }
          expect(levelsOf(side)).toEqual(naive.sorted());
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('OrderBook', () => {
  test('is crossed when the best bid reaches the best ask', () => {
    const book = new OrderBook();
    book.bids.set(100, 1);
    expect(book.isCrossed()).toBe(false);
    book.asks.set(101, 1);
    expect(book.isCrossed()).toBe(false);
    book.asks.set(100, 1);
    expect(book.isCrossed()).toBe(true);
  });

  test('copies the best levels, as many as there are and fit', () => {
    const book = new OrderBook();
    for (const price of [98, 100, 99]) book.bids.set(price, price / 100);
    const [prices, sizes] = [new Float64Array(2), new Float64Array(2)];
    expect(book.bids.copyTop(prices, sizes)).toBe(2);
    expect([[...prices], [...sizes]]).toEqual([
      [100, 99],
      [1, 0.99],
    ]);
    book.bids.truncate(1);
    expect(book.bids.copyTop(prices, sizes)).toBe(1);
    expect(book.asks.copyTop(prices, sizes)).toBe(0);
  });

  test('gives a number back as it was written', () => {
    const book = new OrderBook();
    book.bids.set(0.1, 5, 3, '5.00e0');
    expect([book.bids.priceText(0), book.bids.sizeText(0)]).toEqual(['0.100', '5.00e0']);
    expect([book.bids.priceDigits(0), book.bids.sizeDigits(0)]).toEqual([3, '5.00e0']);
    book.bids.set(0.1, 6);
    expect([book.bids.priceText(0), book.bids.sizeText(0)]).toEqual(['0.1', '6']);
    expect(book.bids.sizeDigits(0)).toBeUndefined();
  });

  test('prints numbers in plain notation where the venue gave no text', () => {
    const book = new OrderBook();
    book.bids.set(7e-7, 1e21);
    expect([book.bids.priceText(0), book.bids.sizeText(0)]).toEqual([
      '0.0000007',
      '1000000000000000000000',
    ]);
    expect(book.bids.price(1)).toBeNaN();
  });
});
