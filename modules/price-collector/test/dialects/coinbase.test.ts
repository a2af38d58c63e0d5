import { coinbaseDialect } from '../../src/adapters/dialects/coinbase.ts';
import { type Frame, Player } from './recording-sink.ts';
import { describeRecording, levelsOf, PlainBook } from './recordings.ts';

interface Update {
  readonly side: string;
  readonly price_level: string;
  readonly new_quantity: string;
}
interface Trade {
  readonly product_id: string;
  readonly trade_id: string;
  readonly size: string;
}
interface Event {
  readonly type: string;
  readonly product_id: string;
  readonly updates?: readonly Update[];
  readonly trades?: readonly Trade[];
}

function eventsOf(frames: readonly Frame[]): Event[] {
  return frames
    .filter(({ kind }) => kind === 'in')
    .flatMap(({ text }) => (JSON.parse(text) as { events: Event[] }).events);
}

/** What the books must be at the end, by the shortest code that can say it. */
function plainBooks(frames: readonly Frame[]): Map<string, PlainBook> {
  const books = new Map<string, PlainBook>();
  for (const { product_id: symbol, updates } of eventsOf(frames)) {
    const book = books.get(symbol) ?? new PlainBook();
    for (const { side, price_level: price, new_quantity: size } of updates ?? []) {
      books.set(symbol, book);
      book.set(side === 'bid' ? 'bids' : 'asks', price, size);
    }
  }
  return books;
}

let sequence = 0;
const frame = (channel: string, events: unknown[]) =>
  JSON.stringify({
    channel,
    timestamp: '2026-08-09T21:05:48.505350477Z',
    sequence_num: sequence++,
    events,
  });
const level = (side: string, price_level: string, new_quantity: string) => ({
  side,
  event_time: '2026-08-09T21:05:48.210883Z',
  price_level,
  new_quantity,
});
const book = (type: string, updates: unknown[], product_id = 'BTC-USD') =>
  frame('l2_data', [{ type, product_id, updates }]);
const snapshot = () => book('snapshot', [level('bid', '99.5', '1'), level('offer', '100', '2.50')]);

function opened() {
  sequence = 0;
  const player = new Player(coinbaseDialect);
  const session = player.session(0);
  return { session, sink: player.sink, say: (text: string) => session.onText(text, 0) };
}

describeRecording('coinbase-advanced-2026-08-09', (frames) => {
  test('is read without a gap or a malformed frame', () => {
    const { sink } = new Player(coinbaseDialect).play(frames);
    expect(sink.gaps).toEqual([]);
    expect(sink.dropped).toEqual([]);
    expect(sink.count).toMatchObject({ malformed: 0, pending: 0, heartbeat: 25, status: 5 });
    // Candles are what nobody asked for.
    expect(sink.count.ignored).toBe(6);
    expect(sink.tickers.length).toBeGreaterThan(158);
  });

  test('ends with the books of a plain re-computation', () => {
    const { sink } = new Player(coinbaseDialect).play(frames);
    const expected = plainBooks(frames);
    expect([...expected.keys()].sort()).toEqual(['BTC-USD', 'ETH-USD']);
    for (const [symbol, plain] of expected) {
      const market = sink.known(symbol);
      expect(levelsOf(market.book.bids)).toEqual(plain.levels('bids'));
      expect(levelsOf(market.book.asks)).toEqual(plain.levels('asks'));
    }
  });

  test('reports every trade once, in the order of their ids', () => {
    const { sink } = new Player(coinbaseDialect).play(frames);
    const sent = eventsOf(frames).flatMap(({ trades }) => trades ?? []);
    for (const symbol of ['BTC-USD', 'ETH-USD']) {
      const own = sent.filter((trade) => trade.product_id === symbol);
      const ids = [...new Set(own.map((trade) => Number(trade.trade_id)))].sort((a, b) => a - b);
      const reported = sink.trades.filter((trade) => trade.symbol === symbol);
      expect(reported.map(({ trade }) => Number(trade.tradeId))).toEqual(ids);
    }
  });

  test('drops every book and reconnects when a frame is missing', () => {
    const at = frames.findIndex(({ text }) => text.includes('"sequence_num":500,'));
    const { sink } = new Player(coinbaseDialect).play(frames.toSpliced(at, 1));
    expect(sink.gaps.length).toBe(1);
    expect(sink.dropped.map(({ symbol }) => symbol).sort()).toEqual(['BTC-USD', 'ETH-USD']);
    expect(sink.reconnects).toEqual(['SEQUENCE_GAP']);
    expect(sink.known('BTC-USD').live).toBe(false);
  });
});

