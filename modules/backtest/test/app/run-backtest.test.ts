import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Decimal } from '@ats/domain';
import { runBacktest } from '../../src/app/run-backtest.ts';
import type { RunRecord } from '../../src/domain/run-record.ts';
import type { Tape } from '../../src/domain/tape.ts';
import { memoryTape } from '../memory-tape.ts';
import { configWith, LOW_FEES, specOf, wavingTapes } from '../stage.ts';

const SECONDS = 30;
const hashOf = (record: RunRecord): string =>
  createHash('sha256').update(JSON.stringify(record)).digest('hex');

const run = (settings: Readonly<Record<string, string>> = {}, seed = 7): Promise<RunRecord> => {
  const tapes = wavingTapes(SECONDS);
  const spec = specOf(tapes, { seed, settings: { ...LOW_FEES, ...settings } });
  return runBacktest({ spec, tapes, loaded: configWith() });
};

describe('a backtest', () => {
  let record: RunRecord;
  beforeAll(async () => {
    record = await run();
  });

  it('trades with the live code: two legs, both filled; ledger and venues agree', () => {
    const completed = record.trades.filter(({ state }) => state === 'COMPLETED');
    expect(completed.length).toBeGreaterThan(3);
    expect(record.ledger).toEqual({ balanced: true, differences: [] });
    for (const trade of completed) {
      const fills = record.fills.filter(({ tradeId }) => tradeId === trade.tradeId);
      expect(new Set(fills.map(({ side }) => side))).toEqual(new Set(['buy', 'sell']));
    }
    expect(record.fills.every(({ orderId }) => orderId !== '')).toBe(true);
  });

  it('plays every row once and values everything from the first moment to the last', () => {
    expect(record.events).toBe(2 * SECONDS * 10);
    expect(record.equity[0]?.timeUs).toBe(record.fromUs);
    const times = record.equity.map(({ timeUs }) => timeUs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBe(times.length);
    expect(record.equity.length).toBeGreaterThanOrEqual(SECONDS);
  });

  it('earns as equity what its trades realised, where prices end as they began', () => {
    const realised = record.trades.reduce(
      (sum, { waterfall }) => sum.add(waterfall?.realised ?? Decimal.ZERO),
      Decimal.ZERO,
    );
    const usdt = record.fills.reduce((sum, fill) => {
      const notional = fill.price.multiply(fill.quantity);
      const signed = fill.side === 'buy' ? notional.negate() : notional;
      return sum.add(signed).subtract(fill.fee);
    }, Decimal.ZERO);
    const base = record.fills.reduce(
      (sum, { side, quantity }) => (side === 'buy' ? sum.add(quantity) : sum.subtract(quantity)),
      Decimal.ZERO,
    );
    expect(base.isZero()).toBe(true);
    expect(realised.isPositive()).toBe(true);
    expect(Math.abs(realised.subtract(usdt).toNumber())).toBeLessThan(1e-6);
  });

  it('is the same to the byte when it is run again', async () => {
    expect(hashOf(await run())).toBe(hashOf(record));
  });

  it('is the same to the byte in another process', async () => {
    const script = fileURLToPath(new URL('../hash-run.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(SECONDS)]);
    expect(stdout.trim()).toBe(hashOf(record));
  });

  it('is another run with another seed where something is drawn', async () => {
    const drawn = { 'backtest.latency.orders.default': 'lognormal:20:1' };
    const [one, again, other] = [await run(drawn, 1), await run(drawn, 1), await run(drawn, 2)];
    expect(hashOf(again)).toBe(hashOf(one));
    expect(other.fills.map(({ timeUs }) => timeUs)).not.toEqual(
      one.fills.map(({ timeUs }) => timeUs),
    );
  });

  it('loses what it would have earned to latency', async () => {
    const slow = await run({ 'backtest.latency.orders.default': 'fixed:400' });
    const earned = ({ trades }: RunRecord): number =>
      trades.reduce((sum, { waterfall }) => sum + (waterfall?.realised.toNumber() ?? 0), 0);
    expect(earned(slow)).toBeLessThan(earned(record));
    expect(slow.ledger).toEqual({ balanced: true, differences: [] });
  });

  it('ends early when it is told to', async () => {
    const tapes = wavingTapes(SECONDS);
    const spec = specOf(tapes, { settings: LOW_FEES });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(runBacktest({ spec, tapes, loaded: configWith(), signal })).rejects.toThrow(
      'enough',
    );
  });
});

describe('rows of one moment', () => {
  const SECOND_US = 1_000_000;
  /** One snapshot a second of two venues that always show the same, and jump together. */
  const snapshots = (apartUs: number) =>
    ['binance', 'bitfinex'].map((venue, index) =>
      memoryTape(
        { venue, instrument: 'BTC/USDT' },
        Array.from({ length: 60 }, (_, second) => ({
          kind: 'quote' as const,
          atUs: 1_780_000_000_000_000 + second * SECOND_US + index * apartUs,
          bid: 60_000 + 600 * (second % 3),
          bidSize: 0.1,
          ask: 60_002 + 600 * (second % 3),
          askSize: 0.1,
        })),
      ),
    );
  const runOf = (tapes: readonly Tape[]): Promise<RunRecord> =>
    runBacktest({ spec: specOf(tapes, { settings: LOW_FEES }), tapes, loaded: configWith() });

  it('make no edge of one new and one old book', async () => {
    const record = await runOf(snapshots(0));
    expect(record.events).toBe(120);
    expect(record.trades).toEqual([]);
    expect(record.opportunities).toEqual([]);
  });

  it('make one as soon as they are apart', async () => {
    const record = await runOf(snapshots(1));
    expect(record.opportunities.length).toBeGreaterThan(0);
  });
});
