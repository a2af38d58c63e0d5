import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { AtsError } from '@ats/domain';
import { describeWithRecordings } from '@ats/testkit';
import { Decimal as Reference } from 'decimal.js';
import { replayTapes } from '../../src/app/replay-tapes.ts';

const Exact = Reference.clone({ precision: 80, toExpNeg: -80, toExpPos: 80 });
const HEADER = 'timestamp,symbol,b1,b2,bv1,bv2,a1,a2,av1,av2';
const RECORDED = [
  'tapes/link-usdt-binance-2021-08-20-h0.csv.gz',
  'tapes/link-usdt-huobi-2021-08-20-h0.csv.gz',
] as const;

const folder = mkdtempSync(join(tmpdir(), 'ats-tapes-'));
let files = 0;

function tape(lines: readonly string[], header = HEADER): string {
  files += 1;
  const file = join(folder, `tape-${files}.csv`);
  writeFileSync(file, `${[header, ...lines].join('\n')}\n`);
  return file;
}

function problemOf(promise: Promise<unknown>): Promise<AtsError> {
  return promise.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(AtsError);
      return error as AtsError;
    },
  );
}

/** The same sums by the shortest way there is: every row at once, decimal.js, texts as recorded. */
function recompute(buyFile: string, sellFile: string, feesBps: string) {
  const read = (file: string) => {
    const [header = '', ...rows] = gunzipSync(readFileSync(file)).toString().trim().split('\n');
    const names = header.split(',');
    return rows.map((row) => {
      const cells = row.split(',');
      const side = (price: string, size: string) =>
        Array.from({ length: 10 }, (_, index) => ({
          price: new Exact(cells[names.indexOf(`${price}${index + 1}`)] ?? ''),
          size: new Exact(cells[names.indexOf(`${size}${index + 1}`)] ?? ''),
        }));
      return { timestamp: cells[0], bids: side('b', 'bv'), asks: side('a', 'av') };
    });
  };
  const fee = new Exact(feesBps).div(10_000);
  const sells = new Map(read(sellFile).map((row) => [row.timestamp, row]));
  let count = 0;
  let quantity = new Exact(0);
  let gross = new Exact(0);
  let net = new Exact(0);
  for (const { timestamp, asks } of read(buyFile)) {
    const bids = sells.get(timestamp)?.bids ?? [];
    let crossed = false;
    for (let ask = asks.shift(), bid = bids.shift(); ask && bid; ) {
      const cost = ask.price.mul(fee.add(1));
      const proceeds = bid.price.mul(new Exact(1).sub(fee));
      if (proceeds.lte(cost)) break;
      const part = Exact.min(ask.size, bid.size);
      crossed = true;
      quantity = quantity.add(part);
      gross = gross.add(bid.price.sub(ask.price).mul(part));
      net = net.add(proceeds.sub(cost).mul(part));
      ask.size = ask.size.sub(part);
      bid.size = bid.size.sub(part);
      if (ask.size.isZero()) ask = asks.shift();
      if (bid.size.isZero()) bid = bids.shift();
    }
    if (crossed) count += 1;
  }
  const text = (value: Reference): string => value.toString();
  return { count, quantity: text(quantity), grossQuote: text(gross), netQuote: text(net) };
}

describeWithRecordings('replay of recorded tapes', RECORDED, (binance, huobi) => {
  test.each(['0', '0.75', '2'])(
    'equals a plain re-computation of the recorded hour at %s bps',
    async (feesBps) => {
      const summary = await replayTapes({ files: [binance, huobi], feesBps });
      expect(summary.alignedRows).toBe(3600);
      expect(summary.unmatchedRows).toBe(0);
      expect(summary.crossed).toEqual({
        'binance->huobi': recompute(binance, huobi, feesBps),
        'huobi->binance': recompute(huobi, binance, feesBps),
      });
      expect(summary.crossed['huobi->binance']?.count).toBeGreaterThan(0);
    },
  );
});

