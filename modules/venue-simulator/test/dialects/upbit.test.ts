import { upbitServer } from '../../src/adapters/dialects/upbit/index.ts';
import { recordedMessages, shapeOf } from './recorded.ts';
import { type Bench, bench, levelsOf } from './support.ts';

const SHAPES = [
  {
    symbol: 'KRW-BTC',
    base: 'BTC',
    quote: 'KRW',
    tick: '1000',
    step: '0.00000001',
    middleTicks: 131_000,
  },
  {
    symbol: 'KRW-USDT',
    base: 'USDT',
    quote: 'KRW',
    tick: '1',
    step: '0.00000001',
    middleTicks: 1380,
  },
] as const;

const start = (): Bench => bench(upbitServer, SHAPES);
const PATH = '/websocket/v1';
const request = (...parts: object[]): string => JSON.stringify([{ ticket: 'test' }, ...parts]);

interface Orderbook {
  readonly type: string;
  readonly code: string;
  readonly stream_type: string;
  readonly total_ask_size: number;
  readonly total_bid_size: number;
  readonly orderbook_units: readonly Record<
    'ask_price' | 'bid_price' | 'ask_size' | 'bid_size',
    number
  >[];
}

function expectSame(book: Orderbook | undefined, market: Bench['market'], depth: number): void {
  const units = book?.orderbook_units ?? [];
  expect(units.map((unit) => [unit.bid_price, unit.bid_size])).toEqual(
    levelsOf(market, 'bids', depth),
  );
  expect(units.map((unit) => [unit.ask_price, unit.ask_size])).toEqual(
    levelsOf(market, 'asks', depth),
  );
  const sum = (name: 'ask_size' | 'bid_size') =>
    units.reduce((total, unit) => total + unit[name], 0);
  expect(book?.total_ask_size).toBeCloseTo(sum('ask_size'), 7);
  expect(book?.total_bid_size).toBeCloseTo(sum('bid_size'), 7);
}

