import fc from 'fast-check';
import { krakenDialect } from '../../src/adapters/dialects/kraken.ts';
import { cut, plainKrakenChecksum } from './kraken-reference.ts';
import { Player } from './recording-sink.ts';
import { levelsOf, PlainBook } from './recordings.ts';

const SYMBOL = 'BTC/USD';

function opened(depth = 10) {
  const player = new Player(krakenDialect);
  const session = player.session(0);
  session.onSent(
    JSON.stringify({ method: 'subscribe', params: { channel: 'book', symbol: [SYMBOL], depth } }),
  );
  return { session, sink: player.sink, say: (text: string) => session.onText(text, 0) };
}

type Level = readonly [price: string, size: string];
const side = (levels: readonly Level[]) =>
  `[${levels.map(([price, size]) => `{"price":${price},"qty":${size}}`).join(',')}]`;
const message = (
  type: string,
  { bids = [], asks = [], checksum }: { bids?: Level[]; asks?: Level[]; checksum: number },
) =>
  `{"channel":"book","type":"${type}","data":[{"symbol":"${SYMBOL}","bids":${side(bids)},` +
  `"asks":${side(asks)},"checksum":${checksum},"timestamp":"2023-10-06T17:35:55.440295Z"}]}`;

/** The example of the venue's own documentation. */
const ASKS: Level[] = [
  ['45285.2', '0.00100000'],
  ['45286.4', '1.54571953'],
  ['45286.6', '1.54571109'],
  ['45289.6', '1.54560911'],
  ['45290.2', '0.15890660'],
  ['45291.8', '1.54553491'],
  ['45294.7', '0.04454749'],
  ['45296.1', '0.35380000'],
  ['45297.5', '0.09945542'],
  ['45299.5', '0.18772827'],
];
const BIDS: Level[] = [
  ['45283.5', '0.10000000'],
  ['45283.4', '1.54582015'],
  ['45282.1', '0.10000000'],
  ['45281.0', '0.10000000'],
  ['45280.3', '1.54592586'],
  ['45279.0', '0.07990000'],
  ['45277.6', '0.03310103'],
  ['45277.5', '0.30000000'],
  ['45277.3', '1.54602737'],
  ['45276.6', '0.15445238'],
];
const CHECKSUM = 3310070434;
const SNAPSHOT = message('snapshot', { bids: BIDS, asks: ASKS, checksum: CHECKSUM });

test("verifies the documentation's own example, trailing zeros and all", () => {
  const { sink, say } = opened();
  say(SNAPSHOT);
  expect(sink.count).toMatchObject({ verified: 1, failed: 0, book: 1 });
  expect(levelsOf(sink.known(SYMBOL).book.asks)).toEqual(ASKS);
  expect(sink.lastTimeUs).toBe(Date.UTC(2023, 9, 6, 17, 35, 55) * 1000 + 440_295);
});

test('verifies it in another spelling and order too', () => {
  const { sink, say } = opened();
  say(
    `{ "type": "snapshot", "channel": "book", "data": [ { "checksum": ${CHECKSUM}, ` +
      `"asks": ${side(ASKS)}, "bids": ${side(BIDS)}, "symbol": "${SYMBOL}" } ] }`,
  );
  expect(sink.count).toMatchObject({ verified: 1, failed: 0, book: 1 });
});

test('a flipped digit fails the checksum, and a new snapshot brings the book back', () => {
  const { session, sink, say } = opened();
  say(SNAPSHOT);
  say(message('update', { bids: [['45283.5', '0.10000001']], checksum: CHECKSUM }));
  const market = sink.known(SYMBOL);
  expect(sink.count.failed).toBe(1);
  expect(sink.dropped).toEqual([{ symbol: SYMBOL, reason: 'CHECKSUM_MISMATCH' }]);
  session.resync(market);
  expect(sink.sent.map((text) => (JSON.parse(text) as { method: string }).method)).toEqual([
    'unsubscribe',
    'subscribe',
  ]);
  say(message('update', { bids: [['45283.5', '0.2']], checksum: 1 }));
  expect(sink.count.pending).toBe(1);
  say(SNAPSHOT);
  expect(market.live).toBe(true);
  expect(sink.count.verified).toBe(2);
});

