import { AtsError, type BookTop, type InstrumentId, venueId } from '@ats/domain';
import fc from 'fast-check';
import { readBookEvent } from '../src/book-codec.ts';
import {
  bookTopToWire,
  decodeMarketEvent,
  encodeMarketEvent,
  marketEventFromWire,
  marketEventToWire,
  wireCodec,
} from '../src/index.ts';
import { books, statuses, tickers, trades } from './arbitraries.ts';

const EVENTS = wireCodec('ats.marketdata.v1.MarketEvent');
const wellFormed = (text: string): boolean => Buffer.from(text).toString() === text;
const inUnicode = (event: { venue: string; instrument: string }): boolean =>
  wellFormed(event.venue) && wellFormed(event.instrument);

const sample: BookTop = {
  kind: 'book',
  venue: venueId('binance'),
  instrument: 'BTC/USDT' as InstrumentId,
  exchangeTimeUs: 5,
  receivedAtUs: 1_700_000_000_000_000,
  sequence: 300,
  bookAtUs: 1_700_000_000_000_100,
  bidCount: 1,
  askCount: 2,
  bidPrices: Float64Array.of(100, 0, 0),
  bidSizes: Float64Array.of(1, 0, 0),
  askPrices: Float64Array.of(101, 102, 0),
  askSizes: Float64Array.of(3, 4, 0),
};

describe('market events on the wire', () => {
  it('reads back every book it wrote', () => {
    fc.assert(
      fc.property(books.filter(inUnicode), (book) => {
        expect(decodeMarketEvent(encodeMarketEvent(book))).toEqual(book);
      }),
    );
  });

  it('reads back every trade, ticker and status it wrote', () => {
    fc.assert(
      fc.property(fc.oneof(trades, tickers, statuses), (event) => {
        expect(decodeMarketEvent(encodeMarketEvent(event))).toEqual(event);
      }),
    );
  });

  it('writes books that the general protobuf codec reads, and reads those it writes', () => {
    fc.assert(
      fc.property(books.filter(inUnicode), (book) => {
        const wire = marketEventToWire(book);
        expect(marketEventFromWire(EVENTS.decode(encodeMarketEvent(book)))).toEqual(book);
        expect(readBookEvent(EVENTS.encode(wire))).toEqual(book);
      }),
    );
  });

  it('writes only the levels in use', () => {
    const book = decodeMarketEvent(encodeMarketEvent(sample)) as BookTop;
    expect([...book.bidPrices]).toEqual([100]);
    expect([...book.askSizes]).toEqual([3, 4]);
  });

  it('writes a book larger than its buffer', () => {
    const prices = Float64Array.from({ length: 5000 }, (_, index) => index + 1);
    const deep = { ...sample, askCount: 5000, askPrices: prices, askSizes: prices };
    expect((decodeMarketEvent(encodeMarketEvent(deep)) as BookTop).askPrices).toEqual(prices);
  });

  it('writes names longer than a one-byte length', () => {
    const long = { ...sample, venue: venueId('v'.repeat(200)) };
    expect(decodeMarketEvent(encodeMarketEvent(long)).venue).toBe(long.venue);
  });

  it('carries a negative time through the general codec', () => {
    const book = decodeMarketEvent(encodeMarketEvent({ ...sample, exchangeTimeUs: -7 }));
    expect(book.exchangeTimeUs).toBe(-7);
  });

  it('reads a book with a field that only a newer writer knows', () => {
    const body = Buffer.from(encodeMarketEvent(sample)).subarray(2);
    const extended = Buffer.concat([body, Buffer.from([15 << 3, 1])]);
    const bytes = Buffer.concat([Buffer.from([10, extended.length]), extended]);
    expect(readBookEvent(bytes)).toBeUndefined();
    expect((decodeMarketEvent(bytes) as BookTop).sequence).toBe(300);
  });

  it('refuses a book with more prices than sizes', () => {
    const bytes = EVENTS.encode({ book: { ...bookTopToWire(sample), askSizes: [1] } });
    expect(() => decodeMarketEvent(bytes)).toThrow(/ask_sizes/);
  });

  it('answers any bytes with an event or with MESSAGE_MALFORMED', () => {
    const whole = encodeMarketEvent(sample);
    const mutated = fc
      .tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length))
      .map(([position, value, length]) => {
        const bytes = Uint8Array.from(whole);
        bytes[position] = value;
        return bytes.subarray(0, length);
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), mutated), (bytes) => {
        try {
          expect(decodeMarketEvent(bytes).kind).toBeDefined();
        } catch (error) {
          expect(error).toBeInstanceOf(AtsError);
          expect((error as AtsError).code).toBe('MESSAGE_MALFORMED');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
