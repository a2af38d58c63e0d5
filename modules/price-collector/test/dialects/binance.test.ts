import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Digits } from '@ats/domain';
import { systemClock, systemTimers } from '@ats/runtime';
import fc from 'fast-check';
import {
  binanceInstrument,
  readLevels,
  readTrade,
} from '../../src/adapters/dialects/binance-mapping.ts';
import { BinanceScanner } from '../../src/adapters/dialects/binance-scan.ts';
import { LevelBuffer } from '../../src/domain/level-buffer.ts';
import { FrameReplay, nativeDialects, replayFrames } from '../../src/index.ts';
import { describeRecordingFile } from '../support.ts';

type Levels = readonly (readonly [string, string])[];
interface Line {
  readonly k: string;
  readonly u?: string;
  readonly m?: string;
}

/** The published procedure with plain maps, sharing nothing with the adapter. */
function plainBooks(lines: readonly Line[]) {
  const diffs = new Map<string, { U: number; u: number; b: Levels; a: Levels }[]>();
  const snapshots = new Map<string, { lastUpdateId: number; bids: Levels; asks: Levels }>();
  const trades = new Map<string, number>();
  for (const { k, u, m } of lines) {
    if (m === undefined) continue;
    if (k === 'rest')
      snapshots.set(new URL(u ?? '').searchParams.get('symbol') ?? '', JSON.parse(m));
    if (k !== 'in') continue;
    const { data } = JSON.parse(m);
    if (data.e === 'depthUpdate') diffs.set(data.s, [...(diffs.get(data.s) ?? []), data]);
    if (data.e === 'aggTrade') trades.set(data.s, (trades.get(data.s) ?? 0) + 1);
  }
  const books = new Map<string, { bids: Levels; asks: Levels }>();
  for (const [symbol, { lastUpdateId, bids, asks }] of snapshots) {
    const sides = { b: new Map(bids), a: new Map(asks) };
    let last = lastUpdateId;
    for (const diff of diffs.get(symbol) ?? []) {
      if (diff.u <= last) continue;
      if (diff.U > last + 1) throw new Error(`${symbol}: a gap after ${last}`);
      last = diff.u;
      for (const side of ['b', 'a'] as const) {
        for (const [price, size] of diff[side]) {
          if (Number(size) === 0) sides[side].delete(price);
          else sides[side].set(price, size);
        }
      }
    }
    const sorted = (side: Map<string, string>, sign: number): Levels =>
      [...side].sort(([a], [b]) => sign * (Number(a) - Number(b))).slice(0, 10);
    books.set(symbol, { bids: sorted(sides.b, -1), asks: sorted(sides.a, 1) });
  }
  return { books, trades };
}

describeRecordingFile('binance-2021-10-11', (file) => {
  const lines: Line[] = gunzipSync(readFileSync(file))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

  it('ends in the books of a plain re-computation, with no gap', async () => {
    const summary = await replayFrames({ file, clock: systemClock, timers: systemTimers });
    const { books, trades } = plainBooks(lines);
    expect(books.size).toBe(4);
    for (const [symbol, book] of books) {
      const { base, quote } = binanceInstrument(symbol) ?? { base: '', quote: '' };
      expect(summary.books[`${base}/${quote}`]).toEqual(book);
      expect(summary.trades[`${base}/${quote}`]?.count).toBe(trades.get(symbol));
    }
    expect(summary).toMatchObject({ venue: 'binance', frames: 265, sequenceGaps: 0 });
    expect(summary.messages).toMatchObject({ book: 177, ticker: 84, trade: 2, malformed: 0 });
  });

  it('sees a removed diff as a gap and leaves the book absent until a snapshot comes', () => {
    const replay = new FrameReplay(nativeDialects);
    const isDiff = ({ m = '' }: Line) => m.includes('depthUpdate') && m.includes('NKNUSDT');
    const removed = lines.findLastIndex(isDiff) - 5;
    const kept = lines.filter(
      (line, index) => !(isDiff(line) && index === lines.slice(0, removed).findLastIndex(isDiff)),
    );
    expect(kept).toHaveLength(lines.length - 1);
    for (const line of kept) replay.push(line as never);
    const summary = replay.summary();
    expect(summary.sequenceGaps).toBe(1);
    expect(summary.books['NKN/USDT']).toEqual({ bids: [], asks: [] });
    expect(summary.books['BLZ/ETH']?.bids.length).toBe(10);
  });
});

