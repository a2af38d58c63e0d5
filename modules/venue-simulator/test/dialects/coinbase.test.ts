import { coinbaseServer } from '../../src/adapters/dialects/coinbase/index.ts';
import { recordedMessages, shapeOf } from './recorded.ts';
import { type Bench, bench, levelsOf, PlainBook } from './support.ts';

const SHAPES = [
  {
    symbol: 'BTC-USD',
    base: 'BTC',
    quote: 'USD',
    tick: '0.01',
    step: '0.00000001',
    middleTicks: 9_700_000,
  },
  {
    symbol: 'XRP-USD',
    base: 'XRP',
    quote: 'USD',
    tick: '0.0001',
    step: '0.000001',
    middleTicks: 5234,
  },
] as const;

interface Message {
  readonly channel: string;
  readonly sequence_num: number;
  readonly events: readonly {
    readonly type?: string;
    readonly product_id?: string;
    readonly updates?: readonly { side: string; price_level: string; new_quantity: string }[];
    readonly trades?: readonly { trade_id: string; side: string; price: string }[];
    readonly subscriptions?: object;
  }[];
}

const start = (): Bench => bench(coinbaseServer, SHAPES);
const subscribe = (channel: string, products = ['BTC-USD'], type = 'subscribe'): string =>
  JSON.stringify({ type, channel, product_ids: products });

describe('coinbase advanced trade', () => {
  it('rebuilds the whole book of each product from snapshot and updates', () => {
    const { connect, run, market, other } = start();
    const { connection, handler } = connect('/');
    handler.onText(subscribe('level2', ['BTC-USD', 'XRP-USD']));
    run(500);
    const books: Record<string, PlainBook> = {};
    for (const { channel, events } of connection.takeJson<Message>()) {
      if (channel !== 'l2_data') continue;
      for (const { type, product_id = '', updates = [] } of events) {
        if (type === 'snapshot') books[product_id] = new PlainBook();
        for (const { side, price_level, new_quantity } of updates) {
          const name = side === 'bid' ? 'bids' : 'asks';
          books[product_id]?.set(name, Number(price_level), Number(new_quantity));
        }
      }
    }
    expect(books['BTC-USD']?.sorted('bids')).toEqual(levelsOf(market, 'bids'));
    expect(books['BTC-USD']?.sorted('asks')).toEqual(levelsOf(market, 'asks'));
    expect(books['XRP-USD']?.sorted('bids')).toEqual(levelsOf(other, 'bids'));
    expect(books['XRP-USD']?.sorted('asks')).toEqual(levelsOf(other, 'asks'));
  });

  it('numbers the messages of a connection from 0 over all channels, each on its own', () => {
    const { connect, run } = start();
    const first = connect('/');
    first.handler.onText(subscribe('level2'));
    first.handler.onText(subscribe('heartbeats', []));
    run(120);
    const second = connect('/');
    second.handler.onText(subscribe('market_trades'));
    second.handler.onText(subscribe('level2'));
    first.handler.onText(subscribe('ticker'));
    run(200);
    for (const { connection } of [first, second]) {
      const messages = connection.takeJson<Message>();
      expect(messages.length).toBeGreaterThan(100);
      expect(messages.map((message) => message.sequence_num)).toEqual(messages.map((_, at) => at));
    }
  });

  it('sends snapshots before the acknowledgement, which lists all subscriptions', () => {
    const { connection, handler } = start().connect('/');
    handler.onText(subscribe('level2'));
    handler.onText(subscribe('ticker', ['XRP-USD', 'BTC-USD']));
    handler.onText(subscribe('level2', ['BTC-USD'], 'unsubscribe'));
    const messages = connection.takeJson<Message>();
    expect(messages.map(({ channel }) => channel)).toEqual([
      'l2_data',
      'subscriptions',
      'ticker',
      'ticker',
      'subscriptions',
      'subscriptions',
    ]);
    expect(messages[4]?.events[0]?.subscriptions).toEqual({
      level2: ['BTC-USD'],
      ticker: ['XRP-USD', 'BTC-USD'],
    });
    expect(messages[5]?.events[0]?.subscriptions).toEqual({ ticker: ['XRP-USD', 'BTC-USD'] });
  });

  it('gives trades the side of the maker', () => {
    const { connect, run, market } = start();
    const { connection, handler } = connect('/');
    handler.onText(subscribe('market_trades'));
    run(200);
    const trades = connection
      .takeJson<Message>()
      .flatMap(({ events }) => events.flatMap(({ trades: prints = [] }) => prints));
    expect(trades.map(({ trade_id, side }) => [Number(trade_id), side])).toEqual(
      market.recentTrades
        .slice(-trades.length)
        .map(({ tradeId, aggressor }) => [tradeId, aggressor === 'bid' ? 'SELL' : 'BUY']),
    );
    expect(trades.length).toBeGreaterThan(30);
  });

  it.each([
    ['][', 'invalid JSON message'],
    ['{"type":"dance"}', 'type must be subscribe/unsubscribe'],
    [subscribe('dance'), 'channel not supported: dance'],
    [subscribe('level2', []), 'product_ids is required'],
    [subscribe('level2', ['FOO-BAR']), 'FOO-BAR is not a valid product'],
  ])('answers %s with an error', (text, message) => {
    const { connection, handler } = start().connect('/');
    handler.onText(text);
    expect(connection.takeJson()).toEqual([{ type: 'error', message }]);
  });

  it('closes a connection that does not subscribe within five seconds, no other', () => {
    const { connect, timers } = start();
    const idle = connect('/').connection;
    const { connection, handler } = connect('/');
    handler.onText(subscribe('heartbeats', []));
    timers.advance(4900);
    expect(idle.closed).toBeUndefined();
    timers.advance(200);
    expect(idle.closed?.code).toBe(1008);
    timers.advance(10_000);
    expect(connection.closed).toBeUndefined();
    expect(connection.takeJson<Message>().filter((m) => m.channel === 'heartbeats').length).toBe(
      15,
    );
  });

  it('has the fields of recorded frames', () => {
    const recorded = recordedMessages('coinbase-advanced-2026-08-09') as Message[] | undefined;
    if (recorded === undefined) return;
    const { connect, run, timers } = start();
    const { connection, handler } = connect('/');
    for (const channel of ['level2', 'ticker', 'market_trades', 'heartbeats']) {
      handler.onText(subscribe(channel));
    }
    run(300);
    timers.advance(1000);
    const ours = connection.takeJson<Message>();
    const kind = (message: Message): string => `${message.channel} ${message.events[0]?.type}`;
    for (const wanted of new Set(recorded.map(kind))) {
      if (/candles|subscriptions|market_trades snapshot/.test(wanted)) continue;
      const shape = (messages: readonly Message[]): unknown[] => [
        wanted,
        shapeOf(messages.find((message) => kind(message) === wanted)),
      ];
      expect(shape(ours)).toEqual(shape(recorded));
    }
  });
});

