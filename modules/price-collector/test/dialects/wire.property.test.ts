import { crc32 } from 'node:zlib';
import { Decimal, OrderBook } from '@ats/domain';
import fc from 'fast-check';
import { bitfinexDialect } from '../../src/adapters/dialects/bitfinex.ts';
import { coinbaseDialect } from '../../src/adapters/dialects/coinbase.ts';
import { coinbaseExchangeDialect } from '../../src/adapters/dialects/coinbase-exchange.ts';
import { krakenDialect } from '../../src/adapters/dialects/kraken.ts';
import { krakenV1Dialect } from '../../src/adapters/dialects/kraken-v1.ts';
import { upbitDialect } from '../../src/adapters/dialects/upbit.ts';
import {
  CRC32_START,
  crc32Add,
  crc32AddText,
  crc32Shift,
} from '../../src/adapters/dialects/wire/crc32.ts';
import { copiedSlice, decimalAt } from '../../src/adapters/dialects/wire/decimal-text.ts';
import { LevelBatch } from '../../src/adapters/dialects/wire/level-batch.ts';
import {
  isNewTrade,
  TRADE_IDS_REMEMBERED_MAX,
} from '../../src/adapters/dialects/wire/recent-trades.ts';
import { literal, WireCursor } from '../../src/adapters/dialects/wire/wire-cursor.ts';
import { isoTimeUs } from '../../src/adapters/dialects/wire/wire-time.ts';
import { RecordingSink } from './recording-sink.ts';
import { levelsOf } from './recordings.ts';

const digits = fc.stringMatching(/^\d{1,14}$/);
const decimalText = fc.oneof(
  fc
    .tuple(digits, fc.option(digits), fc.option(fc.integer({ min: -20, max: 20 })))
    .map(([whole, fraction, exponent]) => {
      const point = fraction === null ? '' : `.${fraction}`;
      return whole + point + (exponent === null ? '' : `e${exponent}`);
    }),
  fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map(String),
  fc.string({ maxLength: 8 }),
);
const JSON_NUMBER = /^(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

test('a decimal reads as Number would read it, or not at all', () => {
  const cursor = new WireCursor();
  fc.assert(
    fc.property(decimalText, (text) => {
      const value = decimalAt(`x${text}y`, 1, 1 + text.length);
      const exponent = Math.abs(Number(/[eE](.*)$/.exec(text)?.[1] ?? 0));
      const taken = JSON_NUMBER.test(text) && text.length <= 28 && exponent <= 12;
      expect(value).toBe(taken ? Number(text) : Number.NaN);
      // What is taken can be money of record.
      if (taken) expect(Decimal.parse(text).toNumber()).toBe(value);
      cursor.open(`"${text}"`);
      expect(cursor.quotedDecimal() && cursor.atEnd).toBe(taken);
      cursor.open(`-${text}]`);
      const passes = cursor.decimal() && cursor.passCode(93) && cursor.atEnd;
      expect(passes).toBe(taken);
      if (!taken) return;
      expect([cursor.value, cursor.token(), cursor.negative]).toEqual([value, text, true]);
      const { digits } = cursor;
      expect(typeof digits === 'number' ? value.toFixed(digits) : digits).toBe(text);
    }),
    { numRuns: 3000 },
  );
});

test('a text with other than ASCII characters is left to JSON.parse', () => {
  const cursor = new WireCursor();
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      // A character cut to its last byte would look like an ASCII one.
      const isPlain = /^[\0-\x7f]*$/.test(text) && !text.includes('\\');
      expect(cursor.open(`{"a":1}${text}`)).toBe(isPlain);
      expect(cursor.open(`${'x'.repeat(5000)}${text}`)).toBe(isPlain);
    }),
  );
  expect(cursor.open('\u0122')).toBe(false);
  expect(cursor.quoted()).toBe(false);
});

test('a name is the token, whatever names came before', () => {
  const cursor = new WireCursor();
  const name = fc.string({ unit: 'binary-ascii', maxLength: 3 }).map((text) => `"${text}"`);
  fc.assert(
    fc.property(fc.array(name, { maxLength: 50 }), (names) => {
      for (const one of names) {
        if (cursor.open(one) && cursor.quoted()) expect(cursor.name()).toBe(cursor.token());
      }
    }),
  );
});

test('nothing is read beyond the end of a text', () => {
  const cursor = new WireCursor();
  cursor.open('"12","34"');
  for (const text of ['"12', '"', '', '12', '{"a']) {
    cursor.open(text);
    expect([cursor.quoted(), cursor.quotedDecimal()]).toEqual([false, false]);
    expect(cursor.passLiteral(literal('{"a"'))).toBe(false);
  }
  cursor.open('12');
  expect([cursor.integer(), cursor.value, cursor.atEnd]).toEqual([true, 12, true]);
});

test('a copied piece is the piece', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), fc.nat(80), fc.nat(80), (text, start, end) => {
      expect(copiedSlice(text, Math.min(start, end), Math.max(start, end))).toBe(
        text.slice(Math.min(start, end), Math.max(start, end)),
      );
    }),
  );
});

