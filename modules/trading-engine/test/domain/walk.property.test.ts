import { Decimal } from '@ats/domain';
import fc from 'fast-check';
import type { Conversion } from '../../src/domain/conversion.ts';
import { exactCrossedQuantity, valueExactly } from '../../src/domain/exact.ts';
import { Walk, type WalkLeg, type WalkLimits } from '../../src/domain/walk.ts';
import { type BookLevels, bookView, conversion, decimal, type Level } from './helpers.ts';

/** Prices around `middle` in hundredths, sizes in thousandths: what a venue could send. */
function levelsAround(middle: number, side: 'bid' | 'ask', reach = 300) {
  const level = fc.record({
    offset: fc.integer({ min: -reach, max: reach }),
    size: fc.integer({ min: 1, max: 5000 }),
  });
  return fc
    .uniqueArray(level, { minLength: 1, maxLength: 7, selector: (one) => one.offset })
    .map((levels): Level[] =>
      levels
        .map(({ offset, size }): Level => [(middle * 100 + offset) / 100, size / 1000])
        .sort((a, b) => (side === 'bid' ? b[0] - a[0] : a[0] - b[0])),
    );
}

const book = (middle: number, reach?: number): fc.Arbitrary<BookLevels> =>
  fc.record({
    bids: levelsAround(middle, 'bid', reach),
    asks: levelsAround(middle, 'ask', reach),
  });

const feeBps = fc.constantFrom('0', '0.75', '10', '26');

/** No conversion, one listed as USDT/KRW, or one listed as EUR/USDT; both worth about 1. */
const converting = fc.option(
  fc.record({ levels: book(1, 2), numeraireIsBase: fc.boolean(), feeBps }).map((options) => {
    const scale = (levels: readonly Level[]): Level[] =>
      levels.map(([price, size]) => [price, size * 100]);
    const { bids, asks } = options.levels;
    return conversion({ ...options, levels: { bids: scale(bids), asks: scale(asks) } });
  }),
  { nil: null },
);

interface Case {
  readonly buy: WalkLeg;
  readonly sell: WalkLeg;
  readonly limits: WalkLimits;
  readonly fees: { readonly buy: string; readonly sell: string; readonly slippage: string };
}

const thousandths = (max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 1, max: max * 1000 }).map((value) => value / 1000);
const unbounded = fc.constant(Number.POSITIVE_INFINITY);
const cases: fc.Arbitrary<Case> = fc
  .record({
    asks: levelsAround(100, 'ask'),
    bids: levelsAround(101, 'bid'),
    buyFee: feeBps,
    sellFee: feeBps,
    slippage: fc.constantFrom('0', '0.5', '3'),
    costs: converting,
    gains: converting,
    baseMax: fc.oneof(unbounded, thousandths(10)),
    quoteMax: fc.oneof(unbounded, thousandths(1000)),
    notionalMax: fc.oneof(unbounded, thousandths(1000)),
  })
  .map((parts) => ({
    buy: {
      book: bookView({ bids: [], asks: parts.asks }),
      feeRate: Number(parts.buyFee) / 10_000,
      conversion: parts.costs,
    },
    sell: {
      book: bookView({ bids: parts.bids, asks: [] }),
      feeRate: Number(parts.sellFee) / 10_000,
      conversion: parts.gains,
    },
    limits: {
      baseMax: parts.baseMax,
      quoteMax: parts.quoteMax,
      notionalMax: parts.notionalMax,
      slippageRate: Number(parts.slippage) / 10_000,
      edgeMin: 0,
      valueRate: 1,
    },
    fees: { buy: parts.buyFee, sell: parts.sellFee, slippage: parts.slippage },
  }));

/** What `amount` of the first column comes to in the second, over `[capacity, rate]` steps. */
function along(steps: readonly (readonly [number, number])[], amount: number): number {
  let rest = amount;
  let total = 0;
  for (const [capacity, rate] of steps) {
    const part = Math.min(rest, capacity);
    total += part * rate;
    rest -= part;
  }
  return rest > 1e-9 * amount ? Number.NaN : total;
}

