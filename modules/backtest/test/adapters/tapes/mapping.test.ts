import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@ats/runtime';
import { describeWithRecordings } from '@ats/testkit';
import { openTapeFile } from '@ats/trading-engine';
import { type Bar, barsOf, importTape, openTape, openTapeStore } from '../../../src/index.ts';
import { readRows } from './tape-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'ats-mapping-'));
afterAll(() => rm(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const LINK = `
kind: book
levels: 10
market:
  column: symbol
  values: { LINKUSDT.BNC: 'binance:LINK/USDT', LINKUSDT.HB: 'huobi:LINK/USDT' }
receivedAt: { column: timestamp, unit: utc }
bidPrice: b{level}
bidSize: bv{level}
askPrice: a{level}
askSize: av{level}
`;

describeWithRecordings(
  'a wide tape by a mapping',
  ['tapes/link-usdt-binance-2021-08-20-h0.csv.gz', 'tapes/link-usdt-huobi-2021-08-20-h0.csv.gz'],
  (...paths) => {
    it.each(paths)('has the rows that the trading engine reads of %s', async (path) => {
      const reader = await openTapeFile(path);
      const wanted: unknown[] = [];
      while (await reader.next()) {
        const { book, timestampUs } = reader.row;
        const side = (count: number, prices: Float64Array, sizes: Float64Array) =>
          Array.from({ length: count }, (_, at) => [prices[at], sizes[at]]);
        wanted.push({
          at: timestampUs,
          bids: side(book.bidCount, book.bidPrices, book.bidSizes),
          asks: side(book.askCount, book.askPrices, book.askSizes),
        });
      }
      await reader.close();
      const mapping = file('link.yaml', LINK);
      const { tape } = await openTape(path, { mapping, strict: true });
      const rows = await readRows(tape);
      expect(rows.map(({ at, bids, asks }) => ({ at, bids, asks }))).toEqual(wanted);
      expect(rows).toHaveLength(3600);
      const store = openTapeStore({ folder: join(folder, 'tapes'), clock: systemClock });
      await importTape({ reference: path, store, name: 'link', mapping, replace: true });
      expect(await readRows((await openTape('link', { store })).tape)).toEqual(rows);
    });
  },
);

describe('a mapping', () => {
  it.each([
    ['utc', '2021-03-28 01:59:59.5', 1_616_896_799_500_000],
    ['utc', '2021-03-28T03:30:00+02:00', 1_616_895_000_000_000],
    ['s', '1616896799.123456', 1_616_896_799_123_456],
    ['ms', '1616896799123', 1_616_896_799_123_000],
    ['us', '1616896799123456', 1_616_896_799_123_456],
    ['ns', '1616896799123456789', 1_616_896_799_123_456],
  ])('reads a time in %s, whatever the clocks of people do', async (unit, text, wanted) => {
    const yaml = `
kind: trade
market: binance:BTC/USDT
receivedAt: { column: t, unit: ${unit} }
price: p
size: q
side: { column: s, buy: B, sell: S }
`;
    const mapping = file(`time-${unit}.yaml`, yaml);
    const path = file('times.csv', `t,p,q,s\n${text},100,2,S\n`);
    const { tape } = await openTape(path, { mapping });
    expect(await readRows(tape)).toMatchObject([
      { at: wanted, price: 100, size: 2, aggressor: -1 },
    ]);
  });

  it('names every problem it has, and columns that are not there', async () => {
    const wrong = file('wrong.yaml', 'kind: quote\nmarket: nonsense\n');
    const path = file('plain.csv', 't,p\n1,2\n');
    await expect(openTape(path, { mapping: wrong })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/market: .*receivedAt: .*bidPrice: /s),
    });
    const trade = 'kind: trade\nmarket: a:B/C\nreceivedAt: {column: t, unit: s}\nprice: p\nsize: q';
    await expect(openTape(path, { mapping: file('short.yaml', trade) })).rejects.toMatchObject({
      message: expect.stringContaining('no column q'),
    });
  });

  const BARS = `
kind: bar
delimiter: ';'
market: binance:BTC/USDT
receivedAt: { column: open_time, unit: utc }
lengthSeconds: 60
open: o
high: h
low: l
close: c
volume: v
`;
  const CSV =
    'open_time;o;h;l;c;v\n2021-08-20 00:00;10;14;9;12;8\n2021-08-20 00:01;12;12;12;12;0\n' +
    '2021-08-20 00:02;12;13;7;8;2\n';

  it('reads bars as rows whose bars are the same, none of them before its time', async () => {
    const mapping = file('bars.yaml', BARS);
    const { tape } = await openTape(file('bars.csv', CSV), { mapping });
    const start = Date.UTC(2021, 7, 20) * 1000;
    expect(await readRows(tape)).toMatchObject([
      { at: start, price: 10, size: 2 },
      { at: start + 20_000_000, price: 9, size: 2 },
      { at: start + 40_000_000, price: 14, size: 2 },
      { at: start + 59_999_999, price: 12, size: 2 },
      { at: start + 120_000_000, price: 12 },
      { at: start + 140_000_000, price: 13 },
      { at: start + 160_000_000, price: 7 },
      { at: start + 179_999_999, price: 8 },
    ]);
    expect(tape.badRows().count).toBe(0);
    const bars: Bar[] = [];
    for await (const bar of barsOf(tape, { lengthUs: 60_000_000, source: 'trades' }))
      bars.push(bar);
    expect(bars).toMatchObject([
      { startUs: start, open: 10, high: 14, low: 9, close: 12, volume: 8, count: 4 },
      { startUs: start + 120_000_000, open: 12, high: 13, low: 7, close: 8, volume: 2, count: 4 },
    ]);
  });

  it('gives best prices around bars where it is told how far apart', async () => {
    const mapping = file('spread.yaml', `${BARS}spreadBps: 100\n`);
    const { tape } = await openTape(file('bars.csv', CSV), { mapping });
    const [first] = await readRows(tape);
    expect(first).toMatchObject({ bidSize: 2, askSize: 2 });
    expect(first?.['bid']).toBeCloseTo(9.95);
    expect(first?.['ask']).toBeCloseTo(10.05);
  });
});
