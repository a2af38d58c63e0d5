import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { bitfinexDialect } from '../../src/adapters/dialects/bitfinex.ts';
import { type Frame, Player } from './recording-sink.ts';
import { describeRecording, levelsOf, PlainBook } from './recordings.ts';

type Raw = readonly [price: string, count: string, amount: string];

/** Every number of a JSON text as its own digits. */
const digitsOf = (text: string): unknown =>
  JSON.parse(text.replace(/([[,:])(-?\d[\d.eE+-]*)(?=[\],}])/g, '$1"$2"')) as unknown;

function apply(book: PlainBook, [price, count, amount]: Raw): void {
  const side = amount.startsWith('-') ? 'asks' : 'bids';
  book.set(side, price, count === '0' ? '0' : amount.replace(/^-/, ''));
}

/** What the books must be at the end, by the shortest code that can say it. */
function plainBooks(frames: readonly Frame[]): Map<string, PlainBook> {
  const symbols = new Map<string, string>();
  const books = new Map<string, PlainBook>();
  for (const { text, kind } of frames) {
    if (kind !== 'in') continue;
    if (text.startsWith('{')) {
      const event = JSON.parse(text) as { channel?: string; chanId: number; symbol: string };
      if (event.channel === 'book') symbols.set(String(event.chanId), event.symbol);
      continue;
    }
    const [channel, payload] = digitsOf(text) as [string, Raw | Raw[] | 'hb'];
    const symbol = symbols.get(channel);
    if (symbol === undefined || payload === 'hb') continue;
    const isSnapshot = Array.isArray(payload[0]);
    const book = isSnapshot ? new PlainBook() : (books.get(symbol) ?? new PlainBook());
    books.set(symbol, book);
    for (const level of isSnapshot ? (payload as Raw[]) : [payload as Raw]) apply(book, level);
  }
  return books;
}

/** Bitfinex's checksum by the words of its documentation. */
function plainChecksum(book: PlainBook): number {
  const bids = book.levels('bids', 25);
  const asks = book.levels('asks', 25);
  const parts: string[] = [];
  for (let index = 0; index < 25; index += 1) {
    const [bid, ask] = [bids[index], asks[index]];
    if (bid !== undefined) parts.push(...bid);
    if (ask !== undefined) parts.push(ask[0], `-${ask[1]}`);
  }
  return crc32(parts.join(':')) | 0;
}

function opened(flags = 65_536 + 131_072) {
  const player = new Player(bitfinexDialect);
  const session = player.session(0);
  session.onSent(JSON.stringify({ event: 'conf', flags }));
  const say = (text: string) => session.onText(text, 0);
  const subscribed = (chanId: number, symbol: string, channel = 'book') =>
    say(JSON.stringify({ event: 'subscribed', channel, chanId, symbol, prec: 'P0', len: '25' }));
  return { session, sink: player.sink, say, subscribed };
}