/** The same, backwards: how much of the first column gives `total`. */
function back(steps: readonly (readonly [number, number])[], total: number): number {
  let rest = total;
  let amount = 0;
  for (const [capacity, rate] of steps) {
    const part = Math.min(rest / rate, capacity);
    amount += part;
    rest -= part * rate;
  }
  return amount;
}

const cumulative = (steps: readonly (readonly [number, number])[]): number[] =>
  steps.map((_, index) => steps.slice(0, index + 1).reduce((sum, one) => sum + one[0], 0));

function moneySteps(one: Conversion | null, side: 'cost' | 'proceeds'): [number, number][] {
  if (one === null) return [[Number.MAX_VALUE, 1]];
  const count = side === 'cost' ? one.costCount : one.proceedsCount;
  return Array.from({ length: count }, (_, level): [number, number] =>
    side === 'cost'
      ? [one.costCapacity(level), one.costRate(level)]
      : [one.proceedsCapacity(level), one.proceedsRate(level)],
  );
}

/** Tries every size at which any of the four books or any limit has a boundary. */
function bruteForce({ buy, sell, limits }: Case): { profit: number; quantity: number } {
  const column = (prices: Float64Array, sizes: Float64Array, count: number, factor: number) =>
    Array.from({ length: count }, (_, at): [number, number] => [
      sizes[at] as number,
      (prices[at] as number) * factor,
    ]);
  const { askPrices, askSizes, askCount } = buy.book;
  const { bidPrices, bidSizes, bidCount } = sell.book;
  const pay = column(askPrices, askSizes, askCount, 1 + buy.feeRate);
  const get = column(bidPrices, bidSizes, bidCount, 1 - sell.feeRate);
  const costs = moneySteps(buy.conversion, 'cost');
  const gains = moneySteps(sell.conversion, 'proceeds');
  const costFree = (buy.conversion?.costFeeFree ?? 1) / (1 + buy.feeRate);
  const gainFree = (sell.conversion?.proceedsFeeFree ?? 1) / (1 - sell.feeRate);
  const sizes = [
    ...cumulative(pay),
    ...cumulative(get),
    ...cumulative(costs).map((money) => back(pay, money)),
    ...cumulative(gains).map((money) => back(get, money)),
    limits.baseMax,
    back(pay, limits.quoteMax),
    back(pay, back(costs, limits.notionalMax)),
  ];
  let best = { profit: 0, quantity: 0 };
  for (const quantity of sizes.filter(Number.isFinite)) {
    const spent = along(pay, quantity);
    const cost = along(costs, spent);
    const gain = along(gains, along(get, quantity));
    const slack = 1 + 1e-9;
    const allowed =
      quantity <= limits.baseMax * slack &&
      spent <= limits.quoteMax * slack &&
      cost <= limits.notionalMax * slack;
    const profit = gain - cost - limits.slippageRate * (cost * costFree + gain * gainFree);
    if (allowed && profit > best.profit) best = { profit, quantity };
  }
  return best;
}

