import { Decimal, venueId } from '@ats/domain';
import fc from 'fast-check';
import { verdictOf } from '../../src/app/report/verdict.ts';
import { curveMetrics } from '../../src/domain/metrics/curve.ts';
import { metricsOf } from '../../src/domain/metrics/run-metrics.ts';
import { chooseInterval, sampleReturns } from '../../src/domain/metrics/sampling.ts';
import type { RunRecord } from '../../src/index.ts';
import { money, START_US, sampleRecord, sampleTrade } from '../sample-record.ts';

const SECOND_US = 1_000_000;
const HOUR_US = 3600 * SECOND_US;
const NONE = { staleness: '0', fees: '0', slippage: '0', unwind: '0' };

const waterfall = (steps: Partial<Record<'quoted' | keyof typeof NONE, string>>) => {
  const { quoted = '0', staleness, fees, slippage, unwind } = { ...NONE, ...steps };
  return {
    quoted: money(quoted),
    staleness: money(staleness),
    fees: money(fees),
    slippage: money(slippage),
    unwind: money(unwind),
  };
};

/** Four trades, worked out by hand below: +6, -4, +1 and one that breaks even. */
function fourTrades(): RunRecord {
  const made = [
    sampleTrade({
      ...{ number: 1, createdAtUs: START_US, quantity: '0.1', apartUs: 10_000 },
      waterfall: waterfall({ quoted: '10', fees: '-4' }),
    }),
    sampleTrade({
      ...{ number: 2, createdAtUs: START_US + HOUR_US, state: 'UNWOUND', apartUs: 30_000 },
      waterfall: waterfall({ quoted: '8', fees: '-4', slippage: '-1', unwind: '-7' }),
    }),
    sampleTrade({
      ...{ number: 3, createdAtUs: START_US + HOUR_US + 1, base: 'ETH', buy: venueId('coinbase') },
      ...{ quantity: '1', apartUs: 50_000, waterfall: waterfall({ quoted: '3', fees: '-2' }) },
    }),
    sampleTrade({
      ...{ number: 4, createdAtUs: START_US + 2 * HOUR_US, apartUs: 20_000 },
      waterfall: waterfall({ quoted: '4', fees: '-4' }),
    }),
  ];
  const point = (timeUs: number, equity: string) => ({
    ...{ timeUs, equity: money(equity), unhedged: Decimal.ZERO },
  });
  return {
    ...sampleRecord({ trades: 0, hours: 3 }),
    trades: made.map(({ trade }) => trade),
    fills: made.flatMap(({ fills }) => fills),
    equity: [point(START_US, '1000'), point(START_US + 3 * HOUR_US, '1010')],
  };
}

describe('figures of a run that can be worked out by hand', () => {
  const metrics = metricsOf(fourTrades());

  it('tell the profit of trading from prices of what is held, exactly', () => {
    expect(metrics.trading.gain.toString()).toBe('3');
    expect(metrics.equity.gain.toString()).toBe('10');
    expect(metrics.revaluation.toString()).toBe('7');
    expect(metrics.trading.totalReturn).toBeCloseTo(0.003, 12);
  });

  it('count wins, losses and what they brought', () => {
    const { trades } = metrics;
    expect([trades.traded, trades.wins, trades.losses]).toEqual([4, 2, 1]);
    expect(trades.winRate).toBe(0.5);
    expect(trades.profitFactor).toBe(7 / 4);
    expect(trades.expectancy?.toNumber()).toBe(0.75);
    expect(trades.winMean?.toNumber()).toBe(3.5);
    expect(trades.lossMean?.toNumber()).toBe(-4);
    expect(trades.winLargest?.toString()).toBe('6');
    expect(trades.lossLargest?.toString()).toBe('-4');
    expect(trades.byState).toEqual({ COMPLETED: 3, UNWOUND: 1 });
    expect(trades.holdingMedianUs).toBe(25_000);
    expect(trades.holdingMaxUs).toBe(50_000);
  });

  it('sum the waterfall and what trading cost', () => {
    const { quoted, fees, slippage, unwind, realised } = metrics.waterfall;
    const sums = [quoted, fees, slippage, unwind, realised].map((sum) => sum.toString());
    expect(sums).toEqual(['25', '-14', '-1', '-7', '3']);
    // Three trades of 0.1 BTC at 71,800 and one of 1 ETH at 4,010, each bought and sold.
    expect(metrics.costs.notional.toNumber()).toBe(2 * (3 * 7180 + 4010));
    expect(metrics.costs.fees.toNumber()).toBe(14);
    expect(metrics.costs.feesBps).toBeCloseTo((14 / 51_100) * 10_000, 9);
    expect(metrics.costs.turnover).toBeCloseTo(51_100 / 1005, 9);
  });

  it('fall from 1,006 to 1,002 at the deepest', () => {
    expect(metrics.trading.drawdownMax.toString()).toBe('4');
    expect(metrics.trading.drawdownMaxShare).toBeCloseTo(4 / 1006, 12);
  });

  it('break down by pair, symbol and hour to the same sums', () => {
    const { pairs, symbols, hours } = metrics.breakdown;
    const kept = (slices: readonly { waterfall: { realised: Decimal } }[]): number =>
      slices.reduce((sum, slice) => sum + slice.waterfall.realised.toNumber(), 0);
    expect([kept(pairs), kept(symbols), kept(hours)]).toEqual([3, 3, 3]);
    const own = pairs.find(({ buy, sell }) => buy === 'coinbase' && sell === 'kraken');
    expect([own?.trades, own?.wins]).toEqual([1, 1]);
    expect(hours.map(({ trades }) => trades)).toEqual([1, 2, 1]);
  });
});

