import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AtsError, instrumentId, venueId } from '@ats/domain';
import { openTape } from '../../../src/index.ts';
import { readRows } from './tape-rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'ats-csv-tape-'));
afterAll(() => rm(folder, { recursive: true }));

function file(name: string, lines: readonly string[], end = '\n'): string {
  const path = join(folder, name);
  const text = `${lines.join(end)}${end}`;
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

const QUOTES =
  'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount';

describe('a tape from CSV', () => {
  it('reads quotes as tardis.dev writes them', async () => {
    const path = file('quotes.csv', [
      QUOTES,
      'binance,BTCUSDT,1629417600000000,1629417600000500,0.5,101,100,0.25',
      'binance,BTCUSDT,1629417600001000,1629417600001000,,,100.5,1',
    ]);
    const { tape, format } = await openTape(path);
    expect(format).toBe('tardis quotes');
    expect(tape.markets).toEqual([{ venue: 'binance', instrument: 'BTC/USDT' }]);
    expect(await readRows(tape)).toEqual([
      {
        market: 'binance:BTC/USDT',
        at: 1629417600000500,
        exchangeAt: 1629417600000000,
        ...{ bid: 100, bidSize: 0.25, ask: 101, askSize: 0.5 },
      },
      {
        market: 'binance:BTC/USDT',
        at: 1629417600001000,
        exchangeAt: 0,
        ...{ bid: 100.5, bidSize: 1, ask: Number.NaN, askSize: Number.NaN },
      },
    ]);
    expect(tape.badRows()).toEqual({ count: 0, first: [], reasons: {} });
  });

  it('skips bad rows, counts them by reason and names the first by line', async () => {
    const path = file('bad.csv.gz', [
      QUOTES,
      'binance,BTCUSDT,1,10,0.5,101,100,0.25',
      'binance,BTCUSDT,1,abc,0.5,101,100,0.25',
      '',
      'binance,BTCUSDT,1,11,-0.5,101,100,0.25',
      'binance,BTCUSDT,1,12,0.5,99,100,0.25',
      'binance,BTCUSDT,1,9,0.5,101,100,0.25',
      'binance,BTCUSDT,1,12',
      'binance,BTCUSDT,1,13,0.5,101,100,0.25',
    ]);
    const { tape } = await openTape(path);
    expect((await readRows(tape)).map(({ at }) => at)).toEqual([10, 13]);
    expect(tape.badRows()).toEqual({
      count: 5,
      first: [
        { line: 3, problem: 'local_timestamp: not a number' },
        { line: 5, problem: 'ask -0.5: size is negative' },
        { line: 6, problem: 'bid 100: crossed' },
        { line: 7, problem: 'received_at_us 9: time falls' },
        { line: 8, problem: 'too few fields' },
      ],
      reasons: {
        'not a number': 1,
        'size is negative': 1,
        crossed: 1,
        'time falls': 1,
        'too few fields': 1,
      },
    });
  });

  it('reads trades, whose aggressor is the side that took', async () => {
    const path = file('trades.csv', [
      'exchange,symbol,timestamp,local_timestamp,id,side,price,amount',
      'coinbase,BTC-USD,5,10,1,buy,100,0.5',
      'coinbase,BTC-USD,6,11,,sell,99.5,2',
      'coinbase,BTC-USD,6,11,,unknown,99.5,2',
    ]);
    const { tape, format } = await openTape(path);
    expect(format).toBe('tardis trades');
    const base = { market: 'coinbase:BTC/USD' };
    expect(await readRows(tape)).toEqual([
      { ...base, at: 10, exchangeAt: 5, price: 100, size: 0.5, aggressor: 1 },
      { ...base, at: 11, exchangeAt: 6, price: 99.5, size: 2, aggressor: -1 },
      { ...base, at: 11, exchangeAt: 6, price: 99.5, size: 2, aggressor: 0 },
    ]);
  });

  it.each([5, 25])('reads snapshots of %d levels, some of them empty', async (levels) => {
    const names = Array.from({ length: levels }, (_, at) => [
      `asks[${at}].price`,
      `asks[${at}].amount`,
      `bids[${at}].price`,
      `bids[${at}].amount`,
    ]).flat();
    const cells = Array.from({ length: levels }, (_, at) =>
      at < 2 ? [101 + at, 1, 100 - at, at === 0 ? 0 : 2] : ['', '', '', ''],
    ).flat();
    const path = file(`book-${levels}.csv.gz`, [
      `exchange,symbol,timestamp,local_timestamp,${names.join(',')}`,
      `kraken,XBT/USD,1,2,${cells.join(',')}`,
    ]);
    const { tape, format } = await openTape(path);
    expect(format).toBe(`tardis book_snapshot_${levels}`);
    const asks = [
      [101, 1],
      [102, 1],
    ];
    const market = 'kraken:BTC/USD';
    expect(await readRows(tape)).toEqual([{ market, at: 2, exchangeAt: 1, bids: [[99, 2]], asks }]);
  });

  it('rebuilds books of changes, one for each message, from the first snapshot on', async () => {
    const path = file('l2.csv', [
      'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount',
      'bitfinex,BTCUSD,1,9,false,bid,98,7',
      'bitfinex,BTCUSD,1,10,true,bid,100,1',
      'bitfinex,BTCUSD,1,10,true,bid,99,2',
      'bitfinex,BTCUSD,1,10,true,ask,101,3',
      'bitfinex,BTCUSD,2,11,false,bid,100,0',
      'bitfinex,BTCUSD,2,11,false,ask,101,4',
      'bitfinex,BTCUSD,3,12,true,bid,90,1',
      'bitfinex,BTCUSD,3,12,true,ask,91,1',
      'bitfinex,BTCUSD,4,13,false,bid,x,1',
      'bitfinex,BTCUSD,4,13,false,bid,92,1',
      'bitfinex,BTCUSD,5,14,false,bid,92,0',
    ]);
    const { tape } = await openTape(path);
    const market = 'bitfinex:BTC/USD';
    const first = [
      [100, 1],
      [99, 2],
    ];
    expect(await readRows(tape)).toEqual([
      { market, at: 10, exchangeAt: 1, bids: first, asks: [[101, 3]] },
      { market, at: 11, exchangeAt: 2, bids: [[99, 2]], asks: [[101, 4]] },
      { market, at: 12, exchangeAt: 3, bids: [[90, 1]], asks: [[91, 1]] },
      { market, at: 14, exchangeAt: 5, bids: [[90, 1]], asks: [[91, 1]] },
    ]);
    expect(tape.badRows()).toMatchObject({
      count: 2,
      first: [
        { line: 10, problem: 'price: not a number' },
        { line: 11, problem: 'bid 92: crossed' },
      ],
    });
  });

  it('reads our own columns, in any order and with others between', async () => {
    const path = file('own.csv', [
      'note,ask,bid_size,bid,ask_size,instrument,venue,received_at_us',
      '"a, b",101,1,100,2,ETH/USDT,binance,7',
      ',,1,100,,ETH/USDT,huobi,8',
    ]);
    const { tape } = await openTape(path);
    const eth = { exchangeAt: 0, bid: 100, bidSize: 1 };
    expect(await readRows(tape)).toEqual([
      { ...eth, market: 'binance:ETH/USDT', at: 7, ask: 101, askSize: 2 },
      { ...eth, market: 'huobi:ETH/USDT', at: 8, ask: Number.NaN, askSize: Number.NaN },
    ]);
  });

  it('filters by venue, instrument and a half-open range of time', async () => {
    const rows = [1, 2, 3, 4].flatMap((at) =>
      ['binance', 'kraken'].map((venue) => `${venue},BTC/USD,${at},0,100,1,101,1`),
    );
    const header = 'venue,instrument,received_at_us,exchange_time_us,bid,bid_size,ask,ask_size';
    const path = file('filter.csv', [header, ...rows]);
    const { tape } = await openTape(path, { venues: ['kraken'] });
    expect(tape.markets).toEqual([{ venue: 'kraken', instrument: 'BTC/USD' }]);
    const kept = await readRows(tape, { fromUs: 2, toUs: 4 });
    expect(kept.map(({ market, at }) => [market, at])).toEqual([
      ['kraken:BTC/USD', 2],
      ['kraken:BTC/USD', 3],
    ]);
  });

  it('takes lines that end as on Windows', async () => {
    const path = file('crlf.csv', [QUOTES, 'binance,BTCUSDT,1,10,0.5,101,100,0.25'], '\r\n');
    expect(await readRows((await openTape(path)).tape)).toHaveLength(1);
  });

  it.each([
    ['is no number', 'abc', 'local_timestamp', 'abc'],
    ['falls', '4', 'local_timestamp', '4'],
  ])('stops at a time that %s where it is read strictly', async (_, time, column, value) => {
    const row = (at: string): string => `binance,BTCUSDT,1,${at},0.5,101,100,0.25`;
    const path = file(`strict-${value}.csv`, [QUOTES, row('10'), '', row(time), row('12')]);
    const { tape } = await openTape(path, { strict: true });
    const failure = await readRows(tape).catch((problem: unknown) => problem);
    expect(failure).toBeInstanceOf(AtsError);
    expect(failure).toMatchObject({
      code: 'TAPE_BAD_ROW',
      message: expect.stringContaining(`${path}, line 4, column ${column}`),
      context: { value },
      remedy: expect.any(String),
    });
  });

  it('takes a symbol for what it was named, and says so where nobody knows', async () => {
    const path = file('named.csv', [QUOTES, 'kraken,??,1,10,0.5,101,100,0.25']);
    const market = {
      venue: venueId('kraken'),
      instrument: instrumentId({ base: 'A', quote: 'B' }),
    };
    const { tape } = await openTape(path, { named: new Map([['??', market]]) });
    expect(tape.markets).toEqual([market]);
    const unknown = file('unknown.csv', [QUOTES, 'kraken,??,1,10,0.5,101,100,0.25']);
    await expect(openTape(unknown)).rejects.toMatchObject({
      code: 'TAPE_UNREADABLE',
      remedy: expect.stringContaining('--market ??=venue:BASE/QUOTE'),
    });
  });

  it.each([
    ['is not there', undefined],
    ['is empty', ''],
    ['has unknown columns', 'a,b,c\n1,2,3\n'],
    ['is JSON that is no frame', '{"a":1}\n'],
    ['is damaged gzip', gzipSync(`${QUOTES}\n${'x'.repeat(5000)}`).subarray(0, 40)],
    ['is named Parquet and is none', 'PAR1 is all there is'],
  ])('refuses a file that %s', async (name, content) => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.csv`);
    if (content !== undefined) writeFileSync(path, content);
    await expect(openTape(path)).rejects.toMatchObject({
      code: 'TAPE_UNREADABLE',
      message: expect.stringContaining(path),
      remedy: expect.any(String),
    });
  });
});
