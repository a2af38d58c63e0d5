import fc from 'fast-check';
import { bitfinexDialect } from '../../src/adapters/dialects/bitfinex.ts';
import { coinbaseDialect } from '../../src/adapters/dialects/coinbase.ts';
import { coinbaseExchangeDialect } from '../../src/adapters/dialects/coinbase-exchange.ts';
import { krakenDialect } from '../../src/adapters/dialects/kraken.ts';
import { krakenV1Dialect } from '../../src/adapters/dialects/kraken-v1.ts';
import { upbitDialect } from '../../src/adapters/dialects/upbit.ts';
import type { FeedDialect } from '../../src/domain/feed.ts';
import { plainKrakenChecksum } from './kraken-reference.ts';
import { Player } from './recording-sink.ts';
import { levelsOf, PlainBook } from './recordings.ts';

/** What a session may be told, the first text being what makes its book whole. */
interface Sample {
  readonly dialect: FeedDialect;
  readonly symbol: string;
  /** Texts that come before the snapshot on every connection. */
  readonly opening: readonly string[];
  readonly snapshot: string;
  readonly others: readonly string[];
}

const KRAKEN_BOOK = new PlainBook();
KRAKEN_BOOK.set('bids', '45283.5', '0.10000000');
KRAKEN_BOOK.set('asks', '45285.2', '0.00100000');
const KRAKEN_CHECKSUM = plainKrakenChecksum(KRAKEN_BOOK);

