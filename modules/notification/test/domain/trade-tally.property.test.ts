import { Decimal, TRADE_ENDS, TRADE_STATES } from '@ats/domain';
import fc from 'fast-check';
import { tradeFigures } from '../../src/domain/trade-figures.ts';
import {
  NO_TRADES,
  QUARTER_US,
  quarterOf,
  type TradeTally,
  tallyOf,
  together,
} from '../../src/domain/trade-tally.ts';
import { tradeOf } from './sample-trades.ts';
import { DAY_US } from './samples.ts';

const amounts = fc
  .bigInt({ min: -(10n ** 20n), max: 10n ** 20n })
  .map((units) => new Decimal(units, 12).toString());
const trades = fc
  .array(
    fc.record({
      state: fc.constantFrom(...TRADE_STATES),
      numeraire: fc.constantFrom('USDT', 'KRW'),
      ...{ quoted: amounts, realised: amounts },
      endedAtUs: fc.integer({ min: 0, max: 86_400 }).map((second) => DAY_US + second * 1_000_000),
    }),
    { maxLength: 60 },
  )
  .map((all) => all.map((one, number) => tradeOf({ ...one, number })));

const sumOf = (tallies: readonly TradeTally[]): TradeTally => tallies.reduce(together, NO_TRADES);

describe('sums of trades', () => {
  it('count what has ended and add up edges to the last digit, however they are cut', () => {
    fc.assert(
      fc.property(trades, fc.nat(60), (all, cut) => {
        const tallies = all.flatMap((trade) => tallyOf(trade) ?? []);
        const sum = together(sumOf(tallies.slice(0, cut)), sumOf(tallies.slice(cut)));
        for (const end of TRADE_ENDS) {
          const count = all.filter(({ state }) => state === end).length;
          expect(sum.outcomes[end] ?? 0).toBe(count);
        }
        for (const numeraire of ['USDT', 'KRW']) {
          const mine = all.filter((one) => one.waterfall && one.numeraire === numeraire);
          const realised = mine.map((one) => one.waterfall?.realised ?? Decimal.ZERO);
          const edge = sum.edges[numeraire];
          expect(edge?.trades ?? 0).toBe(mine.length);
          if (edge === undefined) continue;
          const total = realised.reduce((before, one) => before.add(one), Decimal.ZERO);
          expect(Decimal.parse(edge.steps.realised).equals(total)).toBe(true);
          const best = realised.reduce((one, other) => one.max(other));
          const worst = realised.reduce((one, other) => one.min(other));
          expect(Decimal.parse(edge.best.realised).equals(best)).toBe(true);
          expect(Decimal.parse(edge.worst.realised).equals(worst)).toBe(true);
        }
      }),
    );
  });

  it('make a curve of the day that ends at what was earned, and longer windows', () => {
    fc.assert(
      fc.property(trades, (all) => {
        const quarters = [...Map.groupBy(all, ({ updatedAtUs }) => quarterOf(updatedAtUs))]
          .map(([quarterUs, some]) => ({
            quarterUs,
            tally: sumOf(some.flatMap((trade) => tallyOf(trade) ?? [])),
          }))
          .sort((one, other) => one.quarterUs - other.quarterUs);
        const [fromUs, toUs] = [
          quarterOf(DAY_US) + 40 * QUARTER_US,
          quarterOf(DAY_US) + 97 * QUARTER_US,
        ];
        const longer = [{ days: 7, fromUs: 0 }];
        const figures = tradeFigures(quarters, { fromUs, toUs, longer, complete: true });
        const inDay = all.filter(({ updatedAtUs }) => updatedAtUs >= fromUs);
        expect(figures.day.outcomes).toEqual(
          sumOf(inDay.flatMap((trade) => tallyOf(trade) ?? [])).outcomes,
        );
        expect(figures.longer[0]?.tally).toEqual(sumOf(quarters.map(({ tally }) => tally)));
        const { equity, day } = figures;
        expect(equity === undefined).toBe(Object.keys(day.edges).length === 0);
        if (equity === undefined) return;
        const times = equity.points.map(({ atUs }) => atUs);
        expect(times).toEqual([...new Set(times)].sort((one, other) => one - other));
        expect([times[0], times.at(-1)]).toEqual([fromUs, toUs]);
        const earned = Decimal.parse(day.edges[equity.numeraire]?.steps.realised ?? '').toNumber();
        expect(equity.points.at(-1)?.earned).toBe(earned);
      }),
    );
  });
});
