import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { replayFrames } from '@ats/price-collector';
import { systemClock, systemTimers } from '@ats/runtime';
import { describeWithRecordings } from '@ats/testkit';
import { openTape } from '../../../src/index.ts';
import { readRows } from './tape-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'ats-frame-tape-'));
afterAll(() => rm(folder, { recursive: true }));

const KRAKEN = 'wss://ws.kraken.com/v2';

function recording(name: string, frames: readonly object[]): string {
  const path = join(folder, name);
  const base = { v: 'kraken', c: 0 };
  const lines = frames.map((frame, at) =>
    JSON.stringify({ t: `${1_780_000_000_000 + at}000000`, ...base, ...frame }),
  );
  writeFileSync(path, gzipSync(`${lines.join('\n')}\n`));
  return path;
}

const inward = (message: unknown): object => ({ k: 'in', m: JSON.stringify(message) });

const trade = (side: string, price: number): object =>
  inward({
    channel: 'trade',
    type: 'update',
    data: [
      {
        symbol: 'BTC/USD',
        side,
        price,
        qty: 0.5,
        ord_type: 'market',
        trade_id: price,
        timestamp: '2026-05-28T20:26:40.000000Z',
      },
    ],
  });

describe('a tape of recorded frames', () => {
  it('has the trades that the production dialect reads', async () => {
    const path = recording('trades.jsonl.gz', [
      { k: 'open', u: KRAKEN },
      trade('buy', 100),
      trade('sell', 99),
    ]);
    const { tape, format } = await openTape(path);
    expect(format).toBe('frames');
    expect(await readRows(tape)).toMatchObject([
      { market: 'kraken:BTC/USD', at: 1_780_000_000_001_000, price: 100, size: 0.5, aggressor: 1 },
      { market: 'kraken:BTC/USD', at: 1_780_000_000_002_000, price: 99, size: 0.5, aggressor: -1 },
    ]);
  });
});

describeWithRecordings(
  'a tape of a real recording',
  ['frames/kraken-v1-2021-04-17.jsonl.gz', 'frames/bitfinex-2021-04-17.jsonl.gz'],
  (...paths) => {
    it.each(paths)('ends with the books and has all trades of %s', async (path) => {
      const replayed = await replayFrames({ file: path, clock: systemClock, timers: systemTimers });
      const { tape } = await openTape(path);
      const rows = await readRows(tape);
      const traded = Object.values(replayed.trades).reduce((sum, { count }) => sum + count, 0);
      expect(rows.filter(({ price }) => price !== undefined)).toHaveLength(traded);
      for (const [instrument, { bids, asks }] of Object.entries(replayed.books)) {
        const last = rows.findLast(
          (row) => row['bids'] !== undefined && String(row['market']).endsWith(`:${instrument}`),
        );
        const numbers = (levels: typeof bids): unknown =>
          levels.map(([price, size]) => [Number(price), Number(size)]);
        const top = (levels: unknown): unknown =>
          (levels as unknown[] | undefined)?.slice(0, 10) ?? [];
        expect(top(last?.['bids'])).toEqual(numbers(bids));
        expect(top(last?.['asks'])).toEqual(numbers(asks));
      }
    });

    it.each(paths)('never falls in time in %s', async (path) => {
      const times = (await readRows((await openTape(path)).tape)).map(({ at }) => at as number);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
    });
  },
);