const SAMPLES: readonly Sample[] = [
  {
    dialect: krakenV1Dialect,
    symbol: 'XBT/USD',
    opening: [],
    snapshot:
      '[0,{"as":[["100.10000","2.00","1618678133.5"]],"bs":[["100.00000","1.00","1618678132.2"]]},' +
      '"book-10","XBT/USD"]',
    others: [
      '[0,{"a":[["100.20000","2.50000000","1618678134.365913"]],"c":"3025137416"},"book-10","XBT/USD"]',
      '[0,{"a":[["100.2","2.5","1618678134.0"]]},{"b":[["99.9","0.0","1618678134.0","r"]],"c":"1"},' +
        '"book-10","XBT/USD"]',
      '[1,[["354.11000000","0.89594024","1618678142.557535","s","l",""]],"trade","XBT/USD"]',
      '[2,{"a":["13.2",35,"35.7"],"b":["13.1",185,"185.1"],"c":["13.2","3.7"],"v":["2.8","7.0"]},' +
        '"ticker","XBT/USD"]',
      '{"channelID":0,"channelName":"book-10","event":"subscriptionStatus","pair":"XBT/USD",' +
        '"status":"subscribed","subscription":{"depth":10,"name":"book"}}',
      '{"event":"heartbeat"}',
    ],
  },
  {
    dialect: krakenDialect,
    symbol: 'BTC/USD',
    opening: [],
    snapshot:
      '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",' +
      '"bids":[{"price":45283.5,"qty":0.10000000}],"asks":[{"price":45285.2,"qty":0.00100000}],' +
      `"checksum":${KRAKEN_CHECKSUM}}]}`,
    others: [
      '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":45283.4,' +
        '"qty":1.5}],"asks":[],"checksum":12,"timestamp":"2023-10-06T17:35:55.440295Z"}]}',
      '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":0.51,' +
        '"qty":64.2,"ord_type":"limit","trade_id":46,"timestamp":"2023-09-25T07:48:36.925533Z"}]}',
      '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":0.1,"bid_qty":740.0,' +
        '"ask":0.2,"ask_qty":741.0,"last":0.3,"volume":997038.9}]}',
      '{"method":"subscribe","result":{"channel":"book","depth":10,"symbol":"BTC/USD"},' +
        '"success":true}',
    ],
  },
  {
    dialect: coinbaseDialect,
    symbol: 'BTC-USD',
    opening: [],
    snapshot:
      '{"channel":"l2_data","timestamp":"2026-08-09T21:05:48.5Z","sequence_num":3,"events":[{"type":' +
      '"snapshot","product_id":"BTC-USD","updates":[{"side":"bid","event_time":' +
      '"2026-08-09T21:05:48Z","price_level":"99.5","new_quantity":"1.0"}]}]}',
    others: [
      '{"channel":"l2_data","timestamp":"2026-08-09T21:05:48.5Z","sequence_num":4,"events":[{"type":' +
        '"update","product_id":"BTC-USD","updates":[{"side":"offer","event_time":"x","price_level":' +
        '"100.5","new_quantity":"0.5"},{"side":"bid","event_time":"x","price_level":"99.5",' +
        '"new_quantity":"0"}]}]}',
      '{"channel":"market_trades","timestamp":"x","sequence_num":4,"events":[{"type":"update",' +
        '"trades":[{"product_id":"BTC-USD","trade_id":"1068572091","price":"65083.67","size":"0.1",' +
        '"time":"2026-08-09T21:05:48Z","side":"SELL"}]}]}',
      '{"channel":"heartbeats","timestamp":"x","sequence_num":5,"events":[{"heartbeat_counter":1}]}',
      '{"type":"error","message":"no"}',
    ],
  },
  {
    dialect: coinbaseExchangeDialect,
    symbol: 'BTC-USD',
    opening: [],
    snapshot:
      '{"type":"snapshot","product_id":"BTC-USD","bids":[["99.5","1"]],"asks":[["100","2.50"]]}',
    others: [
      '{"type":"l2update","product_id":"BTC-USD","changes":[["buy","99.6","3.0"],["sell","100","0"]],' +
        '"time":"2021-04-17T16:43:37.077621Z"}',
      '{"type":"match","trade_id":7,"side":"sell","size":"0.5","price":"100","product_id":"BTC-USD",' +
        '"time":"2021-04-17T16:43:37Z"}',
      '{"type":"ticker","product_id":"BTC-USD","price":"0.57","volume_24h":"34.1","best_bid":"0.5",' +
        '"best_ask":"0.6","time":"x"}',
    ],
  },
  {
    dialect: upbitDialect,
    symbol: 'KRW-BTC',
    opening: [],
    snapshot:
      '{"ty":"orderbook","cd":"KRW-BTC","tms":1618678262640,"tas":1.5,"tbs":2.0,"obu":[{"ap":101.0,' +
      '"bp":100.0,"as":1.50,"bs":2.0},{"ap":102.0,"bp":99.0,"as":1.0,"bs":7e-7}],"st":"REALTIME"}',
    others: [
      '{"ty":"trade","cd":"KRW-BTC","tms":1618678262712,"td":"2021-04-17","ttm":"16:51:02","ttms":' +
        '1618678262000,"tp":127.0,"tv":46.48,"ab":"BID","pcp":123.0,"c":"RISE","cp":4.0,"sid":16,' +
        '"st":"REALTIME"}',
      '{"ty":"ticker","cd":"KRW-BTC","tp":101.5,"atv24h":12.25,"tms":1618678262640}',
      '{"status":"UP"}',
    ],
  },
  {
    dialect: bitfinexDialect,
    symbol: 'tBTCUSD',
    opening: [
      '{"event":"conf","status":"OK","flags":196608}',
      '{"event":"subscribed","channel":"book","chanId":5,"symbol":"tBTCUSD","prec":"P0"}',
      '{"event":"subscribed","channel":"trades","chanId":6,"symbol":"tBTCUSD"}',
      '{"event":"subscribed","channel":"ticker","chanId":7,"symbol":"tBTCUSD"}',
    ],
    snapshot: '[5,[[7245.5,2,0.5],[7e3,1,1.25],[7246,1,-3.5]],1]',
    others: [
      '[5,[7245.25,1,-0.75],2]',
      '[5,[7245.5,0,1],2]',
      '[5,"cs",-1234567,2]',
      '[5,"hb",2]',
      '[6,"te",[401597395,1574694478808,-0.005,7245.3],2]',
      '[7,[0.068,60157.3,0.0774,48578.5,0.001969,0.0262,0.076989,101459.3,0.0828,0.068961],2]',
    ],
  },
];

function opened({ dialect, opening }: Sample) {
  const player = new Player(dialect);
  for (const text of opening) player.session(0).onText(text, 0);
  return player;
}

/** A book that is live has no level out of order, of no size, or that is no number. */
function expectSound(player: Player): void {
  for (const { live, book } of player.sink.markets.values()) {
    if (!live) continue;
    for (const [sign, side] of [[1, book.bids] as const, [-1, book.asks] as const]) {
      for (let index = 0; index < side.depth; index += 1) {
        const price = side.price(index);
        expect(price > 0 && Number.isFinite(price)).toBe(true);
        expect(side.size(index) > 0 && Number.isFinite(side.size(index))).toBe(true);
        expect(Number(side.priceText(index))).toBe(price);
        expect(Number(side.sizeText(index))).toBe(side.size(index));
        if (index > 0) expect(sign * price).toBeLessThan(sign * side.price(index - 1));
      }
    }
  }
}

