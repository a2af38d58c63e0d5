import { Decimal } from '@ats/domain';
import fc from 'fast-check';
import { planClosing } from '../../src/domain/flatten/closing-plan.ts';
import type { UnwindRules } from '../../src/domain/trade/trade-rules.ts';
import { bookTop, decimal, type Level, listing } from './helpers.ts';

const rules: UnwindRules = {
  ...{ lossBudget: decimal('150'), attemptsMax: 20, hedgeAttemptsMax: 3, timeMaxUs: 1, retryUs: 1 },
  collarBps: decimal('50'),
  ...{ gradualAbove: decimal('500'), sliceNotional: decimal('200'), sliceUs: 1 },
  bookAgeUsMax: 1000,
};
const market = listing({
  ...{ venue: 'kraken', instrument: 'BTC/USD', tick: '0.5', step: '0.001' },
  ...{ quantityMin: '0.002', notionalMin: '5' },
});

const amount = (digits: number, max: number) =>
  fc
    .integer({ min: 0, max: max * 10 ** digits })
    .map((units) => new Decimal(BigInt(units), digits));
const levels = (from: number, by: number) =>
  fc
    .array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 6 })
    .map((sizes) => sizes.map((size, at): Level => [from + by * at, size / 1000]));

const situations = fc.record({
  quantity: fc
    .tuple(amount(5, 20), fc.boolean())
    .map(([size, sold]) => (sold ? size.negate() : size)),
  bids: levels(100, -0.25),
  asks: levels(100.5, 0.25),
  rate: amount(2, 2).filter((rate) => rate.isPositive()),
  baseAvailable: amount(4, 20),
  quoteAvailable: amount(2, 2000),
  ageUs: fc.integer({ min: 0, max: 1200 }),
});
type Situation = typeof situations extends fc.Arbitrary<infer Value> ? Value : never;

const size = (value: Decimal): Decimal => (value.isNegative() ? value.negate() : value);

function planned(given: Situation) {
  const { bids, asks, ageUs, quantity, rate, baseAvailable, quoteAvailable } = given;
  const { venue, instrument } = market;
  const book = bookTop({ venue, instrument, levels: { bids, asks }, atUs: 1_000_000 });
  const unwindMarket = { listing: market, book, rate, baseAvailable, quoteAvailable };
  return planClosing(quantity, { market: unwindMarket, nowUs: 1_000_000 + ageUs, rules });
}

describe('an order that closes a position', () => {
  it('is never more than the position, nor than venue, book and money allow', () => {
    fc.assert(
      fc.property(situations, (given) => {
        const closing = planned(given);
        if (closing.kind !== 'order') return;
        const { side, quantity, limitPrice, mark } = closing.plan;
        expect(side).toBe(given.quantity.isNegative() ? 'buy' : 'sell');
        expect(quantity.greaterThan(size(given.quantity))).toBe(false);
        expect(quantity.roundToStep(market.quantityStep, 'floor').equals(quantity)).toBe(true);
        expect(quantity.lessThan(market.quantityMin)).toBe(false);
        expect(quantity.multiply(limitPrice).lessThan(market.notionalMin)).toBe(false);
        expect(limitPrice.roundToStep(market.priceTick, 'floor').equals(limitPrice)).toBe(true);
        const worst = side === 'sell' ? 100 * 0.995 : 100.5 * 1.005;
        const within =
          side === 'sell' ? limitPrice.toNumber() >= worst : limitPrice.toNumber() <= worst;
        expect(within).toBe(true);
        const there = (side === 'sell' ? given.bids : given.asks).reduce(
          (sum, [, one]) => sum + one,
          0,
        );
        expect(quantity.toNumber()).toBeLessThanOrEqual(there + 1e-9);
        const cost = quantity.multiply(limitPrice);
        const [needed, held] =
          side === 'sell' ? [quantity, given.baseAvailable] : [cost, given.quoteAvailable];
        expect(needed.greaterThan(held)).toBe(false);
        const value = size(given.quantity).multiply(mark).multiply(given.rate);
        if (!value.greaterThan(rules.gradualAbove)) return;
        const slice = quantity.multiply(mark).multiply(given.rate);
        expect(slice.greaterThan(rules.sliceNotional)).toBe(false);
      }),
    );
  });

  it('is made whenever the venue, the book and the money allow one', () => {
    fc.assert(
      fc.property(situations, (given) => {
        const plenty = { baseAvailable: decimal('1e6'), quoteAvailable: decimal('1e6'), ageUs: 0 };
        const deep = (sizes: readonly Level[]) => sizes.map(([price]): Level => [price, 1000]);
        const { bids, asks } = given;
        const { kind } = planned({ ...given, ...plenty, bids: deep(bids), asks: deep(asks) });
        const smallest = size(given.quantity).roundToStep(market.quantityStep, 'floor');
        const takes = smallest.toNumber() >= 0.051;
        if (takes) expect(kind).toBe('order');
        if (smallest.lessThan(market.quantityMin)) expect(kind).toBe('too-small');
      }),
    );
  });

  it('waits for a fresh book, and says so', () => {
    fc.assert(
      fc.property(situations, fc.integer({ min: 1001, max: 10_000 }), (given, ageUs) => {
        const closing = planned({ ...given, quantity: decimal('1'), ageUs });
        expect(closing).toEqual({ kind: 'wait', why: 'no fresh book' });
      }),
    );
  });
});