describe('the fast reading of depth frames', () => {
  const decimal = fc
    .tuple(fc.integer({ min: 0, max: 99_999_999 }), fc.integer({ min: 0, max: 99_999_999 }))
    .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(8, '0')}`);
  const level = fc.tuple(
    decimal.filter((text) => Number(text) > 0),
    decimal,
  );
  const side = fc.array(level, { maxLength: 8 });
  const frame = fc.record({ b: side, a: side, U: fc.nat(), u: fc.nat() }).map(({ b, a, U, u }) =>
    JSON.stringify({
      stream: 'btcusdt@depth@100ms',
      data: { e: 'depthUpdate', E: 1_700_000_000_000, s: 'BTCUSDT', U, u, b, a },
    }),
  );
  const textOf = (value: number, digits: Digits): string =>
    typeof digits === 'number' ? value.toFixed(digits) : digits;
  /** What a buffer holds, by way of the book it makes. */
  const pushed = (fill: (levels: LevelBuffer) => boolean) => {
    const levels = new LevelBuffer();
    const all: unknown[] = [];
    const push = levels.push.bind(levels);
    levels.push = (price, size, ...digits) => {
      const [priceDigits, sizeDigits] = digits;
      all.push([price, size, textOf(price, priceDigits), textOf(size, sizeDigits)]);
      push(price, size, priceDigits, sizeDigits);
    };
    return fill(levels) ? all : undefined;
  };

  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(frame, (text) => {
        const scanner = new BinanceScanner();
        const { data } = JSON.parse(text);
        const fast = pushed((levels) => scanner.scan(text, levels));
        const slow = pushed((levels) => readLevels(levels, { bids: data.b, asks: data.a }));
        expect(fast).toEqual(slow);
        expect(scanner.head).toMatchObject({ symbol: 'BTCUSDT', firstId: data.U, lastId: data.u });
      }),
    );
  });

  it('reads book tickers as JSON.parse does', () => {
    fc.assert(
      fc.property(decimal, decimal, fc.nat(), (b, B, u) => {
        const data = { u, s: 'BTCUSDT', b, B, a: B, A: b };
        const scanner = new BinanceScanner();
        expect(scanner.scanTicker(JSON.stringify({ stream: 'x@bookTicker', data }))).toBe(true);
        const [bid, bidSize] = [Number(b), Number(B)];
        const symbol = 'BTCUSDT';
        expect(scanner.ticker).toEqual({ symbol, bid, bidSize, ask: bidSize, askSize: bid });
        expect(scanner.scanTicker(JSON.stringify({ stream: 'x', data: { ...data, b: 1 } }))).toBe(
          false,
        );
      }),
    );
  });

  it('reads trades as JSON.parse does', () => {
    const scanner = new BinanceScanner();
    const positive = decimal.filter((text) => Number(text) > 0);
    fc.assert(
      fc.property(positive, positive, fc.nat(), fc.boolean(), (p, q, t, m) => {
        const data = {
          e: 'trade',
          E: 1_700_000_000_000,
          s: 'BTCUSDT',
          t,
          p,
          q,
          T: 1_700,
          m,
          M: true,
        };
        const text = JSON.stringify({ stream: 'btcusdt@trade', data });
        expect(scanner.scanTrade(text)).toEqual(readTrade(data));
        expect(scanner.head.symbol).toBe('BTCUSDT');
        expect(scanner.scanTrade(text.replace(p, '0.0'))).toBeUndefined();
        expect(scanner.scanTrade(`${text} `)).toBeUndefined();
      }),
    );
  });

  it('accepts no changed frame that JSON.parse would read otherwise', () => {
    const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), code: fc.nat(127) });
    fc.assert(
      fc.property(frame, change, (text, { at, code }) => {
        const index = Math.floor(at * (text.length - 1));
        const changed = text.slice(0, index) + String.fromCharCode(code) + text.slice(index + 1);
        const scanner = new BinanceScanner();
        const fast = pushed((levels) => scanner.scan(changed, levels));
        if (fast === undefined) return;
        const { data } = JSON.parse(changed);
        expect(fast).toEqual(
          pushed((levels) => readLevels(levels, { bids: data.b, asks: data.a })),
        );
        expect(scanner.head).toMatchObject({ symbol: data.s, firstId: data.U, lastId: data.u });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('binance symbols', () => {
  it.each([
    ['BTCUSDT', 'BTC', 'USDT'],
    ['BTCFDUSD', 'BTC', 'FDUSD'],
    ['USDCUSDT', 'USDC', 'USDT'],
    ['RUNEEUR', 'RUNE', 'EUR'],
    ['BLZETH', 'BLZ', 'ETH'],
  ])('%s is %s/%s', (symbol, base, quote) => {
    expect(binanceInstrument(symbol)).toEqual({ base, quote });
  });

  it('gives up on what is no symbol', () => {
    expect(['', 'btcusdt', 'USDT', '__proto__', 'XYZ'].map(binanceInstrument)).toEqual(
      Array.from({ length: 5 }, () => undefined),
    );
  });
});