const PIECES = [
  ...[
    '"',
    ',',
    ':',
    '[',
    ']',
    '{',
    '}',
    '\\',
    '-',
    '.',
    '0',
    '9',
    'e',
    'x',
    ' ',
    '[]',
    '{}',
    'null',
  ],
  ...['1e999', '-1', '0.0', '1e-300', '"__proto__":', 'true', '9'.repeat(50), '\u00e9', '[[', ']]'],
];
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.integer({ min: 0, max: 6 }),
  added: fc.constantFrom('', ...PIECES),
});

function mutated(
  text: string,
  mutations: readonly { at: number; removed: number; added: string }[],
) {
  return mutations.reduce((one, { at, removed, added }) => {
    const start = Math.floor(at * one.length);
    return one.slice(0, start) + added + one.slice(start + removed);
  }, text);
}

const texts = ({ snapshot, others }: Sample) =>
  fc.array(
    fc
      .tuple(
        fc.constantFrom(snapshot, ...others),
        fc.array(mutation, { minLength: 0, maxLength: 3 }),
      )
      .map(([text, mutations]) => mutated(text, mutations)),
    { minLength: 1, maxLength: 6 },
  );

describe.each(SAMPLES.map((sample) => [sample.dialect.name, sample] as const))(
  '%s',
  (_, sample) => {
    test('its samples are what the venue would send', () => {
      const player = opened(sample);
      const { sink } = player;
      player.session(0).onText(sample.snapshot, 0);
      expect(sink.known(sample.symbol).live).toBe(true);
      for (const text of sample.others) player.session(0).onText(text, 0);
      expect(sink.malformedDetails).toEqual([]);
    });

    test('any text is accounted for and none throws', () => {
      const deep = fc.integer({ min: 1, max: 30_000 }).map((depth) => '['.repeat(depth));
      const closed = deep.map((text) => text + ']'.repeat(text.length));
      const any = fc.oneof(fc.string(), fc.json(), deep, closed, fc.constantFrom(...PIECES));
      fc.assert(
        fc.property(any, (text) => {
          const player = opened(sample);
          const before = player.sink.calls;
          player.session(0).onText(text, 0);
          expect(player.sink.calls).toBeGreaterThan(before);
        }),
        { numRuns: 200 },
      );
    });

    test('mutated frames are accounted for and leave no unsound book live', () => {
      fc.assert(
        fc.property(texts(sample), (list) => {
          const player = opened(sample);
          player.session(0).onText(sample.snapshot, 0);
          for (const text of list) {
            const before = player.sink.calls;
            player.session(0).onText(text, 0);
            expect(player.sink.calls).toBeGreaterThan(before);
            expectSound(player);
          }
        }),
        { numRuns: 400 },
      );
    });

    test('what is scanned is what JSON.parse would have read', () => {
      fc.assert(
        fc.property(texts(sample), (list) => {
          const scanned = opened(sample);
          const parsed = opened(sample);
          for (const text of [sample.snapshot, ...list]) {
            scanned.session(0).onText(text, 0);
            // No scanner takes a text with a space behind it, and JSON.parse does not mind.
            parsed.session(0).onText(`${text} `, 0);
          }
          expect(scanned.sink.count).toEqual(parsed.sink.count);
          expect(scanned.sink.trades).toEqual(parsed.sink.trades);
          expect(scanned.sink.lastTimeUs).toBe(parsed.sink.lastTimeUs);
          const books = ({ sink }: Player) =>
            [...sink.markets.values()].map(({ symbol, live, book }) => {
              return [symbol, live, levelsOf(book.bids), levelsOf(book.asks)];
            });
          expect(books(scanned)).toEqual(books(parsed));
        }),
        { numRuns: 400 },
      );
    });

    test('a snapshot brings the book back after anything, if need be reconnected', () => {
      fc.assert(
        fc.property(texts(sample), (list) => {
          const player = opened(sample);
          for (const text of [sample.snapshot, ...list]) player.session(0).onText(text, 0);
          const fresh = player.session(1);
          for (const text of [...sample.opening, sample.snapshot]) fresh.onText(text, 0);
          const { live, book } = player.sink.known(sample.symbol);
          const expected = opened(sample);
          expected.session(0).onText(sample.snapshot, 0);
          const plain = expected.sink.known(sample.symbol).book;
          expect(live).toBe(true);
          expect(levelsOf(book.bids)).toEqual(levelsOf(plain.bids));
          expect(levelsOf(book.asks)).toEqual(levelsOf(plain.asks));
        }),
        { numRuns: 150 },
      );
    });
  },
);
