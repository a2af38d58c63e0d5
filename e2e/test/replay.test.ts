import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithRecordings } from '@ats/testkit';
import { ats } from '../src/ats.ts';

const level = [expect.stringMatching(/^\d+(\.\d+)?$/), expect.stringMatching(/^\d+(\.\d+)?$/)];

async function replayed(file: string) {
  const { code, stdout, stderr } = await ats(['replay', '--frames', file, '--summary', 'json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const frames = [
  ['kraken-v1-2021-04-17', { verified: 4269, failed: 0 }],
  ['bitfinex-2021-04-17', { verified: 0, failed: 0 }],
  ['coinbase-exchange-2021-04-17', { verified: 0, failed: 0 }],
  ['coinbase-advanced-2026-08-09', { verified: 0, failed: 0 }],
  ['upbit-2021-04-17', { verified: 0, failed: 0 }],
  ['binance-2021-10-11', { verified: 0, failed: 0 }],
] as const;

for (const [name, checksums] of frames) {
  describeWithRecordings(`ats replay --frames ${name}`, [`frames/${name}.jsonl.gz`], (file) => {
    test('reads it whole: checksums, no gap, nothing malformed', async () => {
      const summary = await replayed(file);
      expect(summary).toMatchObject({ checksums, sequenceGaps: 0 });
      expect(summary.messages.malformed).toBe(0);
      expect(summary.messages.book).toBeGreaterThan(0);
      const books = Object.values<{ bids: unknown[]; asks: unknown[] }>(summary.books);
      expect(books.length).toBeGreaterThan(0);
      for (const { bids, asks } of books) {
        expect(bids.length).toBeLessThanOrEqual(10);
        for (const one of [...bids, ...asks]) expect(one).toEqual(level);
      }
      for (const instrument of Object.keys(summary.books)) {
        expect(instrument).toMatch(/^[^/]+\/[^/]+$/);
        expect(instrument).not.toMatch(/XBT/);
      }
    });
  });
}

const TAPES = ['binance', 'huobi'].map((venue) => `tapes/link-usdt-${venue}-2021-08-20-h0.csv.gz`);

describeWithRecordings('ats replay --tape', TAPES, (...tapes) => {
  test('walks both books at every row, in both directions; fees only take away', async () => {
    const of = async (feesBps: string) => {
      const files = tapes.flatMap((file) => ['--tape', file]);
      const args = ['replay', ...files, '--fees-bps', feesBps, '--summary', 'json'];
      const { code, stdout } = await ats(args);
      expect(code).toBe(0);
      return JSON.parse(stdout).crossed as Record<string, { count: number; netQuote: string }>;
    };
    const free = await of('0');
    const dear = await of('2');
    expect(Object.keys(free)).toHaveLength(2);
    for (const [direction, crossed] of Object.entries(free)) {
      expect(crossed.count).toBeGreaterThan(0);
      expect(dear[direction]?.count).toBeLessThan(crossed.count);
      expect(Number(dear[direction]?.netQuote)).toBeLessThan(Number(crossed.netQuote));
    }
  });
});

describe('ats replay refuses with exit code 2', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-'));
  const garbage = join(folder, 'garbage.jsonl');
  writeFileSync(garbage, 'not json\n');

  test.each([
    ['a recording that is not there', ['--frames', '/nowhere.jsonl.gz'], '/nowhere.jsonl.gz'],
    ['a recording that is none, by line', ['--frames', garbage], 'line 1'],
    ['a tape that is not there', ['--tape', '/no/a.csv', '--tape', '/no/b.csv'], '/no/a.csv'],
    ['a tape that is none', ['--tape', garbage, '--tape', garbage], garbage],
    ['neither frames nor tapes', [], '--frames'],
    ['a fee that is no number', ['--frames', garbage, '--fees-bps', 'x'], '"x"'],
  ])('%s', async (_name, args, named) => {
    const { code, stdout, stderr } = await ats(['replay', '--summary', 'json', ...args]);
    expect(stderr).toContain(named);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
