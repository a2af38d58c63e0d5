import { crc32 } from 'node:zlib';
import { bitfinexServer } from '../../src/adapters/dialects/bitfinex/index.ts';
import { recordedMessages } from './recorded.ts';
import { type Bench, bench, levelsOf } from './support.ts';

const SHAPES = [
  {
    symbol: 'tBTCUST',
    base: 'BTC',
    quote: 'USDT',
    tick: '1',
    step: '0.00000001',
    middleTicks: 97_000,
  },
  {
    symbol: 'tXRPUST',
    base: 'XRP',
    quote: 'USDT',
    tick: '0.0001',
    step: '0.00000001',
    middleTicks: 5234,
  },
] as const;

const PATH = '/ws/2';
const start = (): Bench => bench(bitfinexServer, SHAPES);
const subscribe = (channel: string, rest: object = {}): string =>
  JSON.stringify({ event: 'subscribe', channel, symbol: 'tBTCUST', ...rest });

/** A book of the numbers' own texts, kept as Bitfinex's documentation says. */
class TextBook {
  readonly bids = new Map<number, [price: string, count: string, amount: string]>();
  readonly asks = new Map<number, [price: string, count: string, amount: string]>();

  apply(row: string): void {
    const [price = '', count = '', amount = ''] = row.split(',');
    const side = Number(amount) > 0 ? this.bids : this.asks;
    if (count === '0') expect(side.delete(Number(price))).toBe(true);
    else side.set(Number(price), [price, count, amount]);
  }

  sorted(side: 'bids' | 'asks') {
    const sign = side === 'bids' ? -1 : 1;
    return [...this[side].values()].sort((a, b) => sign * (Number(a[0]) - Number(b[0])));
  }

  checksum(): number {
    const bids = this.sorted('bids');
    const asks = this.sorted('asks');
    const parts: string[] = [];
    for (let index = 0; index < 25; index += 1) {
      for (const level of [bids[index], asks[index]]) {
        if (level !== undefined) parts.push(level[0], level[2]);
      }
    }
    return crc32(parts.join(':')) | 0;
  }
}