describe('coinbase REST', () => {
  it('gives a book that agrees with the market, cut to the limit', () => {
    const { get, market } = start();
    const { pricebook } = JSON.parse(
      get('/api/v3/brokerage/market/product_book?product_id=BTC-USD&limit=7').body,
    ) as { pricebook: Record<'bids' | 'asks', { price: string; size: string }[]> };
    for (const side of ['bids', 'asks'] as const) {
      const levels = pricebook[side].map(({ price, size }) => [Number(price), Number(size)]);
      expect(levels).toEqual(levelsOf(market, side, 7));
    }
  });

  it.each([
    ['/api/v3/brokerage/market/product_book', 400],
    ['/api/v3/brokerage/market/product_book?product_id=FOO', 404],
    ['/api/v3/brokerage/market/products/FOO', 404],
    ['/api/v3/brokerage/market/products/BTC-USD', 200],
    ['/api/v3/brokerage/market/products/BTC-USD/ticker?limit=3', 200],
    ['/api/v3/brokerage/time', 200],
  ])('answers %s with %i', (url, status) => {
    expect(start().get(url).status).toBe(status);
  });

  it('refuses an eleventh request within a second', () => {
    const { get, timers } = start();
    for (let count = 0; count < 10; count += 1) get('/api/v3/brokerage/time');
    expect(get('/api/v3/brokerage/time').status).toBe(429);
    timers.advance(1000);
    expect(get('/api/v3/brokerage/time').status).toBe(200);
  });
});