test('a snapshot that fails its checksum is not taken', () => {
  const { sink, say } = opened();
  say(message('snapshot', { bids: BIDS, asks: ASKS, checksum: CHECKSUM + 1 }));
  expect(sink.known(SYMBOL).live).toBe(false);
  expect(sink.count).toMatchObject({ failed: 1, book: 0 });
});

const step = fc.record({
  isBid: fc.boolean(),
  tick: fc.integer({ min: 1, max: 30 }),
  size: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 999_999_999 })),
});

test('keeps any stream of updates equal to a plain book, checksums included', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 60 }),
      fc.constantFrom(10, 25),
      (batches, depth) => {
        const { sink, say } = opened(depth);
        const plain = new PlainBook();
        say(message('snapshot', { checksum: 0 }));
        for (const batch of batches) {
          const levels = { bids: [] as Level[], asks: [] as Level[] };
          for (const { isBid, tick, size } of batch) {
            const price = ((isBid ? 1000 - tick : 1000 + tick) / 10).toFixed(1);
            const name = isBid ? 'bids' : 'asks';
            levels[name].push([price, (size / 1e8).toFixed(8)]);
          }
          for (const name of ['bids', 'asks'] as const) {
            for (const [price, size] of levels[name]) plain.set(name, price, size);
          }
          cut(plain, depth);
          say(message('update', { ...levels, checksum: plainKrakenChecksum(plain) }));
        }
        const { book } = sink.known(SYMBOL);
        expect(sink.count).toMatchObject({ failed: 0, verified: batches.length + 1 });
        expect(levelsOf(book.bids)).toEqual(plain.levels('bids'));
        expect(levelsOf(book.asks)).toEqual(plain.levels('asks'));
      },
    ),
    { numRuns: 150 },
  );
});

test('learns the depth from the acknowledgement as well', () => {
  const { sink, say } = opened();
  say(
    '{"method":"subscribe","result":{"channel":"book","depth":25,"snapshot":true,' +
      `"symbol":"${SYMBOL}"},"success":true}`,
  );
  const bids = Array.from({ length: 30 }, (_, index): Level => [`${100 - index}.0`, '1.0']);
  const plain = new PlainBook();
  for (const [price, size] of bids) plain.set('bids', price, size);
  say(message('snapshot', { bids, checksum: plainKrakenChecksum(plain) }));
  expect(sink.known(SYMBOL).book.bids.depth).toBe(25);
  expect(sink.count.status).toBe(1);
});

test('reads trades once each, tickers, heartbeats, status and refusals', () => {
  const { sink, say } = opened();
  const trade =
    '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":0.5147,' +
    '"qty":6423.46320,"ord_type":"limit","trade_id":4665846,' +
    '"timestamp":"2023-09-25T07:48:36.925533Z"}]}';
  say(trade);
  say(trade);
  say(
    '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":0.10025,' +
      '"bid_qty":740.0,"ask":0.10035,"ask_qty":741.0,"last":0.10036,"volume":997038.9}]}',
  );
  say('{"channel":"heartbeat"}');
  say('{"channel":"status","type":"update","data":[{"system":"online"}]}');
  say('{"error":"Currency pair not supported X/Y","method":"subscribe","success":false}');
  expect(sink.trades.map((one) => one.trade)).toEqual([
    {
      tradeId: '4665846',
      price: '0.5147',
      size: '6423.46320',
      aggressor: 'bid',
      exchangeTimeUs: Date.UTC(2023, 8, 25, 7, 48, 36) * 1000 + 925_533,
    },
  ]);
  expect(sink.tickers[0]?.ticker).toMatchObject({ bid: 0.10025, askSize: 741, last: 0.10036 });
  expect(sink.count).toMatchObject({ heartbeat: 1, status: 1, ignored: 1, malformed: 0 });
  expect(sink.venueErrors.map(({ fatal }) => fatal)).toEqual([true]);
});

test('subscribes to the least depth that holds what is asked for', () => {
  const { sink } = opened();
  krakenDialect.open({ sink, symbols: [SYMBOL], depth: 20, channels: ['book'] }).start();
  expect(sink.sent.map((text) => JSON.parse(text) as unknown)).toEqual([
    { method: 'subscribe', params: { channel: 'book', symbol: [SYMBOL], depth: 25 } },
  ]);
});