describeRecording('bitfinex-2021-04-17', (frames) => {
  test('is read without a gap, a heartbeat before its own subscription included', () => {
    const { sink } = new Player(bitfinexDialect).play(frames);
    expect(sink.gaps).toEqual([]);
    expect(sink.dropped).toEqual([]);
    expect(sink.count).toMatchObject({ malformed: 0, ignored: 0, pending: 0, heartbeat: 42 });
    expect(sink.count.book).toBe(1593 + 7);
    expect(sink.tickers.length).toBe(21);
    expect(sink.markets.size).toBe(7);
  });

  test('ends with the books of a plain re-computation', () => {
    const { sink } = new Player(bitfinexDialect).play(frames);
    const expected = plainBooks(frames);
    expect(expected.size).toBe(7);
    for (const [symbol, plain] of expected) {
      const { bids, asks } = sink.known(symbol).book;
      expect(levelsOf(bids)).toEqual(plain.levels('bids'));
      expect(levelsOf(asks)).toEqual(plain.levels('asks'));
    }
  });

  test('reports each trade of the snapshots once, oldest first', () => {
    const { sink } = new Player(bitfinexDialect).play(frames);
    const ids = sink.trades.map(({ trade }) => trade.tradeId);
    expect(ids.length).toBeGreaterThan(100);
    expect(new Set(ids).size).toBe(ids.length);
    for (const symbol of sink.markets.keys()) {
      const own = sink.trades.filter((one) => one.symbol === symbol);
      const times = own.map(({ trade }) => trade.exchangeTimeUs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });

  test.each([200, 900, 1500])('finds the frame that is missing before number %i', (sequence) => {
    const at = frames.findIndex(({ text }) => text.endsWith(`,${sequence}]`));
    const { sink } = new Player(bitfinexDialect).play(frames.toSpliced(at, 1));
    expect(sink.gaps.length).toBe(1);
    expect(new Set(sink.dropped.map(({ reason }) => reason))).toEqual(new Set(['SEQUENCE_GAP']));
    const carried = frames
      .slice(0, at)
      .filter(({ text }) => text.includes('"channel":"book","chan'));
    expect(sink.dropped.length).toBe(carried.length);
    expect(sink.count.pending).toBeGreaterThan(0);
  });
});

test.each([
  ['tBTCUSD', 'BTC', 'USD'],
  ['tBTCUST', 'BTC', 'USDT'],
  ['tDOGE:USD', 'DOGE', 'USD'],
  ['tTESTBTC:TESTUSD', 'TESTBTC', 'TESTUSD'],
  ['tIOTETH', 'IOTA', 'ETH'],
  ['tMNABTC', 'MANA', 'BTC'],
  ['tDSHUSD', 'DASH', 'USD'],
])('%s is %s/%s', (symbol, base, quote) => {
  expect(bitfinexDialect.instrumentOf(symbol)).toEqual({ base, quote });
});

test('funding currencies and other texts are no instruments', () => {
  for (const text of ['fUSD', 'tBTC', 'BTCUSD', 't:USD', '']) {
    expect(bitfinexDialect.instrumentOf(text)).toBeUndefined();
  }
});

test('takes the checksum of the very digits, exponents too', () => {
  const { sink, say, subscribed } = opened();
  subscribed(17, 'tIOTETH');
  say('[17,[[7e-7,2,150.10],[6.9e-7,1,2],[0.00000072,1,-3.50]],1]');
  const plain = new PlainBook();
  for (const [price, size] of [['7e-7', '150.10'] as const, ['6.9e-7', '2'] as const]) {
    plain.set('bids', price, size);
  }
  plain.set('asks', '0.00000072', '3.50');
  say(`[17,"cs",${plainChecksum(plain)},2]`);
  expect(sink.count).toMatchObject({ verified: 1, failed: 0 });
  say(`[17,"cs",${plainChecksum(plain) + 1},3]`);
  expect(sink.count).toMatchObject({ verified: 1, failed: 1 });
  expect(sink.dropped).toEqual([{ symbol: 'tIOTETH', reason: 'CHECKSUM_MISMATCH' }]);
});

const step = fc.record({
  isBid: fc.boolean(),
  tick: fc.integer({ min: 1, max: 60 }),
  amount: fc.oneof(fc.constant(0), fc.double({ min: 1e-8, max: 1e6, noNaN: true })),
});

test('keeps any stream of updates equal to a plain book, checksums included', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
      const { sink, say, subscribed } = opened();
      const plain = new PlainBook();
      subscribed(5, 'tBTCUSD');
      say('[5,[],1]');
      let sequence = 1;
      const bounded = (value: number) => Number(value.toFixed(8));
      for (const { isBid, tick, amount } of steps) {
        const price = String((isBid ? 500 - tick : 500 + tick) * 1e-9);
        const size = bounded(amount);
        const signed = size === 0 ? (isBid ? 1 : -1) : isBid ? size : -size;
        const raw: Raw = [price, size === 0 ? '0' : '3', String(signed)];
        apply(plain, raw);
        say(`[5,[${raw.join(',')}],${++sequence}]`);
        say(`[5,"cs",${plainChecksum(plain)},${++sequence}]`);
      }
      expect(sink.count).toMatchObject({ failed: 0, verified: steps.length, malformed: 0 });
      expect(levelsOf(sink.known('tBTCUSD').book.bids)).toEqual(plain.levels('bids'));
    }),
    { numRuns: 100 },
  );
});

