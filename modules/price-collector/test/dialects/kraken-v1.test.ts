import { krakenV1Dialect } from '../../src/adapters/dialects/kraken-v1.ts';
import { cut, plainKrakenChecksum } from './kraken-reference.ts';
import { type Frame, Player } from './recording-sink.ts';
import { describeRecording, levelsOf, PlainBook } from './recordings.ts';

type Side = 'a' | 'b' | 'as' | 'bs';
type Parts = Partial<Record<Side, [string, string, string][]>> & { c?: string };

/** What the books must be at the end, by the shortest code that can say it. */
function plainBooks(frames: readonly Frame[]): Map<string, PlainBook> {
  const books = new Map<string, PlainBook>();
  for (const { text, kind } of frames) {
    if (kind !== 'in' || !text.includes('"book-1000",')) continue;
    const message = JSON.parse(text) as unknown[];
    if (!Array.isArray(message)) continue;
    const symbol = message.at(-1) as string;
    const book = books.get(symbol) ?? new PlainBook();
    books.set(symbol, book);
    for (const parts of message.slice(1, -2) as Parts[]) {
      for (const key of ['a', 'b', 'as', 'bs'] as const) {
        const side = key.startsWith('a') ? 'asks' : 'bids';
        for (const [price, size] of parts[key] ?? []) book.set(side, price, size);
      }
    }
    cut(book, 1000);
  }
  return books;
}

const isUpdateOf = (symbol: string) => (frame: Frame) =>
  frame.kind === 'in' && frame.text.includes('"c":"') && frame.text.endsWith(`"${symbol}"]`);

/** A recording in which the nth update of a pair reads otherwise, or is not there. */
function corrupted(
  frames: readonly Frame[],
  fault: { symbol: string; nth: number; change: ((text: string) => string) | 'removed' },
): { frames: Frame[]; at: number } {
  const isUpdate = isUpdateOf(fault.symbol);
  const at = frames.flatMap((frame, index) => (isUpdate(frame) ? [index] : []))[fault.nth] ?? -1;
  const frame = frames[at];
  if (frame === undefined) throw new Error(`no update ${fault.nth} of ${fault.symbol}`);
  if (fault.change === 'removed') return { frames: frames.toSpliced(at, 1), at };
  const changed = { ...frame, text: fault.change(frame.text) };
  expect(changed.text).not.toBe(frame.text);
  return { frames: frames.with(at, changed), at };
}

