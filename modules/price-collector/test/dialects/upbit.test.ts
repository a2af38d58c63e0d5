import { Decimal } from '@ats/domain';
import { upbitDialect } from '../../src/adapters/dialects/upbit.ts';
import { type Frame, Player } from './recording-sink.ts';
import { describeRecording, levelsOf } from './recordings.ts';

interface Unit {
  readonly ap: number;
  readonly bp: number;
  readonly as: number;
  readonly bs: number;
}
interface Message {
  readonly ty: string;
  readonly cd: string;
  readonly obu: readonly Unit[];
  readonly sid: number;
}

const messagesOf = (frames: readonly Frame[]): Message[] =>
  frames.filter(({ kind }) => kind === 'in').map(({ text }) => JSON.parse(text) as Message);

function opened() {
  const player = new Player(upbitDialect);
  const session = player.session(0);
  return { session, sink: player.sink, say: (text: string) => session.onText(text, 0) };
}

const book = (units: string) =>
  `{"ty":"orderbook","cd":"KRW-BTC","tms":1618678262640,"tas":1.5,"tbs":2,"obu":[${units}],` +
  '"st":"REALTIME"}';
const BOOK = book(
  '{"ap":101.0,"bp":100.0,"as":1.50,"bs":2.0},{"ap":102.0,"bp":99.0,"as":0E-8,"bs":7e-7}',
);

describeRecording('upbit-2021-04-17', (frames) => {
  test("adds up to the venue's own totals in every one of its 145 books", () => {
    const { session, sink } = opened();
    let verified = 0;
    for (const { text, atUs } of frames.filter(({ kind }) => kind === 'in')) {
      session.onText(text, atUs);
      const [, symbol, asks, bids] = /"cd":"([^"]+)".*"tas":([^,]+),"tbs":([^,]+)/.exec(text) ?? [];
      if (symbol === undefined || asks === undefined || bids === undefined) continue;
      const total = (side: 'asks' | 'bids') =>
        levelsOf(sink.known(symbol).book[side])
          .map(([, size]) => Decimal.parse(size))
          .reduce((sum, size) => sum.add(size), Decimal.ZERO);
      expect(total('asks').equals(Decimal.parse(asks))).toBe(true);
      expect(total('bids').equals(Decimal.parse(bids))).toBe(true);
      verified += 1;
    }
    expect(verified).toBe(145);
    expect(sink.count).toMatchObject({ book: 145, malformed: 0, ignored: 0, pending: 0 });
  });

  test('ends with the last book of every market', () => {
    const { sink } = new Player(upbitDialect).play(frames);
    const last = new Map(
      messagesOf(frames).flatMap((message) =>
        message.ty === 'orderbook' ? [[message.cd, message.obu] as const] : [],
      ),
    );
    for (const [symbol, units] of last) {
      const { asks, bids } = sink.known(symbol).book;
      const numbers = (side: typeof asks) =>
        levelsOf(side).map(([price, size]) => [Number(price), Number(size)]);
      expect(numbers(asks)).toEqual(units.map((unit) => [unit.ap, unit.as]));
      expect(numbers(bids)).toEqual(units.map((unit) => [unit.bp, unit.bs]));
    }
  });

  test('reports every trade once, those out of order too', () => {
    const { sink } = new Player(upbitDialect).play(frames);
    const ids = messagesOf(frames).flatMap(({ ty, sid }) => (ty === 'trade' ? [String(sid)] : []));
    expect(sink.trades.map(({ trade }) => trade.tradeId)).toEqual(ids);
    expect(ids.length).toBe(304);
    expect(ids.some((id, index) => index > 0 && Number(id) < Number(ids[index - 1]))).toBe(true);
  });

  test('reads the same books and trades in the long format and in another spelling', () => {
    const long: [RegExp, string][] = [
      ...([
        [/"ty":/, '"type":'],
        [/"cd":/, '"code":'],
        [/"tms":/, '"timestamp":'],
        [/"tas":/, '"total_ask_size":'],
        [/"tbs":/, '"total_bid_size":'],
        [/"obu":/, '"orderbook_units":'],
        [/"ap":/g, '"ask_price":'],
        [/"bp":/g, '"bid_price":'],
        [/"as":/g, '"ask_size":'],
        [/"bs":/g, '"bid_size":'],
        [/"st":/, '"stream_type":'],
        [/"ttms":/, '"trade_timestamp":'],
        [/"tp":/, '"trade_price":'],
        [/"tv":/, '"trade_volume":'],
        [/"ab":/, '"ask_bid":'],
        [/"sid":/, '"sequential_id":'],
        [/"td":/, '"trade_date":'],
        [/"ttm":/, '"trade_time":'],
        [/"pcp":/, '"prev_closing_price":'],
        [/"c":/, '"change":'],
        [/"cp":/, '"change_price":'],
      ] as [RegExp, string][]),
    ];
    const respelt = (change: (text: string) => string) =>
      frames.map((frame) => (frame.kind === 'in' ? { ...frame, text: change(frame.text) } : frame));
    const short = new Player(upbitDialect).play(frames).sink;
    const variants = [
      (text: string) => long.reduce((one, [from, to]) => one.replace(from, to), text),
      (text: string) => text.replaceAll(',"', ', "'),
    ];
    for (const change of variants) {
      const { sink } = new Player(upbitDialect).play(respelt(change));
      expect(sink.count).toEqual(short.count);
      expect(sink.trades).toEqual(short.trades);
      for (const [symbol, market] of short.markets) {
        const other = sink.known(symbol).book;
        expect(levelsOf(other.bids)).toEqual(levelsOf(market.book.bids));
        expect(levelsOf(other.asks)).toEqual(levelsOf(market.book.asks));
      }
    }
  });
});