test('reads another spelling of the same messages', () => {
  const { sink, say, subscribed } = opened();
  subscribed(17, 'tIOTETH');
  say('[17, [[7e-7, 2, 1.5e-3], [0.00000072, 1, -3.5e-5]], 1]');
  say('[17, [7.1e-7, 1, 2.0], 2]');
  const { bids, asks } = sink.known('tIOTETH').book;
  expect(levelsOf(bids)).toEqual([
    ['7.1e-7', '2.0'],
    ['7e-7', '1.5e-3'],
  ]);
  expect(levelsOf(asks)).toEqual([['0.00000072', '3.5e-5']]);
});

test('without the flag, messages need no number', () => {
  const { sink, say, subscribed } = opened(131_072);
  subscribed(5, 'tBTCUSD');
  say('[5,[[100,1,1]]]');
  say('[5,[101,1,-1]]');
  expect(sink.count).toMatchObject({ book: 2, malformed: 0 });
});

test('resubscribes the one book that was dropped', () => {
  const { session, sink, say, subscribed } = opened();
  subscribed(5, 'tBTCUSD');
  subscribed(6, 'tETHUSD');
  say('[5,[[100,1,1]],1]');
  say('[6,[[10,1,1]],2]');
  say('[5,[100,1,0],3]');
  expect(sink.dropped).toEqual([{ symbol: 'tBTCUSD', reason: 'MALFORMED_FRAME' }]);
  session.resync(sink.known('tBTCUSD'));
  expect(sink.sent.map((text) => JSON.parse(text) as unknown)).toEqual([
    { event: 'unsubscribe', chanId: 5 },
    { event: 'subscribe', channel: 'book', symbol: 'tBTCUSD', prec: 'P0', freq: 'F0', len: '25' },
  ]);
  subscribed(7, 'tBTCUSD');
  say('[7,[[100,1,2]],4]');
  expect(sink.known('tBTCUSD').live).toBe(true);
  expect(sink.known('tETHUSD').live).toBe(true);
});

test('a trade comes twice and is reported once', () => {
  const { sink, say, subscribed } = opened();
  subscribed(9, 'tBTCUSD', 'trades');
  say('[9,"te",[401597395,1574694478808,-0.00500000,7245.3],1]');
  say('[9,"tu",[401597395,1574694478808,-0.00500000,7245.3],2]');
  expect(sink.trades.map(({ trade }) => trade)).toEqual([
    {
      tradeId: '401597395',
      price: '7245.3',
      size: '0.00500000',
      aggressor: 'ask',
      exchangeTimeUs: 1_574_694_478_808_000,
    },
  ]);
  expect(sink.count.ignored).toBe(1);
});

test('reconnects when the venue restarts or its maintenance ends', () => {
  const { sink, say } = opened();
  say('{"event":"info","code":20051,"msg":"Stopping. Please try to reconnect"}');
  say('{"event":"info","code":20060,"msg":"Maintenance"}');
  say('{"event":"info","code":20061,"msg":"Maintenance ended"}');
  expect(sink.reconnects).toEqual(['MAINTENANCE', 'MAINTENANCE']);
});

test('tells an unknown symbol from a full connection', () => {
  const { sink, say } = opened();
  say('{"event":"error","msg":"symbol: invalid","code":10300,"symbol":"tXXXYYY"}');
  say('{"event":"error","msg":"limit of open channels reached","code":10305}');
  expect(sink.venueErrors.map(({ fatal }) => fatal)).toEqual([true, false]);
});

test('configures numbers and checksums before it subscribes', () => {
  const { sink } = opened();
  const options = { sink, symbols: ['tBTCUSD'], depth: 10, channels: ['book', 'trade'] } as const;
  bitfinexDialect.open(options).start();
  const sent = sink.sent.map((text) => JSON.parse(text) as { event: string; flags?: number });
  expect(sent.map(({ event }) => event)).toEqual(['conf', 'subscribe', 'subscribe']);
  expect(sent[0]?.flags).toBe(196_608);
});
