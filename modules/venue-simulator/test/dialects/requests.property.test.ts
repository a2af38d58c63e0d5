import fc from 'fast-check';
import { DIALECT_SERVERS } from '../../src/adapters/dialects/index.ts';
import { bench } from './support.ts';

/** Paths, and texts that the venue takes, for the mutations to start from. */
const VENUES = [
  {
    venue: 'binance',
    paths: ['/ws', '/stream?streams=AAA@trade', '/ws/aaabbb@depth5@100ms', '/ws-api/v3'],
    symbols: ['AAABBB', 'CCCBBB'],
    texts: [
      '{"method":"SUBSCRIBE","params":["aaabbb@depth@100ms","aaabbb@trade"],"id":1}',
      '{"method":"UNSUBSCRIBE","params":["aaabbb@trade"],"id":2}',
      '{"method":"SET_PROPERTY","params":["combined",true],"id":3}',
      '{"method":"userDataStream.subscribe.signature","params":{"apiKey":"a","timestamp":1},"id":4}',
    ],
    rest: ['/api/v3/depth?symbol=AAABBB&limit=5', '/api/v3/trades?symbol=AAABBB&limit=2'],
  },
  {
    venue: 'kraken',
    paths: ['/v2', '/'],
    symbols: ['AAA/BBB', 'CCC/BBB'],
    texts: [
      '{"method":"subscribe","params":{"channel":"book","symbol":["AAA/BBB"],"depth":25},"req_id":1}',
      '{"event":"subscribe","pair":["AAA/BBB"],"reqid":2,"subscription":{"name":"book","depth":10}}',
      '{"method":"subscribe","params":{"channel":"instrument","snapshot":true}}',
      '{"method":"subscribe","params":{"channel":"executions","token":"a"}}',
    ],
    rest: ['/0/public/Depth?pair=AAABBB&count=4', '/0/public/Trades?pair=AAABBB'],
  },
  {
    venue: 'coinbase',
    paths: ['/', '/exchange'],
    symbols: ['AAA-BBB', 'CCC-BBB'],
    texts: [
      '{"type":"subscribe","channel":"level2","product_ids":["AAA-BBB"]}',
      '{"type":"subscribe","product_ids":["AAA-BBB"],"channels":["level2",{"name":"ticker"}]}',
      '{"type":"subscribe","channel":"heartbeats"}',
      '{"type":"subscribe","channel":"user","jwt":"a.b.c","product_ids":["AAA-BBB"]}',
    ],
    rest: [
      '/api/v3/brokerage/market/product_book?product_id=AAA-BBB&limit=4',
      '/api/v3/brokerage/market/products/AAA-BBB/ticker?limit=2',
    ],
  },
  {
    venue: 'upbit',
    paths: ['/websocket/v1'],
    symbols: ['BBB-AAA', 'BBB-CCC'],
    texts: [
      '[{"ticket":"a"},{"type":"orderbook","codes":["BBB-AAA.15"]},{"format":"SIMPLE"}]',
      '[{"ticket":"a"},{"type":"trade","codes":["BBB-AAA"],"isOnlyRealtime":true}]',
      '[{"ticket":"a"},{"method":"LIST_SUBSCRIPTIONS"}]',
    ],
    rest: ['/v1/orderbook?markets=BBB-AAA&count=5', '/v1/trades/ticks?market=BBB-AAA&count=2'],
  },
  {
    venue: 'bitfinex',
    paths: ['/ws/2'],
    symbols: ['tAAABBB', 'tCCCBBB'],
    texts: [
      '{"event":"subscribe","channel":"book","symbol":"tAAABBB","prec":"P0","len":"25"}',
      '{"event":"conf","flags":229376}',
      '{"event":"unsubscribe","chanId":200100}',
      '{"event":"auth","apiKey":"a","authSig":"b","authNonce":1,"authPayload":"AUTH1"}',
    ],
    rest: ['/v2/book/tAAABBB/P0?len=25', '/v2/conf/pub:info:pair,pub:list:currency'],
  },
] as const;

/** A text with a piece of it cut out, doubled or replaced. */
function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom('null', '-1', '1e999', '[]', '{}', '"', '\\u0000', '__proto__', '%', '%E0%'),
  );
  return fc
    .tuple(fc.constantFrom(...texts), fc.nat(200), fc.nat(12), piece)
    .map(([text, at, length, put]) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + put + text.slice(start + length);
    });
}

describe.each(VENUES)('$venue', ({ venue, paths, symbols, texts, rest }) => {
  const server = DIALECT_SERVERS.find((one) => one.venue === venue);
  if (server === undefined) throw new Error(`no dialect of ${venue}`);
  const shape = (symbol: string, base: string) =>
    ({ symbol, base, quote: 'BBB', tick: '0.01', step: '0.0001', middleTicks: 5000 }) as const;
  const shapes = [shape(symbols[0], 'AAA'), shape(symbols[1], 'CCC')] as const;

  it('takes any text without throwing, and leaves nothing behind', () => {
    const text = fc.oneof(
      { weight: 5, arbitrary: mutated(texts) },
      { weight: 2, arbitrary: fc.constantFrom<string>(...texts) },
      fc.string(),
      fc.json(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.array(text, { maxLength: 12 }), (path, said) => {
        const { connect, run, timers, market, other } = bench(server, shapes);
        const { connection, handler } = connect(path);
        for (const one of said) {
          handler.onText(one);
          timers.advance(300);
        }
        run(3);
        handler.onPong?.();
        handler.onMaintenance?.(true);
        timers.advance(2000);
        for (const frame of connection.take()) JSON.parse(frame);
        handler.onClose();
        expect([market.listenerCount, other.listenerCount, timers.pending]).toEqual([0, 0, 0]);
      }),
      { numRuns: 50 },
    );
  });

  it('answers any REST path and query without throwing', () => {
    fc.assert(
      fc.property(fc.array(mutated(rest), { maxLength: 10 }), (urls) => {
        const { dialect } = bench(server, shapes);
        for (const url of urls) {
          const target = URL.parse(url, 'http://test');
          if (target === null) continue;
          const answer = dialect.handle({
            method: 'GET',
            path: target.pathname,
            query: target.searchParams,
            headers: {},
            rawQuery: '',
            body: '',
            client: 'a',
          });
          if (answer !== undefined) JSON.parse(answer.body);
        }
      }),
      { numRuns: 50 },
    );
  });
});
