import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
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
});
