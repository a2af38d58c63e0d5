import { crc32 } from 'node:zlib';
import { krakenV1Dialect } from '../../src/adapters/dialects/kraken-v1.ts';
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
    for (const side of ['bids', 'asks'] as const) {
      for (const [price] of book.levels(side).slice(1000)) book.set(side, price, '0');
    }
  }
  return books;
}

function plainChecksum(book: { bids: [string, string][]; asks: [string, string][] }): number {
  const digits = (text: string) => text.replace('.', '').replace(/^0+/, '');
  const side = (levels: [string, string][]) =>
    levels.slice(0, 10).map(([price, size]) => digits(price) + digits(size));
  return crc32([...side(book.asks), ...side(book.bids)].join(''));
}

const isUpdate = (frame: Frame) => frame.kind === 'in' && frame.text.includes('"c":"');

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
});
