import { crc32 } from 'node:zlib';
import { krakenServer } from '../../src/adapters/dialects/kraken/index.ts';
import { recordedMessages, shapeOf } from './recorded.ts';
import { type Bench, bench, levelsOf, PlainBook } from './support.ts';

const SHAPES = [
  {
    symbol: 'BTC/USD',
    base: 'BTC',
    quote: 'USD',
    tick: '0.1',
    step: '0.00000001',
    middleTicks: 970_000,
  },
  {
    symbol: 'XRP/USD',
    base: 'XRP',
    quote: 'USD',
    tick: '0.00001',
    step: '0.00000001',
    middleTicks: 52_345,
  },
] as const;

const start = (): Bench => bench(krakenServer, SHAPES);

type Level = [price: string, size: string];

/** Prices and sizes as texts, which JSON.parse would lose. */
function levelsIn(text: string, side: 'bids' | 'asks'): Level[] {
  const list = new RegExp(`"${side}":\\[([^\\]]*)\\]`).exec(text)?.[1] ?? '';
  return [...list.matchAll(/"price":([\d.]+),"qty":([\d.]+)/g)].map(
    ([, price = '', size = '']): Level => [price, size],
  );
}

/** A book of texts by price, and Kraken's checksum as its documentation words it. */
class TextBook {
  readonly bids = new Map<number, Level>();
  readonly asks = new Map<number, Level>();

  apply(side: 'bids' | 'asks', levels: readonly Level[]): void {
    for (const level of levels) {
      if (Number(level[1]) === 0) this[side].delete(Number(level[0]));
      else this[side].set(Number(level[0]), level);
    }
  }

  cut(depth: number): void {
    for (const side of ['bids', 'asks'] as const) {
      for (const [price] of this.sorted(side).slice(depth)) this[side].delete(Number(price));
    }
  }

  sorted(side: 'bids' | 'asks'): Level[] {
    const sign = side === 'bids' ? -1 : 1;
    return [...this[side].values()].sort((a, b) => sign * (Number(a[0]) - Number(b[0])));
  }

  checksum(): number {
    const digits = (text: string): string => text.replace('.', '').replace(/^0+/, '');
    const text = (side: 'bids' | 'asks'): string =>
      this.sorted(side)
        .slice(0, 10)
        .map(([price, size]) => digits(price) + digits(size))
        .join('');
    return crc32(text('asks') + text('bids'));
  }
}

const subscribe = (channel: string, params: object = {}, symbol = ['BTC/USD']): string =>
  JSON.stringify({ method: 'subscribe', params: { channel, symbol, ...params }, req_id: 7 });

describe('kraken v2 books', () => {
  it.each([10, 25, 100])('rebuild the market cut to depth %i, every checksum right', (depth) => {
    const { connect, run, market } = start();
    const { connection, handler } = connect('/v2');
    handler.onText(subscribe('book', { depth }));
    run(800);
    const book = new TextBook();
    let verified = 0;
    for (const text of connection.take()) {
      if (!text.startsWith('{"channel":"book"')) continue;
      for (const side of ['bids', 'asks'] as const) book.apply(side, levelsIn(text, side));
      book.cut(depth);
      expect(Number(/"checksum":(\d+)/.exec(text)?.[1])).toBe(book.checksum());
      verified += 1;
    }
    expect(verified).toBeGreaterThan(150);
    for (const side of ['bids', 'asks'] as const) {
      const numbers = book.sorted(side).map((level) => level.map(Number));
      expect(numbers).toEqual(levelsOf(market, side, depth));
    }
  });

  it('write numbers with the full digits of the pair', () => {
    const { connection, handler } = connectTo('/v2');
    handler.onText(subscribe('book', {}, ['XRP/USD']));
    const snapshot = connection.take().find((text) => text.includes('"snapshot","data"')) ?? '';
    expect(snapshot).toMatch(/"price":0\.\d{5},"qty":\d+\.\d{8}\}/);
  });
});

const connectTo = (url: string) => start().connect(url);

