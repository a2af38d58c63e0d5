import { binanceServer } from '../../src/adapters/dialects/binance/index.ts';
import { recordedMessages, shapeOf } from './recorded.ts';
import { bench, levelsOf, PlainBook } from './support.ts';

const SHAPES = [
  {
    symbol: 'BTCUSDT',
    base: 'BTC',
    quote: 'USDT',
    tick: '0.01',
    step: '0.00001',
    middleTicks: 9_700_000,
  },
  {
    symbol: 'ETHUSDT',
    base: 'ETH',
    quote: 'USDT',
    tick: '0.01',
    step: '0.0001',
    middleTicks: 350_000,
  },
] as const;

interface DepthUpdate {
  readonly e: string;
  readonly U: number;
  readonly u: number;
  readonly b: readonly [string, string][];
  readonly a: readonly [string, string][];
}

interface DepthSnapshot {
  readonly lastUpdateId: number;
  readonly bids: readonly [string, string][];
  readonly asks: readonly [string, string][];
}

function apply(book: PlainBook, update: Pick<DepthUpdate, 'a' | 'b'>): void {
  for (const [price, size] of update.b) book.set('bids', Number(price), Number(size));
  for (const [price, size] of update.a) book.set('asks', Number(price), Number(size));
}

const start = () => bench(binanceServer, SHAPES);

