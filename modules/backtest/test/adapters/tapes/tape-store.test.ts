import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@ats/runtime';
import {
  importTape,
  openTape,
  openTapeStore,
  type Tape,
  type TapeStore,
  writeQuoteTape,
} from '../../../src/index.ts';
import { market, memoryTape, tradeBatch } from './memory-tape.ts';
import { readRows } from './tape-rows.ts';

let folder: string;
let store: TapeStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ats-tapes-'));
  store = openTapeStore({ folder: join(folder, 'tapes'), clock: systemClock });
});
afterEach(() => rm(folder, { recursive: true }));

function csv(name: string, rows: readonly string[]): string {
  const path = join(folder, name);
  const header = 'venue,instrument,received_at_us,exchange_time_us,bid,bid_size,ask,ask_size';
  writeFileSync(path, [header, ...rows, ''].join('\n'));
  return path;
}

const row = (at: number, venue = 'binance', bid = 100): string =>
  `${venue},BTC/USDT,${at},${at - 1},${bid},1,${bid + 1},2`;

describe('the store of tapes', () => {
  it('gives back what was imported, with its manifest', async () => {
    const path = csv('morning.csv', [row(5), row(6, 'kraken'), row(6, 'x', -1), row(9)]);
    const manifest = await importTape({ reference: path, store });
    expect(manifest).toMatchObject({
      name: 'morning',
      markets: [
        { venue: 'binance', instrument: 'BTC/USDT', rows: 2, fromUs: 5, untilUs: 9 },
        { venue: 'kraken', instrument: 'BTC/USDT', rows: 1, fromUs: 6, untilUs: 6 },
        { venue: 'x', rows: 0 },
      ],
      parts: [{ kind: 'quote', rows: 3, fromUs: 5, untilUs: 9 }],
      source: {
        reference: path,
        format: 'ats quotes',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      badRows: { count: 1, first: [{ line: 4 }], reasons: { 'price is not above 0': 1 } },
    });
    expect(await store.list()).toEqual([manifest]);
    const original = await readRows((await openTape(path)).tape);
    const { tape } = await openTape('morning', { store });
    expect(await readRows(tape)).toEqual(original);
    expect(tape.badRows().count).toBe(1);
    const narrow = await openTape('morning', { store, venues: ['kraken'] });
    expect(narrow.tape.markets).toEqual([market('kraken:BTC/USDT')]);
    expect(await readRows(narrow.tape)).toMatchObject([{ at: 6, market: 'kraken:BTC/USDT' }]);
    expect(await readRows(tape, { fromUs: 6, toUs: 9 })).toHaveLength(1);
  });

  it('can be read by anything that reads Parquet, and so by us', async () => {
    await importTape({ reference: csv('q.csv', [row(5), row(6)]), store });
    const files = await readdir(join(store.folder, 'q'));
    const path = join(store.folder, 'q', files.find((file) => file.endsWith('.parquet')) ?? '');
    const { tape, format } = await openTape(path);
    expect(format).toBe('Parquet of ats quotes');
    expect(await readRows(tape)).toEqual(await readRows((await openTape('q', { store })).tape));
  });

  it('keeps rows of several kinds in order', async () => {
    const trades = memoryTape({
      markets: ['a:X/Y'],
      batches: [tradeBatch([1, 3, 5].map((at) => ({ at, price: at })))],
    });
    const quotes = await openTape(csv('q.csv', [row(2), row(4)]));
    const both: Tape = {
      ...trades,
      markets: [market('a:X/Y')],
      async *batches(range) {
        const [first, second] = [trades.batches(range), quotes.tape.batches(range)];
        for await (const batch of first) yield batch;
        for await (const batch of second) yield batch;
      },
    };
    const source = async () => ({ reference: '', format: '', sha256: '', bytes: 0 });
    const manifest = await store.write(both, { name: 'both', source });
    expect(manifest.parts.map(({ kind }) => kind)).toEqual(['trade', 'quote']);
    const { tape } = await openTape('both', { store });
    expect((await readRows(tape)).map(({ at }) => at)).toEqual([1, 2, 3, 4, 5]);
  });

  it('takes the place of a tape only when it may', async () => {
    const first = await importTape({ reference: csv('one.csv', [row(5)]), store, name: 'a' });
    const other = csv('two.csv', [row(7), row(8)]);
    await expect(importTape({ reference: other, store, name: 'a' })).rejects.toMatchObject({
      code: 'TAPE_EXISTS',
    });
    expect(await store.find('a')).toEqual(first);
    await importTape({ reference: other, store, name: 'a', replace: true });
    expect((await readRows((await openTape('a', { store })).tape)).map(({ at }) => at)).toEqual([
      7, 8,
    ]);
    expect(await readdir(join(store.folder, 'a'))).toHaveLength(2);
    expect(await readdir(store.folder)).toEqual(['a']);
  });

  it('leaves the old tape and nothing else when an import fails', async () => {
    const first = await importTape({ reference: csv('one.csv', [row(5)]), store, name: 'a' });
    const broken = csv('two.csv', [
      ...Array.from({ length: 5000 }, (_, at) => row(at + 1)),
      row(2),
    ]);
    const failing = importTape({
      reference: broken,
      store,
      name: 'a',
      replace: true,
      strict: true,
    });
    await expect(failing).rejects.toMatchObject({ code: 'TAPE_BAD_ROW', context: { line: 5002 } });
    expect(await store.find('a')).toEqual(first);
    expect(await readdir(store.folder)).toEqual(['a']);
    const nothing = importTape({ reference: csv('three.csv', [row(5, 'x', -2)]), store });
    await expect(nothing).rejects.toMatchObject({ code: 'TAPE_UNREADABLE' });
    expect(await readdir(store.folder)).toEqual(['a']);
  });

  it('refuses a name that leads elsewhere, and names a damaged manifest', async () => {
    const path = csv('one.csv', [row(5)]);
    const outside = importTape({ reference: path, store, name: '../out' });
    await expect(outside).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await mkdir(join(store.folder, 'broken'), { recursive: true });
    writeFileSync(join(store.folder, 'broken', 'manifest.json'), '{"version":1');
    await expect(openTape('broken', { store })).rejects.toMatchObject({
      code: 'TAPE_UNREADABLE',
      message: expect.stringContaining(join('broken', 'manifest.json')),
    });
    expect(await store.list()).toEqual([]);
  });
});

const PEAK = `
const { openTape, openTapeStore } = await import(process.argv[1]);
const store = openTapeStore({ folder: process.argv[2], clock: { nowUs: () => 0 } });
const { tape } = await openTape(process.argv[3], { store });
let rows = 0;
for await (const batch of tape.batches()) rows += batch.count;
console.log(JSON.stringify({ rows, peakMb: process.resourceUsage().maxRSS / 1024 }));
`;

/** Reads a tape in a process of its own. */
function peakOf(name: string): Promise<{ rows: number; peakMb: number }> {
  const index = join(import.meta.dirname, '../../../src/index.ts');
  const args = ['--no-warnings', '--input-type=module', '-e', PEAK, index, store.folder, name];
  const child = spawn(process.execPath, args);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.once('close', () => {
      try {
        resolve(JSON.parse(text));
      } catch (cause) {
        reject(cause);
      }
    });
  });
}

describe('a huge tape', () => {
  it('is made by SQL and read in constant memory', async () => {
    const make = (rows: number) =>
      writeQuoteTape({
        store,
        name: `rows-${rows}`,
        markets: [market('binance:BTC/USDT'), market('kraken:BTC/USDT')],
        select:
          'SELECT i % 2 AS market, 1600000000000000 + 500 * i AS received_at_us, ' +
          '0 AS exchange_time_us, 100 + (i % 7) / 10 AS bid, 1 AS bid_size, ' +
          `101 + (i % 7) / 10 AS ask, 2 AS ask_size FROM range(${rows}) AS t(i)`,
      });
    // Long enough that the collector of garbage has found its pace.
    const manifest = await make(6_000_000);
    expect(manifest.markets).toMatchObject([{ rows: 3_000_000 }, { rows: 3_000_000 }]);
    await make(16_000_000);
    const small = await peakOf('rows-6000000');
    const large = await peakOf('rows-16000000');
    expect([small.rows, large.rows]).toEqual([6_000_000, 16_000_000]);
    // Ten million rows more would be 560 MB.
    expect(large.peakMb - small.peakMb).toBeLessThan(200);
  }, 120_000);
});