describe('kraken v2 sessions', () => {
  it('say their status first and acknowledge each symbol before its snapshot', () => {
    const { connection, handler } = connectTo('/v2');
    handler.onText(subscribe('book', { depth: 25 }, ['BTC/USD', 'XRP/USD']));
    const messages = connection.takeJson<Record<string, unknown>>();
    expect(messages[0]).toMatchObject({ channel: 'status', data: [{ system: 'online' }] });
    expect(messages[1]).toMatchObject({
      method: 'subscribe',
      req_id: 7,
      success: true,
      result: { channel: 'book', depth: 25, snapshot: true, symbol: 'BTC/USD' },
    });
    expect(messages.map((message) => message['channel'] ?? message['method'])).toEqual([
      'status',
      'subscribe',
      'book',
      'subscribe',
      'book',
    ]);
  });

  it.each([
    [subscribe('book', {}, ['FOO/BAR']), 'Currency pair not supported FOO/BAR'],
    [subscribe('book', { depth: 11 }), 'Subscription depth not supported'],
    [subscribe('nothing'), 'Subscription name invalid'],
    [
      '{"method":"unsubscribe","params":{"channel":"trade","symbol":["BTC/USD"]}}',
      'Subscription Not Found',
    ],
    ['{"method":"dance"}', 'Method not found'],
    ['][', 'Malformed JSON'],
  ])('refuse %s', (text, error) => {
    const { connection, handler } = connectTo('/v2');
    connection.take();
    handler.onText(text);
    expect(connection.takeJson()).toMatchObject([{ success: false, error }]);
  });

  it('refuse a second subscription, and send nothing after unsubscribe', () => {
    const { connect, run } = start();
    const { connection, handler } = connect('/v2');
    handler.onText(subscribe('trade'));
    connection.take();
    handler.onText(subscribe('trade'));
    expect(connection.takeJson()).toMatchObject([{ error: 'Already subscribed' }]);
    handler.onText('{"method":"unsubscribe","params":{"channel":"trade","symbol":["BTC/USD"]}}');
    connection.take();
    run(300);
    expect(connection.take()).toEqual([]);
  });

  it('send a heartbeat each second of silence, none while there is data', () => {
    const { connect, run, timers } = start();
    const { connection, handler } = connect('/v2');
    timers.advance(3000);
    handler.onText(subscribe('book'));
    connection.take();
    run(300);
    expect(connection.take().filter((text) => text.includes('heartbeat'))).toEqual([]);
    timers.advance(5000);
    expect(connection.take()).toEqual(Array(4).fill('{"channel":"heartbeat"}'));
  });

  it('answer ping with pong and tell the precisions of instruments', () => {
    const { connection, handler } = connectTo('/v2');
    connection.take();
    handler.onText('{"method":"ping","req_id":3}');
    handler.onText('{"method":"subscribe","params":{"channel":"instrument"}}');
    const messages = connection.takeJson<Record<string, unknown>>();
    expect(messages[0]).toMatchObject({ method: 'pong', req_id: 3 });
    expect(messages[2]).toMatchObject({
      channel: 'instrument',
      data: { pairs: [{ symbol: 'BTC/USD', price_precision: 1, qty_precision: 8 }, {}] },
    });
  });

  it('tell trades and tickers as they happen', () => {
    const { connect, run, market } = start();
    const { connection, handler } = connect('/v2');
    handler.onText(subscribe('trade'));
    handler.onText(subscribe('ticker', { event_trigger: 'bbo' }));
    connection.take();
    run(300);
    const messages = connection.takeJson<{ channel: string; data: Record<string, unknown>[] }>();
    const trades = messages
      .filter(({ channel }) => channel === 'trade')
      .flatMap(({ data }) => data);
    const last = market.recentTrades.at(-1);
    expect(trades.at(-1)).toMatchObject({ trade_id: last?.tradeId, price: last?.price });
    expect(trades.map((trade) => trade['trade_id'])).toEqual(trades.map((_, index) => index + 1));
    const ticker = messages.filter(({ channel }) => channel === 'ticker').at(-1)?.data[0];
    expect(ticker).toMatchObject({
      bid: market.book.bids.price(0),
      ask: market.book.asks.price(0),
    });
  });
});