describe('binance streams', () => {
  it('rebuild the market from a REST snapshot and the diffs that follow it', () => {
    const { connect, get, run, market, timers } = start();
    const { connection } = connect('/ws/btcusdt@depth@100ms');
    run(25);
    const snapshot = JSON.parse(
      get('/api/v3/depth?symbol=BTCUSDT&limit=1000').body,
    ) as DepthSnapshot;
    run(500);
    timers.advance(100);
    const book = new PlainBook();
    apply(book, { b: snapshot.bids, a: snapshot.asks });
    const updates = connection.takeJson<DepthUpdate>();
    let last = updates[0]?.U ?? 0;
    let lastApplied = snapshot.lastUpdateId;
    for (const update of updates) {
      expect(update.e).toBe('depthUpdate');
      expect(update.U).toBe(last);
      last = update.u + 1;
      if (update.u <= snapshot.lastUpdateId) continue;
      expect(update.U).toBeLessThanOrEqual(lastApplied + 1);
      lastApplied = update.u;
      apply(book, update);
    }
    expect(lastApplied).toBe(market.lastSequence);
    expect(book.sorted('bids')).toEqual(levelsOf(market, 'bids'));
    expect(book.sorted('asks')).toEqual(levelsOf(market, 'asks'));
  });

  it('gather a tenth of a second in one diff, a second without a suffix', () => {
    const { connect, run } = start();
    const fast = connect('/ws/btcusdt@depth@100ms').connection;
    const slow = connect('/ws/btcusdt@depth').connection;
    run(300);
    expect(fast.take().length).toBe(30);
    expect(slow.take().length).toBe(3);
  });

  it('wrap events of combined streams and follow SUBSCRIBE and UNSUBSCRIBE', () => {
    const { connect, run, timers } = start();
    const { connection, handler } = connect('/stream?streams=btcusdt@bookTicker');
    handler.onText(
      '{"method":"SUBSCRIBE","params":["ethusdt@trade","ethusdt@depth5@100ms"],"id":1}',
    );
    expect(connection.takeJson()).toEqual([{ result: null, id: 1 }]);
    run(200);
    const streams = connection.takeJson<{ stream: string }>().map(({ stream }) => stream);
    expect(new Set(streams)).toEqual(
      new Set(['btcusdt@bookTicker', 'ethusdt@trade', 'ethusdt@depth5@100ms']),
    );
    timers.advance(1000);
    connection.take();
    handler.onText('{"method":"LIST_SUBSCRIPTIONS","id":"a"}');
    expect(connection.takeJson()).toEqual([
      { result: ['btcusdt@bookTicker', 'ethusdt@trade', 'ethusdt@depth5@100ms'], id: 'a' },
    ]);
    const all = '["btcusdt@bookTicker","ethusdt@trade","ethusdt@depth5@100ms"]';
    handler.onText(`{"method":"UNSUBSCRIBE","params":${all},"id":3}`);
    run(200);
    expect(connection.takeJson()).toEqual([{ result: null, id: 3 }]);
  });

  it('show every change of the best prices on bookTicker', () => {
    const { connect, run, market } = start();
    const { connection } = connect('/ws/btcusdt@bookTicker');
    const seen: string[] = [];
    const expected: string[] = [];
    let last = `${levelsOf(market, 'bids', 1)}/${levelsOf(market, 'asks', 1)}`;
    for (let step = 0; step < 300; step += 1) {
      run(1);
      const now = `${levelsOf(market, 'bids', 1)}/${levelsOf(market, 'asks', 1)}`;
      if (now !== last) expected.push(now);
      last = now;
      for (const ticker of connection.takeJson<Record<'b' | 'B' | 'a' | 'A', string>>()) {
        seen.push(
          `${Number(ticker.b)},${Number(ticker.B)}/${Number(ticker.a)},${Number(ticker.A)}`,
        );
      }
    }
    expect(expected.length).toBeGreaterThan(20);
    expect(seen).toEqual(expected);
  });

  it.each([
    ['not json', { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' }],
    [
      '{"method":"SUBSCRIBE","params":["nonsense"],"id":1}',
      { code: 2, msg: 'Invalid request: invalid stream' },
    ],
    [
      '{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":-1}',
      { code: 2, msg: 'Invalid request: request ID must be an unsigned integer' },
    ],
    ['{"method":"SET_PROPERTY","params":["other",1],"id":1}', { code: 0, msg: 'Unknown property' }],
    [
      '{"method":"SET_PROPERTY","params":["combined",1],"id":1}',
      { code: 1, msg: 'Invalid value type: expected Boolean' },
    ],
  ])('refuse %s as the exchange does', (text, error) => {
    const { connection, handler } = start().connect('/ws');
    handler.onText(text);
    expect(connection.takeJson<{ error: unknown }>()[0]?.error).toEqual(error);
  });

  it('close a connection that sends a sixth text within a second', () => {
    const { connection, handler } = start().connect('/ws');
    for (let count = 0; count < 5; count += 1)
      handler.onText('{"method":"LIST_SUBSCRIPTIONS","id":1}');
    expect(connection.closed).toBeUndefined();
    handler.onText('{"method":"LIST_SUBSCRIPTIONS","id":1}');
    expect(connection.closed).toEqual({ code: 1008, reason: 'Too many requests' });
  });

  it('ping every 20 s and close a connection that never answers', () => {
    const { connect, timers } = start();
    const silent = connect('/ws');
    const alive = connect('/ws');
    for (let second = 0; second < 100; second += 1) {
      timers.advance(1000);
      alive.handler.onPong?.();
    }
    expect(alive.connection.pings).toBe(5);
    expect(alive.connection.closed).toBeUndefined();
    expect(silent.connection.closed?.reason).toBe('Pong timeout');
  });

  it('leave the market when the last subscriber goes', () => {
    const { connect, market, timers } = start();
    const first = connect('/ws/btcusdt@trade');
    const second = connect('/ws/btcusdt@trade');
    expect(market.listenerCount).toBe(1);
    first.handler.onClose();
    second.handler.onClose();
    expect(market.listenerCount).toBe(0);
    expect(timers.pending).toBe(0);
  });

  it('have the fields of recorded frames', () => {
    const recorded = recordedMessages('binance-2021-10-11') as { stream: string; data: object }[];
    if (recorded === undefined) return;
    const { connect, run } = start();
    const { connection } = connect(
      '/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@aggTrade',
    );
    run(200);
    const ours = connection.takeJson<{ stream: string; data: object }>();
    for (const channel of ['depth@100ms', 'bookTicker', 'aggTrade']) {
      const full = (messages: readonly { stream: string; data: object }[]): string[] =>
        [
          ...new Set(
            messages
              .filter(({ stream }) => stream.endsWith(`@${channel}`))
              .flatMap(({ data }) => shapeOf(data)),
          ),
        ].sort();
      expect(full(ours)).toEqual(full(recorded));
    }
  });
});

describe('binance REST', () => {
  it('counts weight and answers 429, then 418, with the time to wait', () => {
    const { get, timers } = start();
    expect(get('/api/v3/depth?symbol=BTCUSDT&limit=5000').headers).toMatchObject({
      'x-mbx-used-weight-1m': '250',
    });
    for (let count = 0; count < 23; count += 1) get('/api/v3/depth?symbol=BTCUSDT&limit=5000');
    const refused = get('/api/v3/ping');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers?.['retry-after'])).toBeGreaterThan(0);
    for (let count = 0; count < 10; count += 1) get('/api/v3/ping');
    const banned = get('/api/v3/ping');
    expect(banned.status).toBe(418);
    timers.advance(121_000);
    expect(get('/api/v3/ping').status).toBe(200);
  });

  it.each([
    ['/api/v3/depth', 400, -1102],
    ['/api/v3/depth?symbol=NOPE', 400, -1121],
    ['/api/v3/depth?symbol=BTCUSDT&limit=x', 400, -1100],
    ['/api/v3/exchangeInfo?symbol=NOPE', 400, -1121],
    ['/api/v3/nothing', 404, -1000],
  ])('answers %s with %i and code %i', (url, status, code) => {
    const answer = start().get(url);
    expect(answer.status).toBe(status);
    expect((JSON.parse(answer.body) as { code: number }).code).toBe(code);
  });

  it('answers for one symbol, for several and for all', () => {
    const { get } = start();
    const ask = (query: string) =>
      JSON.parse(get(`/api/v3/ticker/price${query}`).body) as { symbol: string };
    expect(ask('?symbol=ETHUSDT').symbol).toBe('ETHUSDT');
    expect(ask('?symbols=["ETHUSDT"]')).toMatchObject([{ symbol: 'ETHUSDT' }]);
    expect(ask('')).toMatchObject([{ symbol: 'BTCUSDT' }, { symbol: 'ETHUSDT' }]);
    expect(get('/api/v3/ticker/24hr?symbols=["NOPE"]').status).toBe(400);
  });

  it('lists the rules of each symbol', () => {
    const info = JSON.parse(start().get('/api/v3/exchangeInfo').body) as {
      symbols: { symbol: string; filters: { filterType: string; tickSize?: string }[] }[];
    };
    expect(info.symbols.map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(info.symbols[0]?.filters[0]).toMatchObject({ tickSize: '0.01000000' });
  });
});