test('a size of zero is no level, and digits stay as they are', () => {
  const { sink, say } = opened();
  say(BOOK);
  const { asks, bids } = sink.known('KRW-BTC').book;
  expect(levelsOf(asks)).toEqual([['101.0', '1.50']]);
  expect(levelsOf(bids)).toEqual([
    ['100.0', '2.0'],
    ['99.0', '7e-7'],
  ]);
});

test('each book replaces the one before', () => {
  const { sink, say } = opened();
  say(BOOK);
  say(book('{"ap":100.5,"bp":99.5,"as":1,"bs":1},{"ap":101.0,"bp":99.0,"as":3,"bs":4}'));
  const { asks, bids } = sink.known('KRW-BTC').book;
  expect(levelsOf(asks)).toEqual([
    ['100.5', '1'],
    ['101.0', '3'],
  ]);
  expect(levelsOf(bids)).toEqual([
    ['99.5', '1'],
    ['99.0', '4'],
  ]);
});

test('a book that is none is dropped until the next one', () => {
  const { session, sink, say } = opened();
  say(BOOK);
  say(book('{"ap":-100.5,"bp":99.5,"as":1,"bs":1}'));
  const market = sink.known('KRW-BTC');
  expect(sink.dropped).toEqual([{ symbol: 'KRW-BTC', reason: 'MALFORMED_FRAME' }]);
  expect(market.live).toBe(false);
  session.resync(market);
  expect(JSON.parse(sink.sent[0] ?? '')).toEqual([
    { ticket: 'ats-1' },
    { type: 'orderbook', codes: ['KRW-BTC'] },
    { type: 'trade', codes: ['KRW-BTC'] },
    { type: 'ticker', codes: ['KRW-BTC'] },
    { format: 'SIMPLE' },
  ]);
  say(BOOK);
  expect(market.live).toBe(true);
});

test('tells errors that stay from those that pass, and takes UP for a sign of life', () => {
  const { sink, say } = opened();
  say('{"error":{"name":"NO_CODES","message":"codes are missing"}}');
  say('{"error":{"name":"TOO_MANY_SUBSCRIBE","message":"slow down"}}');
  say('{"status":"UP"}');
  expect(sink.venueErrors.map(({ fatal }) => fatal)).toEqual([true, false]);
  expect(sink.count.heartbeat).toBe(1);
});

test('reads a ticker', () => {
  const { sink, say } = opened();
  say('{"ty":"ticker","cd":"KRW-BTC","tp":101.5,"atv24h":12.25,"tms":1618678262640}');
  expect(sink.tickers[0]?.ticker).toMatchObject({ last: 101.5, volume24h: 12.25, bid: 0 });
});