describe('bitfinex books', () => {
  it.each([25, 100])('rebuild the market of length %i, every checksum right', (len) => {
    const { connect, run, market } = start();
    const { connection, handler } = connect(PATH);
    handler.onText('{"event":"conf","flags":131072}');
    handler.onText(subscribe('book', { prec: 'P0', freq: 'F0', len: String(len) }));
    run(600);
    const book = new TextBook();
    let verified = 0;
    for (const text of connection.take()) {
      if (text.startsWith('{')) continue;
      const checksum = /,"cs",(-?\d+)\]$/.exec(text)?.[1];
      if (checksum !== undefined) {
        expect(Number(checksum)).toBe(book.checksum());
        verified += 1;
        continue;
      }
      const rows = text
        .slice(text.indexOf(',') + 1, -1)
        .replace(/^\[\[/, '[')
        .replace(/\]\]$/, ']');
      for (const [, row = ''] of rows.matchAll(/\[([^\]]+)\]/g)) book.apply(row);
    }
    expect(verified).toBeGreaterThan(150);
    for (const side of ['bids', 'asks'] as const) {
      const sign = side === 'bids' ? 1 : -1;
      const levels = book.sorted(side).map((row) => [Number(row[0]), sign * Number(row[2])]);
      expect(levels).toEqual(levelsOf(market, side, len));
      for (const [price, count] of book.sorted(side)) {
        const orders = market.orderCountAt(side === 'bids' ? 'bid' : 'ask', Number(price));
        expect(Number(count)).toBe(orders);
      }
    }
  });

  it('write tiny sizes with an exponent, as the checksum takes them', () => {
    const { connect, market } = start();
    market.book.bids.set(96_999, 0.0000007, '96999', '0.00000070');
    market.book.bids.set(96_998, 0.000001, '96998', '0.00000100');
    const { connection, handler } = connect(PATH);
    handler.onText(subscribe('book'));
    const snapshot = connection.take().at(-1) ?? '';
    expect(snapshot).toMatch(/,\[\[96999,\d+,7e-7\],\[96998,\d+,0\.000001\],/);
  });

  it('write numbers as briefly as they read back', () => {
    const { connect } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(subscribe('book'));
    const snapshot = connection.take().at(-1) ?? '';
    expect(snapshot).toMatch(/^\[\d+,\[\[96999,\d+,0\.\d*[1-9]\],/);
  });
});

describe('bitfinex sessions', () => {
  it('number every channel message from 1 once asked to, and add the time', () => {
    const { connect, run, timers } = start();
    const { connection, handler } = connect(PATH);
    handler.onText('{"event":"conf","flags":98304}');
    handler.onText(subscribe('book'));
    handler.onText(subscribe('trades'));
    handler.onText(subscribe('ticker'));
    run(200);
    const messages = connection.takeJson<unknown>().filter(Array.isArray) as number[][];
    expect(messages.length).toBeGreaterThan(200);
    expect(messages.map((message) => message.at(-2))).toEqual(messages.map((_, at) => at + 1));
    expect(messages.at(-1)?.at(-1)).toBe(Math.floor(timers.clock.nowUs() / 1000));
  });

  it('greet, acknowledge and unsubscribe', () => {
    const { connect, run } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(subscribe('book', { len: 100 }));
    const [info, subscribed] = connection.takeJson<Record<string, unknown>>();
    expect(info).toMatchObject({ event: 'info', version: 2, platform: { status: 1 } });
    expect(subscribed).toMatchObject({
      event: 'subscribed',
      channel: 'book',
      symbol: 'tBTCUST',
      prec: 'P0',
      freq: 'F0',
      len: '100',
      pair: 'BTCUST',
    });
    const chanId = subscribed?.['chanId'];
    handler.onText(JSON.stringify({ event: 'unsubscribe', chanId }));
    run(100);
    expect(connection.takeJson()).toEqual([{ event: 'unsubscribed', status: 'OK', chanId }]);
  });

  it.each([
    [subscribe('dance'), 10_302],
    [subscribe('book', { symbol: 'tFOOBAR' }), 10_300],
    [subscribe('book', { len: '7' }), 10_300],
    ['{"event":"unsubscribe","chanId":1}', 10_400],
    ['{"event":"dance"}', 10_000],
    ['][', 10_000],
  ])('answer %s with code %i', (text, code) => {
    const { connection, handler } = start().connect(PATH);
    connection.take();
    handler.onText(text);
    expect(connection.takeJson()).toMatchObject([{ event: 'error', code }]);
  });

  it('refuse a channel that is subscribed to already', () => {
    const { connection, handler } = start().connect(PATH);
    handler.onText(subscribe('ticker'));
    connection.take();
    handler.onText(subscribe('ticker'));
    expect(connection.takeJson()).toMatchObject([{ event: 'error', code: 10_301 }]);
  });

  it('send a heartbeat on a channel after 15 s of silence', () => {
    const { connect, timers } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(subscribe('ticker'));
    handler.onText(subscribe('trades'));
    connection.take();
    timers.advance(14_000);
    expect(connection.take()).toEqual([]);
    timers.advance(17_000);
    expect(connection.takeJson<unknown[]>().map((message) => message[1])).toEqual(
      Array(4).fill('hb'),
    );
  });

  it('announce trades when executed, then when written down', () => {
    const { connect, run, market } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(subscribe('trades'));
    connection.take();
    while (market.recentTrades.length === 0) run(1);
    const trade = market.recentTrades[0];
    const sign = trade?.aggressor === 'bid' ? 1 : -1;
    const row = [trade?.tradeId, expect.any(Number), sign * (trade?.size ?? 0), trade?.price];
    expect(connection.takeJson()).toEqual([
      [expect.any(Number), 'te', row],
      [expect.any(Number), 'tu', row],
    ]);
  });

  it('say when maintenance begins and ends', () => {
    const { connect, faults } = start();
    const { connection, handler } = connect(PATH);
    connection.take();
    handler.onMaintenance?.(true);
    handler.onMaintenance?.(false);
    const codes = connection.takeJson<{ code: number }>().map(({ code }) => code);
    expect(codes).toEqual([20_060, 20_051, 20_061]);
    faults.maintenance = true;
    expect(connect(PATH).connection.takeJson()).toMatchObject([{ platform: { status: 0 } }]);
  });

  it('have the fields of recorded frames', () => {
    const recorded = recordedMessages('bitfinex-2021-04-17');
    if (recorded === undefined) return;
    const { connect, run } = start();
    run(50);
    const { connection, handler } = connect(PATH);
    handler.onText('{"event":"conf","flags":65536}');
    handler.onText(subscribe('book', { prec: 'P0', freq: 'F0', len: '100' }));
    handler.onText(subscribe('trades'));
    handler.onText(subscribe('ticker'));
    run(200);
    const ours = connection.takeJson<unknown>();
    /** Events by their keys; arrays by the lengths of their parts, numbers as `n`. */
    const kindOf = (value: unknown): string => {
      if (!Array.isArray(value)) {
        return typeof value === 'object' ? Object.keys(value as object).join() : typeof value;
      }
      if (Array.isArray(value[0])) return `list of ${kindOf(value[0])}`;
      return `[${value.map((part) => (typeof part === 'string' ? part : kindOf(part))).join()}]`;
    };
    const kinds = (messages: readonly unknown[]): Set<string> =>
      new Set(messages.map(kindOf).filter((kind) => !kind.includes('hb')));
    expect([...kinds(recorded)].filter((kind) => !kinds(ours).has(kind))).toEqual([]);
    expect(kinds(ours).size).toBeGreaterThan(8);
  });
});

describe('bitfinex REST', () => {
  it('gives books that agree with the market', () => {
    const { get, market } = start();
    const rows = JSON.parse(get('/v2/book/tBTCUST/P0?len=25').body) as [number, number, number][];
    const bids = rows.filter(([, , amount]) => amount > 0).map(([price, , size]) => [price, size]);
    expect(bids).toEqual(levelsOf(market, 'bids', 25));
    expect(rows.length).toBe(50);
  });

  it.each([
    ['/v2/platform/status', 200, [1]],
    ['/v2/conf/pub:list:pair:exchange,pub:unknown', 200, [['BTCUST', 'XRPUST'], []]],
    ['/v2/book/tFOO/P0', 500, ['error', 10_020, 'symbol: invalid']],
    ['/v2/book/tBTCUST/P9', 500, ['error', 10_020, 'prec: invalid']],
  ])('answers %s with %i', (url, status, body) => {
    const answer = start().get(url);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([status, body]);
  });

  it('refuses the ninety-first request of a minute', () => {
    const { get } = start();
    for (let count = 0; count < 90; count += 1) get('/v2/platform/status');
    expect(get('/v2/platform/status')).toMatchObject({
      status: 429,
      body: '{"error":"ERR_RATE_LIMIT"}',
    });
  });
});