describe('a verdict', () => {
  const said = (record: RunRecord) => verdictOf(metricsOf(record), 'USDT');

  it('says plainly that nothing was traded, and what refused it', () => {
    const { tone, headline, why } = said(sampleRecord({ trades: 0 }));
    expect(tone).toBe('nothing');
    expect(headline).toContain('Nothing was traded');
    expect(why.join(' ')).toMatch(/opportunities were refused: EDGE_BELOW_MIN [\d,]+ \(/);
  });

  it('calls nothing what is less than a tenth of a basis point', () => {
    const record = fourTrades();
    const equity = record.equity.map((point) => ({ ...point, equity: money('10000000') }));
    expect(said({ ...record, equity }).headline).toContain('Almost nothing came of trading');
    expect(said(record)).toMatchObject({ tone: 'earned' });
  });

  it('says that no books crossed where no opportunity was seen', () => {
    const { headline, why } = said({ ...sampleRecord({ trades: 0 }), opportunities: [] });
    expect(headline).toContain('no opportunity was seen');
    expect(why.join(' ')).toContain('No pair of books ever crossed');
  });
});

const worths = fc
  .array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 60 })
  .map((values) =>
    values.map((value, at) => ({ timeUs: at * 7 * SECOND_US, worth: Decimal.fromNumber(value) })),
  );
const CURVE = { intervalUs: SECOND_US, periodsPerYear: 365, riskFreePerYear: 0, confidence: 0.95 };

describe('of any curve', () => {
  it('the deepest drawdown is the largest fall from any point to a later one', () => {
    fc.assert(
      fc.property(worths, ([first, ...rest]) => {
        if (first === undefined) return;
        const curve = [first, ...rest] as const;
        let deepest = 0;
        for (const [at, from] of curve.entries()) {
          for (const to of curve.slice(at)) {
            deepest = Math.max(deepest, from.worth.toNumber() - to.worth.toNumber());
          }
        }
        expect(curveMetrics([first, ...rest], CURVE).drawdownMax.toNumber()).toBe(deepest);
      }),
    );
  });

  it('returns on a grid compound to the change over the whole grid', () => {
    fc.assert(
      fc.property(worths, fc.integer({ min: 1, max: 30 }), (curve, seconds) => {
        const intervalUs = seconds * SECOND_US;
        const returns = sampleReturns(curve, intervalUs);
        const untilUs = returns.length * intervalUs;
        const last = curve.findLast(({ timeUs }) => timeUs <= untilUs)?.worth.toNumber() ?? 0;
        const grown = returns.reduce((growth, value) => growth * (1 + value), 1);
        const start = curve[0]?.worth.toNumber() ?? 1;
        expect(grown / (last / start)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('the interval is one that gives sixty samples, of runs of a minute or more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 400_000_000 }), (seconds) => {
        const spanUs = seconds * SECOND_US;
        expect(spanUs / chooseInterval(spanUs)).toBeGreaterThanOrEqual(60);
      }),
    );
  });
});