test('subscribes to heartbeats, then to each channel', () => {
  const { sink } = opened();
  const channels = ['book', 'trade', 'ticker'] as const;
  coinbaseDialect.open({ sink, symbols: ['BTC-USD'], depth: 10, channels }).start();
  const sent = sink.sent.map((text) => JSON.parse(text) as { channel: string });
  expect(sent.map(({ channel }) => channel)).toEqual([
    'heartbeats',
    'level2',
    'market_trades',
    'ticker',
  ]);
});

test('a dropped book stays away from updates until its snapshot comes again', () => {
  const { session, sink, say } = opened();
  say(snapshot());
  sequence += 1;
  say(book('update', [level('bid', '99.6', '3')]));
  const market = sink.known('BTC-USD');
  expect(market.live).toBe(false);
  expect(sink.count.pending).toBe(1);
  session.resync(market);
  expect(sink.sent.map((text) => (JSON.parse(text) as { type: string }).type)).toEqual([
    'unsubscribe',
    'subscribe',
  ]);
  say(snapshot());
  expect(market.live).toBe(true);
  expect(levelsOf(market.book.asks)).toEqual([['100', '2.50']]);
});

test('a repeated frame is left out', () => {
  const { sink, say } = opened();
  say(snapshot());
  const update = book('update', [level('bid', '99.6', '3')]);
  say(update);
  say(book('update', [level('bid', '99.6', '0')]));
  say(update);
  expect(levelsOf(sink.known('BTC-USD').book.bids)).toEqual([['99.5', '1']]);
  expect(sink.count.ignored).toBe(1);
  expect(sink.gaps).toEqual([]);
});

test('other spellings of a frame give the same book', () => {
  const { sink, say } = opened();
  const spaced = (text: string) => JSON.stringify(JSON.parse(text), null, 1);
  say(spaced(snapshot()));
  say(spaced(book('update', [level('offer', '99.9', '0.10')])));
  expect(levelsOf(sink.known('BTC-USD').book.asks)).toEqual([
    ['99.9', '0.10'],
    ['100', '2.50'],
  ]);
  expect(sink.lastTimeUs).toBe(Date.UTC(2026, 7, 9, 21, 5, 48) * 1000 + 505_350);
});

test.each([
  ['a price of zero', level('bid', '0', '1')],
  ['a size that is no number', level('bid', '99', 'NaN')],
  ['a negative size', level('bid', '99', '-1')],
  ['a side that there is none of', level('middle', '99', '1')],
  ['a price beyond all bounds', level('bid', '9'.repeat(40), '1')],
])('nothing of a frame with %s is applied, and its book is dropped', (_what, bad) => {
  const { sink, say } = opened();
  say(snapshot());
  say(book('snapshot', [level('bid', '10', '1')], 'ETH-USD'));
  say(book('update', [level('bid', '99.7', '1'), bad]));
  expect(sink.count.malformed).toBe(1);
  expect(sink.dropped).toEqual([{ symbol: 'BTC-USD', reason: 'MALFORMED_FRAME' }]);
  expect(sink.known('ETH-USD').live).toBe(true);
});

test('a text that cannot be read drops the books that it may have been about', () => {
  const { sink, say } = opened();
  say(snapshot());
  say('{"channel":"l2_data","timest');
  expect(sink.known('BTC-USD').live).toBe(false);
  expect(sink.count.malformed).toBe(1);
});

test('a refused subscription is fatal, a limit is not', () => {
  const { sink, say } = opened();
  say('{"type":"error","message":"failure to subscribe: XXX-USD is not a valid product"}');
  say('{"type":"error","message":"rate limit exceeded"}');
  expect(sink.venueErrors.map(({ fatal }) => fatal)).toEqual([true, false]);
});
