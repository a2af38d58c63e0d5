import { coinbaseExchangeDialect } from '../../src/adapters/dialects/coinbase-exchange.ts';
import { type Frame, Player } from './recording-sink.ts';
import { describeRecording, levelsOf, PlainBook } from './recordings.ts';

interface Message {
  readonly type: string;
  readonly product_id: string;
  readonly bids?: [string, string][];
  readonly asks?: [string, string][];
  readonly changes?: [string, string, string][];
}

/** What the books must be at the end, by the shortest code that can say it. */
function plainBooks(frames: readonly Frame[]): Map<string, PlainBook> {
  const books = new Map<string, PlainBook>();
  for (const { text, kind } of frames) {
    if (kind !== 'in') continue;
    const message = JSON.parse(text) as Message;
    if (message.type !== 'snapshot' && message.type !== 'l2update') continue;
    const book = books.get(message.product_id) ?? new PlainBook();
    books.set(message.product_id, book);
    for (const [price, size] of message.bids ?? []) book.set('bids', price, size);
    for (const [price, size] of message.asks ?? []) book.set('asks', price, size);
    for (const [side, price, size] of message.changes ?? []) {
      book.set(side === 'buy' ? 'bids' : 'asks', price, size);
    }
  }
  return books;
}

const SNAPSHOT =
  '{"type":"snapshot","product_id":"BTC-USD","bids":[["99.5","1"]],"asks":[["100","2"]]}';
const update = (side: string, price: string, size: string) =>
  `{"type":"l2update","product_id":"BTC-USD","changes":[["${side}","${price}","${size}"]],` +
  '"time":"2021-04-17T16:43:37.077621Z"}';
const match = (id: number) =>
  JSON.stringify({
    type: 'match',
    trade_id: id,
    side: 'sell',
    size: '0.5',
    price: '100',
    product_id: 'BTC-USD',
    time: '2021-04-17T16:43:37.077621Z',
  });

function opened() {
  const player = new Player(coinbaseExchangeDialect);
  const session = player.session(0);
  return { session, sink: player.sink, say: (text: string) => session.onText(text, 0) };
}

describeRecording('coinbase-exchange-2021-04-17', (frames) => {
  test('is read without a gap or a malformed frame', () => {
    const { sink } = new Player(coinbaseExchangeDialect).play(frames);
    expect(sink.gaps).toEqual([]);
    expect(sink.dropped).toEqual([]);
    expect(sink.count).toMatchObject({ malformed: 0, ignored: 0, pending: 0, status: 3 });
    expect(sink.count.book).toBe(5507 + 4212 + 10);
    expect(sink.trades.length).toBe(52 + 45 + 10);
    expect(sink.tickers.length).toBe(107);
  });

  test('ends with the books of a plain re-computation', () => {
    const { sink } = new Player(coinbaseExchangeDialect).play(frames);
    const expected = plainBooks(frames);
    expect(expected.size).toBe(10);
    for (const [symbol, plain] of expected) {
      const market = sink.known(symbol);
      expect(levelsOf(market.book.bids)).toEqual(plain.levels('bids'));
      expect(levelsOf(market.book.asks)).toEqual(plain.levels('asks'));
    }
  });

  test('reports the trade id that a removed match leaves out', () => {
    const busy = frames.filter(({ text }) => text.startsWith('{"type":"match"'));
    const symbol = (JSON.parse(busy[0]?.text ?? '{}') as Message).product_id;
    const at = frames.findIndex(({ text }) => text === busy[0]?.text);
    const { sink } = new Player(coinbaseExchangeDialect).play(frames.toSpliced(at, 1));
    expect(busy.filter(({ text }) => text.includes(`"${symbol}"`)).length).toBeGreaterThan(1);
    expect(sink.gaps.length).toBe(1);
    expect(sink.dropped).toEqual([]);
  });
});

test('a maker who sold was taken by a buyer', () => {
  const { sink, say } = opened();
  say(match(7));
  expect(sink.trades[0]?.trade).toEqual({
    tradeId: '7',
    price: '100',
    size: '0.5',
    aggressor: 'bid',
    exchangeTimeUs: Date.UTC(2021, 3, 17, 16, 43, 37) * 1000 + 77_621,
  });
});

test('a trade that comes again is left out', () => {
  const { sink, say } = opened();
  say(match(7));
  say(match(8));
  say(match(8));
  expect(sink.trades.length).toBe(2);
  expect(sink.count.ignored).toBe(1);
});

test('a bad change drops the book, and a new snapshot brings it back', () => {
  const { session, sink, say } = opened();
  say(SNAPSHOT);
  say(update('buy', '99.6', '3'));
  say(update('buy', '99.6', '-3'));
  const market = sink.known('BTC-USD');
  expect(sink.dropped).toEqual([{ symbol: 'BTC-USD', reason: 'MALFORMED_FRAME' }]);
  session.resync(market);
  expect(sink.sent.map((text) => (JSON.parse(text) as { type: string }).type)).toEqual([
    'unsubscribe',
    'subscribe',
  ]);
  say(update('buy', '99.7', '3'));
  expect(sink.count.pending).toBe(1);
  say(SNAPSHOT);
  expect(market.live).toBe(true);
  expect(levelsOf(market.book.bids)).toEqual([['99.5', '1']]);
});

test('a text that cannot be read drops the books that it may have been about', () => {
  const { sink, say } = opened();
  say(SNAPSHOT);
  say(update('buy', '99.6', '3').slice(0, -9));
  expect(sink.known('BTC-USD').live).toBe(false);
});

test('a refused subscription is fatal', () => {
  const { sink, say } = opened();
  say('{"type":"error","message":"Failed to subscribe","reason":"XXX is not a valid product"}');
  expect(sink.venueErrors).toEqual([
    { detail: 'Failed to subscribe: XXX is not a valid product', fatal: true },
  ]);
});

test('is told from Advanced Trade by the URL', () => {
  const urls = ['wss://ws-feed.pro.coinbase.com', 'wss://ws-feed.exchange.coinbase.com'];
  for (const url of [...urls, 'ws://127.0.0.1:9003/exchange']) {
    expect(coinbaseExchangeDialect.speaks(url)).toBe(true);
  }
  expect(coinbaseExchangeDialect.speaks('wss://advanced-trade-ws.coinbase.com')).toBe(false);
});
