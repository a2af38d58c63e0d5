import { fileURLToPath } from 'node:url';
import { loadConfig } from '@ats/runtime';
import { checkLookAhead } from '../../src/app/look-ahead.ts';
import { runBacktest } from '../../src/app/run-backtest.ts';
import { memoryTape, type Row } from '../memory-tape.ts';
import { configWith, specOf, wavingTapes } from '../stage.ts';

const START_US = 1_780_000_000_000_000;

const inRoot = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

const EXAMPLE = () =>
  loadConfig({
    folder: inRoot('config'),
    file: inRoot('config/examples/triangular.yaml'),
    environment: {},
    assignments: [],
  });

/** Three markets of one venue; ETH in BTC parts from the other two now and then, either way. */
function tapes(seconds: number) {
  const market = (
    instrument: string,
    of: { tick: number; size: number },
    price: (s: number) => number,
  ) => {
    const rows = Array.from({ length: seconds * 10 }, (_, step): Row => {
      const middle = Math.round(price(step / 10) / of.tick) * of.tick;
      const near = (value: number): number => Number(value.toFixed(7));
      return {
        ...{ kind: 'quote', atUs: START_US + step * 100_000 + instrument.length },
        ...{ bid: near(middle - of.tick), ask: near(middle + of.tick) },
        ...{ bidSize: of.size, askSize: of.size },
      };
    });
    return memoryTape({ venue: 'binance', instrument }, rows);
  };
  return [
    market('BTC/USDT', { tick: 0.01, size: 1 }, () => 60_000),
    market('ETH/USDT', { tick: 0.01, size: 3 }, (s) => 3000 + Math.sin(s) * 6),
    market('ETH/BTC', { tick: 0.00001, size: 2 }, (s) => 0.05 + Math.sin(s / 3) * 0.0001),
  ];
}

const run = (toUs = 0, seconds = 20) => {
  const all = tapes(seconds);
  const spec = specOf(all, { strategy: 'triangular', toUs });
  return runBacktest({ spec, tapes: all, loaded: EXAMPLE() });
};

describe('a backtest of triangles', () => {
  it('trades three legs at one venue, and leaves profit in money alone', async () => {
    const { trades, fills, ledger } = await run();
    const completed = trades.filter(({ state }) => state === 'COMPLETED');
    expect(completed.length).toBeGreaterThan(1);
    expect(ledger).toEqual({ balanced: true, differences: [] });
    for (const { tradeId, legs, realised, bridge } of completed) {
      expect(legs.map(({ instrument }) => instrument)).toEqual(
        expect.arrayContaining(['BTC/USDT', 'ETH/BTC', 'ETH/USDT']),
      );
      const traded = fills.filter((fill) => fill.tradeId === tradeId);
      expect(new Set(traded.map(({ instrument }) => instrument)).size).toBe(3);
      const change = new Map<string, number>(
        realised.map((one) => [one.asset, Number(one.amount)]),
      );
      expect(change.get('ETH') ?? 0).toBe(0);
      // What of the coin is less than a step of its market is with the accumulator.
      expect(change.get('BTC') ?? 0).toBeCloseTo(Number(bridge?.carriedOut), 12);
      expect(Math.abs(change.get('BTC') ?? 0)).toBeLessThan(0.00001);
      expect(change.get('USDT')).toBeGreaterThan(0);
    }
  });

  it('is refused where no venue lists a triangle, with what to add', async () => {
    const two = wavingTapes(2);
    const spec = specOf(two, { strategy: 'triangular' });
    const refused = runBacktest({ spec, tapes: two, loaded: configWith() });
    await expect(refused).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      remedy: expect.stringContaining('triangular.yaml'),
    });
  });

  it('knows nothing of the future', async () => {
    const { found, compared } = await checkLookAhead((toUs) => run(toUs, 12), [0.5]);
    expect(found).toBeUndefined();
    expect(compared).toBeGreaterThan(10);
  });
});