describe('replay of tapes', () => {
  test('walks every level that earns, in both directions, only at shared moments', async () => {
    const a = tape([
      '2021-08-20 00:00:00,AB.BNC,9,8,5,5,10,11,1,2',
      '2021-08-20 00:00:01,AB.BNC,9,8,5,5,10,11,1,2',
      '2021-08-20 00:00:03,AB.BNC,9,8,5,5,10,11,1,2',
    ]);
    const b = tape([
      '2021-08-20 00:00:00,A-B.HB,12,10.5,1.5,9,13,14,1,1',
      '2021-08-20 00:00:02,A-B.HB,12,10.5,1.5,9,13,14,1,1',
      '2021-08-20 00:00:03,A-B.HB,8,7,1,1,8.5,9.5,0.25,1',
    ]);
    const summary = await replayTapes({ files: [a, b], feesBps: '0' });
    expect(summary).toMatchObject({ instrument: 'AB', alignedRows: 2, unmatchedRows: 2 });
    expect(summary.crossed).toEqual({
      // 1 at 10 -> 12, then 0.5 at 11 -> 12; at 11 -> 10.5 nothing is earned any more.
      'binance->huobi': { count: 1, quantity: '1.5', grossQuote: '2.5', netQuote: '2.5' },
      'huobi->binance': { count: 1, quantity: '0.25', grossQuote: '0.125', netQuote: '0.125' },
    });
  });

  test('leaves out a level on which fees eat exactly the whole edge', async () => {
    const a = tape(['1629417600,AB.BNC,1,0.5,1,1,999,1000,3,1']);
    const b = tape(['1629417600,AB.HB,1001,1000,1,1,2000,2001,1,1']);
    // 999 x 1.001 = 999.999; 1001 x 0.999 = 999.999: nothing is left.
    const summary = await replayTapes({ files: [a, b], feesBps: '10' });
    expect(summary.crossed['binance->huobi']).toMatchObject({ count: 0, netQuote: '0' });
  });

  test('reads gzip and plain tapes alike', async () => {
    const rows = ['2021-08-20 00:00:00,AB.BNC,9,8,5,5,10,11,1,2'];
    const plain = tape(rows);
    const packed = join(folder, 'packed.csv.gz');
    writeFileSync(packed, gzipSync(readFileSync(plain)));
    const other = tape(['2021-08-20 00:00:00,AB.HB,12,10.5,1.5,9,13,14,1,1']);
    const [one, two] = [
      await replayTapes({ files: [plain, other], feesBps: '1' }),
      await replayTapes({ files: [packed, other], feesBps: '1' }),
    ];
    expect(one.crossed).toEqual(two.crossed);
  });

  const good = ['2021-08-20 00:00:00,AB.HB,12,10.5,1.5,9,13,14,1,1'];
  test.each([
    ['a field that is no number', ['2021-08-20 00:00:00,AB.BNC,9,x,5,5,10,11,1,2'], 2, 'b2 "x"'],
    ['a missing field', ['2021-08-20 00:00:00,AB.BNC,9,8,5,5,10,11,1'], 2, '9 fields'],
    ['a negative size', ['2021-08-20 00:00:00,AB.BNC,9,8,5,-5,10,11,1,2'], 2, 'bv2'],
    ['levels out of order', ['2021-08-20 00:00:00,AB.BNC,8,9,5,5,10,11,1,2'], 2, 'b2 "9"'],
    ['a time that cannot be read', ['noon,AB.BNC,9,8,5,5,10,11,1,2'], 2, '"noon"'],
    [
      'a time that runs backwards',
      ['1629417601,AB.BNC,9,8,5,5,10,11,1,2', '1629417600,AB.BNC,9,8,5,5,10,11,1,2'],
      3,
      'older',
    ],
    ['another instrument', ['1629417600,XY.BNC,9,8,5,5,10,11,1,2'], 2, 'XY'],
    ['a second tape of a venue', ['1629417600,AB.HB,9,8,5,5,10,11,1,2'], 2, 'huobi'],
  ])('names file, line and remedy for %s', async (_, rows, line, words) => {
    const bad = tape(rows);
    const problem = await problemOf(replayTapes({ files: [tape(good), bad], feesBps: '0' }));
    expect(problem.code).toBe('TAPE_INVALID');
    expect(problem.message).toContain(`${bad}, line ${line}: `);
    expect(problem.message).toContain(words);
    expect(problem.remedy).toBeTruthy();
  });

  test('names the column that a header lacks', async () => {
    const bad = tape(good, HEADER.replace('av2', 'size'));
    const problem = await problemOf(replayTapes({ files: [bad, tape(good)], feesBps: '0' }));
    expect(problem).toMatchObject({ code: 'TAPE_INVALID', context: { value: bad, line: 1 } });
    expect(problem.message).toContain('"av2"');
  });

  test('refuses a tape that is not there, cut short or alone, and a fee that is none', async () => {
    const cut = join(folder, 'cut.csv.gz');
    const rows = Array.from(
      { length: 5000 },
      (_, index) => `${1629417600 + index},AB.BNC,9,8,5,5,10,11,1,${index}`,
    );
    writeFileSync(cut, gzipSync(`${HEADER}\n${rows.join('\n')}\n`).subarray(0, 4000));
    const missing = join(folder, 'missing.csv');
    const other = tape(good);
    for (const file of [missing, cut]) {
      const problem = await problemOf(replayTapes({ files: [file, other], feesBps: '0' }));
      expect(problem).toMatchObject({ code: 'TAPE_UNREADABLE', context: { value: file } });
    }
    const alone = await problemOf(replayTapes({ files: [other], feesBps: '0' }));
    expect(alone).toMatchObject({ code: 'CONFIG_INVALID', context: { field: '--tape' } });
    for (const feesBps of ['ten', '-1', '10000']) {
      const problem = await problemOf(replayTapes({ files: [other, other], feesBps }));
      expect(problem).toMatchObject({ code: 'CONFIG_INVALID', context: { value: feesBps } });
    }
  });
});