describe('kraken v1', () => {
  it('rebuilds the market cut to the depth, every checksum right', () => {
    const { connect, run, market } = start();
    const { connection, handler } = connect('/');
    const subscription = { name: 'book', depth: 25 };
    handler.onText(JSON.stringify({ event: 'subscribe', pair: ['XBT/USD'], subscription }));
    run(800);
    const book = new TextBook();
    let verified = 0;
    for (const message of connection.takeJson<unknown>()) {
      if (!Array.isArray(message)) continue;
      expect(message.slice(-2)).toEqual(['book-25', 'XBT/USD']);
      const parts = Object.assign({}, ...message.slice(1, -2)) as Record<string, Level[] | string>;
      book.apply('asks', (parts['as'] ?? parts['a'] ?? []) as Level[]);
      book.apply('bids', (parts['bs'] ?? parts['b'] ?? []) as Level[]);
      book.cut(25);
      if (parts['c'] === undefined) continue;
      expect(Number(parts['c'])).toBe(book.checksum());
      verified += 1;
    }
    expect(verified).toBeGreaterThan(150);
    expect(book.sorted('asks').map(([price]) => Number(price))).toEqual(
      levelsOf(market, 'asks', 25).map(([price]) => price),
    );
  });

  it('refuses pairs and depths that it has not', () => {
    const { connection, handler } = connectTo('/');
    connection.take();
    handler.onText('{"event":"subscribe","pair":["BTC/USD"],"subscription":{"name":"book"}}');
    handler.onText(
      '{"event":"subscribe","pair":["XBT/USD"],"subscription":{"name":"book","depth":7}}',
    );
    expect(connection.takeJson()).toMatchObject([
      { status: 'error', errorMessage: 'Currency pair not supported BTC/USD', pair: 'BTC/USD' },
      { status: 'error', errorMessage: 'Subscription depth not supported' },
    ]);
  });

  it('has the fields of recorded frames', () => {
    const recorded = recordedMessages('kraken-v1-2021-04-17');
    if (recorded === undefined) return;
    const { connect, run, timers } = start();
    const { connection, handler } = connect('/');
    for (const subscription of [{ name: 'book', depth: 1000 }, { name: 'ticker' }]) {
      handler.onText(JSON.stringify({ event: 'subscribe', pair: ['XBT/USD'], subscription }));
    }
    run(300);
    timers.advance(3000);
    const ours = connection.takeJson<unknown>();
    const kind = (message: unknown): string => {
      if (!Array.isArray(message)) return String((message as { event: string }).event);
      const keys = Object.keys(message[1] as object).filter((key) => key !== 'c');
      return `${String(message.at(-2))} ${keys.join()}`;
    };
    const shapes = (messages: readonly unknown[], wanted: string): string[] =>
      [
        ...new Set(
          messages
            .filter((message) => kind(message) === wanted)
            .flatMap((m) => shapeOf(Array.isArray(m) ? m[1] : m)),
        ),
      ].sort();
    const kinds = [
      'systemStatus',
      'subscriptionStatus',
      'heartbeat',
      'book-1000 as,bs',
      'ticker a,b,v,p,t,l,h,o',
      'book-1000 a',
      'book-1000 b',
    ];
    for (const wanted of kinds) {
      expect([wanted, shapes(ours, wanted)]).toEqual([wanted, shapes(recorded, wanted)]);
      expect([wanted, shapes(ours, wanted).length > 0]).toEqual([wanted, true]);
    }
  });
});

describe('kraken REST', () => {
  it('finds a pair by each of its names', () => {
    const { get } = start();
    for (const name of ['XXBTZUSD', 'XBTUSD', 'XBT/USD', 'BTC/USD']) {
      const { result } = JSON.parse(get(`/0/public/Depth?pair=${name}&count=5`).body) as {
        result: Record<string, { asks: unknown[] }>;
      };
      expect(result['XXBTZUSD']?.asks.length).toBe(5);
    }
    const pairs = JSON.parse(get('/0/public/AssetPairs').body) as { result: object };
    expect(Object.keys(pairs.result)).toEqual(['XXBTZUSD', 'XXRPZUSD']);
  });

  it('says what is wrong in `error`, with status 200', () => {
    const { get } = start();
    const problem = (url: string) => [get(url).status, JSON.parse(get(url).body)];
    expect(problem('/0/public/Depth?pair=FOO')).toEqual([
      200,
      { error: ['EQuery:Unknown asset pair'] },
    ]);
    expect(problem('/0/public/Dance')).toEqual([200, { error: ['EGeneral:Unknown method'] }]);
    for (let count = 0; count < 30; count += 1) get('/0/public/Time');
    expect(problem('/0/public/Time')).toEqual([200, { error: ['EGeneral:Too many requests'] }]);
  });

  it('gives books and trades that agree with the market', () => {
    const { get, run, market } = start();
    run(100);
    const depth = JSON.parse(get('/0/public/Depth?pair=XBTUSD').body) as {
      result: { XXBTZUSD: Record<'bids' | 'asks', [string, string, number][]> };
    };
    const book = new PlainBook();
    for (const side of ['bids', 'asks'] as const) {
      for (const [price, size] of depth.result.XXBTZUSD[side])
        book.set(side, Number(price), Number(size));
      expect(book.sorted(side)).toEqual(levelsOf(market, side, 100));
    }
    const trades = JSON.parse(get('/0/public/Trades?pair=XBTUSD').body) as {
      result: { XXBTZUSD: unknown[][] };
    };
    expect(trades.result.XXBTZUSD.length).toBe(market.recentTrades.length);
  });
});
