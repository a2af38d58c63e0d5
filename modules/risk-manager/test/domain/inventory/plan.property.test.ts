import { assetId, Decimal, type VenueId, venueId } from '@ats/domain';
import fc from 'fast-check';
import { reserveOf } from '../../../src/domain/inventory/allowance.ts';
import { type Market, valuesOf } from '../../../src/domain/inventory/markets.ts';
import { type PlanOption, totalOf } from '../../../src/domain/inventory/option.ts';
import { type PlanInput, type PlanStep, planOf } from '../../../src/domain/inventory/plan.ts';
import type { Runway } from '../../../src/domain/inventory/runway.ts';
import { listing, market, runway } from '../../inventory-samples.ts';

const VENUES = ['alpha', 'beta', 'gamma'] as const;
const QUOTES = { alpha: 'USDT', beta: 'USDT', gamma: 'USD' } as const;
const decimal = Decimal.parse;

const amount = (max: number, scale: number) =>
  fc.bigInt({ min: 0n, max: BigInt(max) * 10n ** BigInt(scale) }).map((units) => {
    return new Decimal(units, scale).toString();
  });

const flows = (max: number) =>
  fc.record({
    inPerHour: fc.double({ min: 0, max, noNaN: true }),
    outPerHour: fc.double({ min: 0, max, noNaN: true }),
    fills: fc.integer({ min: 0, max: 50 }),
    confidence: fc.constantFrom('unknown', 'low', 'good', 'good', 'good'),
  });

const held = fc.tuple(
  ...VENUES.flatMap((venue) => [
    fc
      .record({ available: amount(3, 8), flow: flows(2) })
      .map((of) => runway({ venue, asset: 'BTC', ...of })),
    fc
      .record({ available: amount(200_000, 6), flow: flows(100_000) })
      .map((of) => runway({ venue, asset: QUOTES[venue], least: '1000', ...of })),
  ]),
);

const prices = fc.record({
  middle: fc.integer({ min: 90_000, max: 99_000 }),
  spread: fc.integer({ min: 1, max: 500 }),
  size: fc.constantFrom(0.013, 0.1, 1, 7.123),
  step: fc.constantFrom('0.0001', '0.00003', '0.25'),
});

const markets = fc.tuple(...VENUES.map(() => prices)).map((all): readonly Market[] => [
  ...all.map(({ middle, spread, size, step }, index) => {
    const venue = VENUES[index] as (typeof VENUES)[number];
    const levels = { bid: middle, ask: middle + spread, size };
    return market(listing(venue, `BTC/${QUOTES[venue]}`, { step }), levels);
  }),
  market(listing('gamma', 'USDT/USD'), { bid: 99, ask: 100 }),
]);

const inputs: fc.Arbitrary<PlanInput> = fc
  .record({
    runways: held,
    markets,
    weights: fc.option(fc.tuple(...VENUES.map(() => fc.integer({ min: 0, max: 5 }))), {
      nil: undefined,
    }),
    reserve: amount(1, 4),
    profit: fc.constantFrom(0, 0.5, 1000),
    terms: fc.option(
      fc.record({
        fee: amount(1, 5),
        min: amount(1, 4),
        minutes: fc.integer({ min: 0, max: 3000 }),
      }),
      { nil: undefined },
    ),
  })
  .map(({ runways, markets: all, weights, reserve, profit, terms }) => ({
    runways,
    values: valuesOf(all, assetId('USDT')),
    markets: all,
    termsOf: (asset) =>
      terms === undefined || asset === 'USD'
        ? undefined
        : { fee: decimal(terms.fee), min: decimal(terms.min), minutes: terms.minutes },
    rules: {
      numeraire: assetId('USDT'),
      warnHours: 2,
      horizonHours: 24,
      weights:
        weights === undefined
          ? undefined
          : new Map<VenueId, Decimal>(
              VENUES.map((venue, index) => [venueId(venue), decimal(`${weights[index]}`)]),
            ),
      reserves: new Map([['alpha BTC', decimal(reserve)]]),
    },
    profitPerHour: () => profit,
  }));

const taken = ({ options, recommended }: PlanStep): PlanOption | undefined =>
  options.find(({ kind }) => kind === recommended);

const sum = (amounts: readonly Decimal[]): Decimal =>
  amounts.reduce((total, one) => total.add(one), Decimal.ZERO);