describe('the walk', () => {
  test('earns as much as the best of all level boundaries', () => {
    const walk = new Walk();
    let earning = 0;
    fc.assert(
      fc.property(cases, (one) => {
        const found = walk.run(one.buy, one.sell, one.limits);
        const best = bruteForce(one);
        const tolerance = 1e-7 * (1 + best.profit);
        expect(Math.abs(walk.netProfit - best.profit)).toBeLessThan(tolerance);
        expect(found).toBe(walk.quantity > 0);
        if (found) earning += 1;
      }),
      { numRuns: 2000 },
    );
    expect(earning).toBeGreaterThan(500);
  });

  test('keeps the edge of the whole size at the minimum and takes no less than that allows', () => {
    const walk = new Walk();
    const cost = (one: Case, quantity: number): number => {
      const free = new Walk();
      free.run(one.buy, one.sell, { ...one.limits, baseMax: quantity });
      return free.netProfit / free.cost;
    };
    fc.assert(
      fc.property(cases, fc.double({ min: 1e-4, max: 0.02, noNaN: true }), (one, edgeMin) => {
        const limits = { ...one.limits, edgeMin };
        if (!walk.run(one.buy, one.sell, limits)) return;
        expect(walk.netProfit / walk.cost).toBeGreaterThan(edgeMin * (1 - 1e-9));
        if (walk.stop !== 'edge') return;
        expect(cost(one, walk.quantity * 1.001)).toBeLessThan(edgeMin * (1 + 1e-9));
      }),
      { numRuns: 1000 },
    );
  });

  test('never says more than the exact value of the size it found', () => {
    const walk = new Walk();
    const rate = (bps: string): Decimal => decimal(bps).multiply(decimal('0.0001'));
    let valued = 0;
    fc.assert(
      fc.property(cases, (one) => {
        if (!walk.run(one.buy, one.sell, one.limits)) return;
        const trade = {
          buy: { ...one.buy, feeRate: rate(one.fees.buy) },
          sell: { ...one.sell, feeRate: rate(one.fees.sell) },
          slippageRate: rate(one.fees.slippage),
          valueRate: Decimal.ONE,
        };
        const quantity = Decimal.fromNumber(walk.quantity * (1 - 1e-12)).round(15, 'down');
        const value = valueExactly(trade, quantity);
        if (value === undefined) throw new Error('the books do not hold what was walked');
        valued += 1;
        expect(Math.abs(value.netProfit.toNumber() - walk.netProfit)).toBeLessThan(1e-8);
        expect(Math.abs(value.cost.toNumber() - walk.cost)).toBeLessThan(1e-8 * (1 + walk.cost));
        const parts = value.grossProfit.subtract(value.fees).subtract(value.slippageReserve);
        expect(parts.equals(value.netProfit)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(valued).toBeGreaterThan(200);
  });

  test('finds the size that the exact walk finds where no money is converted', () => {
    const walk = new Walk();
    const rate = (bps: string): Decimal => decimal(bps).multiply(decimal('0.0001'));
    const limits = { ...UNBOUNDED };
    fc.assert(
      fc.property(levelsAround(100, 'ask'), levelsAround(100, 'bid'), feeBps, (asks, bids, fee) => {
        const buy = { book: bookView({ bids: [], asks }), conversion: null };
        const sell = { book: bookView({ bids, asks: [] }), conversion: null };
        const feeRate = Number(fee) / 10_000;
        walk.run({ ...buy, feeRate }, { ...sell, feeRate }, limits);
        const exact = exactCrossedQuantity({
          buy: { ...buy, feeRate: rate(fee) },
          sell: { ...sell, feeRate: rate(fee) },
          slippageRate: Decimal.ZERO,
          valueRate: Decimal.ONE,
        });
        expect(exact.toNumber()).toBeCloseTo(walk.quantity, 9);
      }),
      { numRuns: 1000 },
    );
  });

  test('says what bounded the size', () => {
    const buy = leg({
      bids: [],
      asks: [
        [100, 1],
        [101, 1],
      ],
    });
    const sell = leg({
      bids: [
        [103, 1.5],
        [100.5, 9],
      ],
      asks: [],
    });
    const stopOf = (limits: Partial<WalkLimits>): [string, number] => {
      const walk = new Walk();
      walk.run(buy, sell, { ...UNBOUNDED, ...limits });
      return [walk.stop, walk.quantity];
    };
    expect(stopOf({})).toEqual(['profit', 1.5]);
    expect(stopOf({ baseMax: 0.5 })).toEqual(['balance', 0.5]);
    expect(stopOf({ quoteMax: 50 })).toEqual(['balance', 0.5]);
    expect(stopOf({ notionalMax: 125 })).toEqual(['notional', 1 + 25 / 101]);
    expect(stopOf({ edgeMin: 0.03 })).toEqual(['edge', 1]);
    expect(stopOf({ baseMax: 0 })).toEqual(['balance', 0]);
  });
});

const UNBOUNDED: WalkLimits = {
  baseMax: Number.POSITIVE_INFINITY,
  quoteMax: Number.POSITIVE_INFINITY,
  notionalMax: Number.POSITIVE_INFINITY,
  slippageRate: 0,
  edgeMin: 0,
  valueRate: 1,
};

function leg(levels: BookLevels): WalkLeg {
  return { book: bookView(levels), feeRate: 0, conversion: null };
}