describe('upbit', () => {
  it('sends the whole book in each frame, with totals, 30 or 15 levels deep', () => {
    const { connect, run, market, other } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(request({ type: 'orderbook', codes: ['KRW-BTC', 'KRW-USDT.15'] }));
    const books: Record<string, Orderbook> = {};
    for (let round = 0; round < 50; round += 1) {
      run(5);
      for (const book of connection.takeJson<Orderbook>()) books[book.code] = book;
      expectSame(books['KRW-BTC'], market, 30);
      expectSame(books['KRW-USDT'], other, 15);
    }
  });

  it('sends data in binary frames, a snapshot first, realtime after it', () => {
    const { connect, run } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(request({ type: 'orderbook', codes: ['KRW-BTC'] }));
    run(50);
    expect(connection.frames.every(({ frame }) => typeof frame !== 'string')).toBe(true);
    const [first, ...rest] = connection.takeJson<Orderbook>();
    expect(first?.stream_type).toBe('SNAPSHOT');
    expect(rest.length).toBeGreaterThan(10);
    expect(rest.every((book) => book.stream_type === 'REALTIME')).toBe(true);
  });

  it('sends only what isOnlyRealtime and is_only_snapshot leave', () => {
    const { connect, run } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(
      request(
        { type: 'orderbook', codes: ['KRW-BTC'], isOnlyRealtime: true },
        { type: 'orderbook', codes: ['KRW-USDT'], is_only_snapshot: true },
      ),
    );
    run(50);
    const seen = connection.takeJson<Orderbook>().map((book) => book.code + book.stream_type);
    expect(new Set(seen)).toEqual(new Set(['KRW-BTCREALTIME', 'KRW-USDTSNAPSHOT']));
  });

  it.each([
    ['SIMPLE', { ty: 'orderbook', cd: 'KRW-BTC' }],
    ['JSON_LIST', [{ type: 'orderbook', code: 'KRW-BTC' }]],
    ['SIMPLE_LIST', [{ ty: 'orderbook', cd: 'KRW-BTC' }]],
  ])('speaks the format %s', (format, shape) => {
    const { connection, handler } = start().connect(PATH);
    handler.onText(request({ type: 'orderbook', codes: ['KRW-BTC'] }, { format }));
    expect(connection.takeJson()[0]).toMatchObject(shape as object);
  });

  it('lets a request take the place of the one before', () => {
    const { connect, run, market } = start();
    const { connection, handler } = connect(PATH);
    handler.onText(request({ type: 'orderbook', codes: ['KRW-BTC'] }));
    handler.onText(request({ type: 'trade', codes: ['KRW-USDT'] }));
    connection.take();
    run(100);
    expect(new Set(connection.takeJson<Orderbook>().map(({ type, code }) => type + code))).toEqual(
      new Set(['tradeKRW-USDT']),
    );
    expect(market.listenerCount).toBe(0);
    handler.onText(request({ method: 'LIST_SUBSCRIPTIONS' }));
    expect(connection.takeJson()).toEqual([
      {
        method: 'LIST_SUBSCRIPTIONS',
        result: [{ type: 'trade', codes: ['KRW-USDT'] }],
        ticket: 'test',
      },
    ]);
  });

  it.each([
    ['dance', 'WRONG_FORMAT'],
    ['{"ticket":"a"}', 'WRONG_FORMAT'],
    ['[{"type":"ticker","codes":["KRW-BTC"]}]', 'NO_TICKET'],
    [request(), 'NO_TYPE'],
    [request({ codes: ['KRW-BTC'] }), 'NO_TYPE'],
    [request({ type: 'ticker' }), 'NO_CODES'],
    [request({ type: 'ticker', codes: [] }), 'INVALID_PARAM'],
    [request({ type: 'ticker', codes: ['KRW-BTC'] }, { format: 'XML' }), 'WRONG_FORMAT'],
  ])('answers %s with %s', (text, name) => {
    const { connection, handler } = start().connect(PATH);
    handler.onText(text);
    expect(connection.takeJson()).toMatchObject([{ error: { name } }]);
  });

  it('answers PING and cuts off a client that is silent for two minutes', () => {
    const { connect, timers } = start();
    const silent = connect(PATH).connection;
    const { connection, handler } = connect(PATH);
    timers.advance(100_000);
    handler.onText('PING');
    expect(connection.take()).toEqual(['{"status":"UP"}']);
    timers.advance(30_000);
    expect(silent.closed).toBeDefined();
    expect(connection.closed).toBeUndefined();
  });

  it('has the fields of recorded frames', () => {
    const recorded = recordedMessages('upbit-2021-04-17') as Record<string, unknown>[] | undefined;
    if (recorded === undefined) return;
    const { connect, run } = start();
    const { connection, handler } = connect(PATH);
    const codes = ['KRW-BTC'];
    const parts = [{ type: 'orderbook', codes }, { type: 'trade', codes }, { format: 'SIMPLE' }];
    handler.onText(request(...parts));
    run(100);
    const ours = connection.takeJson<Record<string, unknown>>();
    // Fields that the exchange has added since the recording.
    const added = ['lv:number', 'bap:number', 'bas:number', 'bbp:number', 'bbs:number'];
    for (const type of ['orderbook', 'trade']) {
      const shape = (messages: readonly Record<string, unknown>[]): string[] =>
        shapeOf(messages.find((message) => message['ty'] === type));
      const old = shape(ours).filter((field) => !added.includes(field));
      expect(old).toEqual(shape(recorded));
      expect(old.length).toBeGreaterThan(6);
    }
  });
});

describe('upbit REST', () => {
  it('gives books that agree with the market and says how many requests remain', () => {
    const { get, market } = start();
    const answer = get('/v1/orderbook?markets=KRW-BTC&count=15');
    expect(answer.headers?.['remaining-req']).toBe('group=orderbook; min=540; sec=9');
    expectSame((JSON.parse(answer.body) as Orderbook[])[0], market, 15);
  });

  it('answers 429 to the eleventh request of a group in a second', () => {
    const { get, timers } = start();
    for (let count = 0; count < 10; count += 1) get('/v1/ticker?markets=KRW-BTC');
    expect(get('/v1/ticker?markets=KRW-BTC').status).toBe(429);
    expect(get('/v1/market/all').status).toBe(200);
    timers.advance(1000);
    expect(get('/v1/ticker?markets=KRW-BTC').status).toBe(200);
  });

  it.each([
    ['/v1/orderbook', 400],
    ['/v1/orderbook?markets=KRW-FOO', 404],
    ['/v1/trades/ticks?market=KRW-BTC&count=3', 200],
    ['/v1/trades/ticks', 400],
  ])('answers %s with %i', (url, status) => {
    expect(start().get(url).status).toBe(status);
  });
});