/** What all recommended options together take from a place, zero or more. */
const takenFrom = (plan: readonly PlanStep[], { venue, asset }: Runway): Decimal =>
  sum(
    plan
      .flatMap((step) => taken(step)?.moves ?? [])
      .filter((move) => move.venue === venue && move.asset === asset && move.amount.isNegative())
      .map((move) => move.amount.negate()),
  );

const check = (holds: (plan: readonly PlanStep[], input: PlanInput) => void): void =>
  fc.assert(
    fc.property(inputs, (input) => holds(planOf(input), input)),
    { numRuns: 500 },
  );

describe('a rebalance plan', () => {
  it('in all takes nothing from a place beyond its reserve', () => {
    check((plan, { runways, rules }) => {
      for (const place of runways) {
        const gone = takenFrom(plan, place);
        if (gone.isZero()) continue;
        const left = place.available.subtract(gone);
        expect(left.lessThan(reserveOf(place, rules))).toBe(false);
        expect(left.isNegative()).toBe(false);
      }
    });
  });

  it('of each option takes no more than there is beyond the reserve', () => {
    check((plan, { runways, rules }) => {
      for (const move of plan.flatMap(({ options }) => options.flatMap(({ moves }) => moves))) {
        if (!move.amount.isNegative()) continue;
        const is = (one: Runway) => one.venue === move.venue && one.asset === move.asset;
        const place = runways.find(is) as Runway;
        const left = place.available.add(move.amount);
        expect(left.lessThan(reserveOf(place, rules))).toBe(false);
      }
    });
  });

  it('conserves what it moves: a transfer loses its fee, a round costs money', () => {
    check((plan, { termsOf, values }) => {
      for (const { runway: to, options } of plan) {
        for (const { kind, moves, amount: got, from, cost } of options) {
          if (from === undefined) continue;
          if (kind === 'transfer') {
            const terms = termsOf(to.asset, { from: from.venue, to: to.venue });
            const fee = terms?.fee ?? Decimal.ZERO;
            expect(sum(moves.map((one) => one.amount)).equals(fee.negate())).toBe(true);
            expect(moves[0]?.amount.negate().lessThan(terms?.min as Decimal)).toBe(false);
            continue;
          }
          const base = moves.filter(({ asset }) => asset === 'BTC');
          expect(sum(base.map((one) => one.amount)).isZero()).toBe(true);
          const money = moves
            .filter(({ asset }) => asset !== 'BTC')
            .map((one) => one.amount.multiply(values.get(one.asset) as Decimal));
          const lost = sum(money).negate().subtract(cost);
          expect(Math.abs(lost.toNumber())).toBeLessThan(1e-9);
          expect(got.isPositive()).toBe(true);
        }
      }
    });
  });

  it('gives no more than is wanted, or the least that can be sent', () => {
    check((plan, { termsOf }) => {
      for (const { runway: to, wanted, options } of plan) {
        for (const { kind, amount: got, from } of options) {
          if (from === undefined) continue;
          const terms = termsOf(to.asset, { from: from.venue, to: to.venue });
          const least = kind === 'transfer' ? (terms?.min ?? Decimal.ZERO) : Decimal.ZERO;
          // Amounts that are sent have eight digits.
          const most = wanted.add(decimal('0.00000001')).max(least);
          expect(got.greaterThan(most)).toBe(false);
        }
      }
    });
  });

  it('never recommends what costs more than something else that is in time', () => {
    check((plan) => {
      for (const step of plan) {
        const chosen = taken(step);
        const inTime = step.options.filter((one) => one.possible && one.inTime);
        if (inTime.length === 0) continue;
        expect(chosen?.inTime).toBe(true);
        for (const other of inTime) {
          expect(totalOf(chosen as PlanOption).greaterThan(totalOf(other))).toBe(false);
        }
      }
    });
  });

  it('has one option of each kind for what runs dry, and only recommends real ones', () => {
    check((plan) => {
      for (const step of plan) {
        const kinds = step.options.map(({ kind }) => kind);
        expect(kinds).toEqual(['wait', 'reverse-arbitrage', 'transfer']);
        expect(taken(step)?.possible ?? true).toBe(true);
        expect(step.why).not.toBe('');
      }
    });
  });

  it('is the same again', () => {
    check((plan, input) => expect(planOf(input)).toEqual(plan));
  });
});