const flipDigit = (text: string) =>
  text.replace(/(\[\["\d+\.\d*)(\d)/, (_, head: string, digit: string) => {
    return head + ((Number(digit) + 1) % 10);
  });

describeRecording('kraken-v1-2021-04-17', (frames) => {
  test('verifies every checksum that the venue sent', () => {
    const { sink } = new Player(krakenV1Dialect).play(frames);
    expect(sink.count.verified).toBe(4269);
    expect(sink.count).toMatchObject({ failed: 0, malformed: 0, ignored: 0, pending: 0 });
    expect(sink.count).toMatchObject({ book: 4279, heartbeat: 92, status: 33 });
    expect(sink.trades.length).toBe(10);
    expect(sink.tickers.length).toBe(18);
    expect(sink.dropped).toEqual([]);
  });

  test('ends with the books of a plain re-computation', () => {
    const { sink } = new Player(krakenV1Dialect).play(frames);
    const expected = plainBooks(frames);
    expect(expected.size).toBe(10);
    for (const [symbol, book] of expected) {
      const market = sink.known(symbol);
      expect(levelsOf(market.book.bids)).toEqual(book.levels('bids'));
      expect(levelsOf(market.book.asks)).toEqual(book.levels('asks'));
    }
  });

  test('a flipped digit fails its checksum, and the resubscribed book is verified again', () => {
    const symbol = 'XMR/USD';
    const fault = corrupted(frames, { symbol, nth: 40, change: flipDigit });
    const player = new Player(krakenV1Dialect).play(fault.frames.slice(0, fault.at + 1));
    const { sink } = player;
    const market = sink.known(symbol);
    expect(sink.count.failed).toBe(1);
    expect(sink.dropped).toEqual([{ symbol, reason: 'CHECKSUM_MISMATCH' }]);
    expect(market.live).toBe(false);

    player.session(2).resync(market);
    expect(sink.sent.map((text) => (JSON.parse(text) as { event: string }).event)).toEqual([
      'unsubscribe',
      'subscribe',
    ]);
    // What the venue would answer: the book as it stands after the frame that was corrupted.
    const book = plainBooks(frames.slice(0, fault.at + 1)).get(symbol) ?? new PlainBook();
    const side = (name: 'bids' | 'asks') => book.levels(name).map((level) => [...level, '1.0']);
    const snapshot = [992, { as: side('asks'), bs: side('bids') }, 'book-1000', symbol];
    player.session(2).onText(JSON.stringify(snapshot), 0);
    const before = sink.count.verified;
    player.play(frames.slice(fault.at + 1));
    expect(sink.count.failed).toBe(1);
    expect(sink.count.verified - before).toBe(
      frames.slice(fault.at + 1).filter((frame) => frame.text.includes('"c":"')).length,
    );
    expect(market.live).toBe(true);
  });

  test('a removed update of a top level is found by the next checksum', () => {
    let found = 0;
    for (const nth of [10, 50, 90, 130]) {
      const fault = corrupted(frames, { symbol: 'XMR/USD', nth, change: 'removed' });
      const { sink } = new Player(krakenV1Dialect).play(fault.frames);
      found += sink.dropped.length;
      expect(sink.dropped.length).toBe(sink.count.failed);
      // A dropped book takes no more updates: nothing brings it back in this recording.
      if (sink.dropped.length > 0) expect(sink.count.pending).toBeGreaterThan(0);
    }
    expect(found).toBeGreaterThan(0);
  });

  test('other spellings of the same messages give the same counts', () => {
    const spaced = frames.map((frame) =>
      frame.kind === 'in' ? { ...frame, text: frame.text.replaceAll('","', '", "') } : frame,
    );
    const { sink } = new Player(krakenV1Dialect).play(spaced);
    expect(sink.count).toMatchObject({ verified: 4269, failed: 0, malformed: 0 });
  });
});

function opened() {
  const player = new Player(krakenV1Dialect);
  const session = player.session(0);
  return { session, sink: player.sink, say: (text: string) => session.onText(text, 0) };
}

const SNAPSHOT =
  '[0,{"as":[["100.1","2.00","1618678133.5"]],"bs":[["100.0","1.00","1618678132.25"]]},' +
  '"book-10","XBT/USD"]';

test('names assets as everyone does', () => {
  expect(krakenV1Dialect.instrumentOf('XBT/USD')).toEqual({ base: 'BTC', quote: 'USD' });
  expect(krakenV1Dialect.instrumentOf('XDG/XBT')).toEqual({ base: 'DOGE', quote: 'BTC' });
  expect(krakenV1Dialect.instrumentOf('__proto__')).toBeUndefined();
});

test('a republished level and a message of two objects are applied before the checksum', () => {
  const { sink, say } = opened();
  say(SNAPSHOT);
  expect(sink.lastTimeUs).toBe(1_618_678_133_500_000);
  const book = new PlainBook();
  book.set('asks', '100.1', '3.50');
  book.set('bids', '99.9', '0.70');
  book.set('bids', '99.8', '4.00');
  const checksum = plainKrakenChecksum(book);
  say(
    '[0,{"a":[["100.1","3.50","1618678134.0"]]},{"b":[["100.0","0.00","1618678134.1"],' +
      '["99.9","0.70","1618678134.2"],["99.8","4.00","1618678120.0","r"]],' +
      `"c":"${checksum}"},"book-10","XBT/USD"]`,
  );
  expect(sink.count).toMatchObject({ verified: 1, failed: 0 });
  expect(levelsOf(sink.known('XBT/USD').book.bids)).toEqual([
    ['99.9', '0.70'],
    ['99.8', '4.00'],
  ]);
  expect(sink.lastTimeUs).toBe(1_618_678_134_200_000);
});

test.each([
  ['a price of zero', '["0.0","1.0","1.0"]'],
  ['a size below zero', '["1.0","-1.0","1.0"]'],
  ['a size that is a number', '["1.0",1.0,"1.0"]'],
  ['no size', '["1.0"]'],
])('a level with %s is malformed and drops the book', (_what, level) => {
  const { sink, say } = opened();
  say(SNAPSHOT);
  say(`[0,{"b":[["100.0","5.00","1.0"],${level}],"c":"1"},"book-10","XBT/USD"]`);
  expect(sink.count.malformed).toBe(1);
  expect(sink.count.failed).toBe(0);
  expect(sink.dropped).toEqual([{ symbol: 'XBT/USD', reason: 'MALFORMED_FRAME' }]);
});

test('an empty list of trades is no fault', () => {
  const { sink, say } = opened();
  say('[22,[],"trade","XBT/USD"]');
  say('[22,{},"trade","XBT/USD"]');
  expect(sink.count).toMatchObject({ ignored: 1, malformed: 1 });
});

test('tells a refused pair from a limit', () => {
  const { sink, say } = opened();
  const refusal = (errorMessage: string) =>
    JSON.stringify({ event: 'subscriptionStatus', status: 'error', pair: 'X/Y', errorMessage });
  say(refusal('Currency pair not supported X/Y'));
  say(refusal('Exceeded msg rate'));
  expect(sink.venueErrors.map(({ fatal }) => fatal)).toEqual([true, false]);
});

test('is told from version 2 by the URL', () => {
  expect(krakenV1Dialect.speaks('wss://ws.kraken.com')).toBe(true);
  expect(krakenV1Dialect.speaks('wss://ws.kraken.com/v2')).toBe(false);
});