test("checksums are zlib's, and may be joined from those of the parts", () => {
  const latin = fc.string({ unit: 'binary-ascii', maxLength: 60 });
  fc.assert(
    fc.property(latin, latin, (first, second) => {
      const of = (text: string) => ~crc32AddText(CRC32_START, text);
      expect(of(first) >>> 0).toBe(crc32(first));
      expect((crc32Shift(of(first), second.length) ^ of(second)) >>> 0).toBe(crc32(first + second));
    }),
  );
  expect(~crc32Add(CRC32_START, 65) >>> 0).toBe(crc32('A'));
});

test('a UTC time reads as Date would read it, to the microsecond', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('1970-01-02'), max: new Date('2200-01-01'), noInvalidDate: true }),
      fc.integer({ min: 0, max: 999 }),
      (date, microseconds) => {
        const text = date.toISOString();
        expect(isoTimeUs(text)).toBe(date.getTime() * 1000);
        const finer = text.replace('Z', `${String(microseconds).padStart(3, '0')}678Z`);
        expect(isoTimeUs(finer)).toBe(date.getTime() * 1000 + microseconds);
      },
    ),
  );
  for (const bad of ['', 'Z', '2026-08-09T21:05:48', '2026-xx-09T21:05:48.5Z', 5, null]) {
    expect(isoTimeUs(bad)).toBe(0);
  }
});

const level = fc.record({
  isBid: fc.boolean(),
  price: fc.integer({ min: 1, max: 12 }),
  size: fc.integer({ min: 0, max: 9 }),
});

test('a snapshot gives the book that the frame describes, whatever its order', () => {
  const frame = fc.tuple(fc.array(level, { maxLength: 20 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), (frames) => {
      const book = new OrderBook(2);
      const batch = new LevelBatch(2);
      for (const [levels, isSorted] of frames) {
        const unique = new Map(levels.map((one) => [`${one.isBid} ${one.price}`, one]));
        const listed = [...unique.values()];
        if (isSorted) listed.sort((a, b) => (a.isBid ? b.price - a.price : a.price - b.price));
        const plain = new OrderBook();
        batch.clear();
        for (const one of listed) {
          const texts = { priceText: `${one.price}.0`, sizeText: `${one.size}.0` };
          expect(batch.add({ ...one, ...texts })).toBe(true);
          const side = one.isBid ? plain.bids : plain.asks;
          side.set(one.price, one.size, texts.priceText, texts.sizeText);
        }
        batch.replace(book);
        expect(levelsOf(book.bids)).toEqual(levelsOf(plain.bids));
        expect(levelsOf(book.asks)).toEqual(levelsOf(plain.asks));
      }
    }),
  );
});

test.each([
  ['a price of zero', 0, 1],
  ['a price that is no number', Number.NaN, 1],
  ['an infinite price', Number.POSITIVE_INFINITY, 1],
  ['a size below zero', 1, -1],
  ['a size that is no number', 1, Number.NaN],
])('%s makes no level', (_, price, size) => {
  const batch = new LevelBatch();
  expect(batch.add({ isBid: true, price, size, priceText: '', sizeText: '' })).toBe(false);
  expect(batch.length).toBe(0);
});

test('a trade id is new once, until it is the oldest of too many', () => {
  const market = new RecordingSink(krakenDialect).known('BTC/USD');
  const other = new RecordingSink(krakenDialect).known('BTC/USD');
  expect(isNewTrade(market, '1')).toBe(true);
  expect(isNewTrade(market, '1')).toBe(false);
  expect(isNewTrade(other, '1')).toBe(true);
  for (let id = 2; id <= TRADE_IDS_REMEMBERED_MAX; id += 1) isNewTrade(market, String(id));
  expect(isNewTrade(market, '1')).toBe(false);
  expect(isNewTrade(market, 'one more')).toBe(true);
  expect(isNewTrade(market, '1')).toBe(true);
});

test.each([
  ['wss://ws.kraken.com', 'kraken-v1'],
  ['wss://ws.kraken.com/v2', 'kraken'],
  ['ws://127.0.0.1:9001/v2', 'kraken'],
  ['wss://ws-feed.pro.coinbase.com', 'coinbase-exchange'],
  ['wss://advanced-trade-ws.coinbase.com', 'coinbase'],
  ['wss://api.upbit.com/websocket/v1', 'upbit'],
  ['wss://api.bitfinex.com/ws/2', 'bitfinex'],
  ['wss://api-pub.bitfinex.com/ws/2', 'bitfinex'],
])('%s is spoken by %s alone', (url, name) => {
  const all = [
    ...[krakenV1Dialect, krakenDialect, coinbaseDialect, coinbaseExchangeDialect],
    ...[upbitDialect, bitfinexDialect],
  ];
  expect(all.filter((one) => one.speaks(url)).map((one) => one.name)).toEqual([name]);
});
