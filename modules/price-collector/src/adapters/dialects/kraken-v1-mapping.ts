import type { FeedTicker, FeedTrade } from '../../domain/feed.ts';
import { decimalOf } from './wire/decimal-text.ts';
import type { LevelBatch } from './wire/level-batch.ts';
import type { WireCursor } from './wire/wire-cursor.ts';
import { type Fields, fieldsOf, listOf, textOf } from './wire/wire-json.ts';
import { secondsTimeUs } from './wire/wire-time.ts';

const COMMA = 44;
const CLOSE = 93;
const CHECKSUM_MAX = 0xffffffff;

/** Kraken's own names of assets where they are not the common ones. */
const COMMON_NAMES = new Map([
  ['XBT', 'BTC'],
  ['XDG', 'DOGE'],
]);

/** `XBT/USD` is BTC/USD. Both generations of the protocol write pairs so. */
export function krakenInstrument(symbol: string): { base: string; quote: string } | undefined {
  const match = /^([A-Z0-9.]{1,16})\/([A-Z0-9.]{1,16})$/.exec(symbol);
  const [, base = '', quote = ''] = match ?? [];
  if (match === null) return undefined;
  return { base: COMMON_NAMES.get(base) ?? base, quote: COMMON_NAMES.get(quote) ?? quote };
}

/** The book depths that Kraken offers, in levels a side. */
const DEPTHS = [10, 25, 100, 500, 1000];

/** The least depth that Kraken offers and that holds what is asked for. */
export function krakenDepth(asked: number): number {
  return DEPTHS.find((depth) => asked <= depth) ?? 1000;
}

export function isKrakenDepth(depth: number): boolean {
  return DEPTHS.includes(depth);
}

/** What a book message says beside its levels. Reused from message to message. */
export interface BookHead {
  symbol: string;
  /** Levels a side that the subscription keeps. */
  depth: number;
  isSnapshot: boolean;
  /** -1 when the message carries none, as snapshots do not. */
  checksum: number;
  /** The latest change in the message; 0 if unknown. */
  timeUs: number;
}

export function emptyBookHead(): BookHead {
  return { symbol: '', depth: 0, isSnapshot: false, checksum: -1, timeUs: 0 };
}

/**
 * Reads the usual spelling of a book update without JSON.parse:
 * `[992,{"b":[["354.15","5.0","1618678133.365913"]],"c":"2583817756"},"book-1000","XMR/USD"]`,
 * with one object or two. @returns false to leave any other text to JSON.parse.
 */
export function scanBookUpdate(
  text: string,
  into: { cursor: WireCursor; levels: LevelBatch; head: BookHead },
): boolean {
  const { cursor, levels, head } = into;
  levels.clear();
  head.isSnapshot = false;
  head.checksum = -1;
  head.timeUs = 0;
  if (!cursor.open(text) || !cursor.pass('[') || !cursor.integer()) return false;
  if (!cursor.pass(',{') || !scanSides(into)) return false;
  if (cursor.pass(',{') && (head.checksum >= 0 || !scanSides(into))) return false;
  if (!cursor.pass(',"book-') || !cursor.integer()) return false;
  head.depth = cursor.value;
  if (!isKrakenDepth(head.depth)) return false;
  if (!cursor.pass('",') || !cursor.quoted()) return false;
  head.symbol = cursor.name();
  return cursor.pass(']') && cursor.atEnd && levels.length > 0 && head.checksum >= 0;
}

/** One object after its brace: a side's changes, with the checksum if it is the last object. */
function scanSides(into: { cursor: WireCursor; levels: LevelBatch; head: BookHead }): boolean {
  const { cursor, head } = into;
  const isBid = cursor.pass('"b":[');
  if (!isBid && !cursor.pass('"a":[')) return false;
  do {
    if (!scanLevel(into, isBid)) return false;
  } while (cursor.passCode(COMMA));
  if (!cursor.passCode(CLOSE)) return false;
  if (cursor.pass(',"c":"')) {
    if (!cursor.integer() || cursor.value > CHECKSUM_MAX || !cursor.pass('"')) return false;
    head.checksum = cursor.value;
  }
  return cursor.pass('}');
}

/** `["354.15","5.0","1618678133.365913"]`, or with an `"r"` behind when it is sent once more. */
function scanLevel(
  { cursor, levels, head }: { cursor: WireCursor; levels: LevelBatch; head: BookHead },
  isBid: boolean,
): boolean {
  if (!cursor.pass('[') || !cursor.quotedDecimal()) return false;
  const price = cursor.value;
  const priceDigits = cursor.digits;
  if (!cursor.passCode(COMMA) || !cursor.quotedDecimal()) return false;
  const size = cursor.value;
  const sizeDigits = cursor.digits;
  if (!cursor.passCode(COMMA) || !cursor.quotedDecimal()) return false;
  const timeUs = Math.round(cursor.value * 1e6);
  if (timeUs > head.timeUs) head.timeUs = timeUs;
  if (!cursor.passCode(CLOSE) && !cursor.pass(',"r"]')) return false;
  return levels.push(isBid, price, size, priceDigits, sizeDigits);
}

/** Reads any spelling of a book message that JSON.parse took. @returns false if it is none. */
export function readBook(
  message: readonly unknown[],
  into: { levels: LevelBatch; head: BookHead },
): boolean {
  const { levels, head } = into;
  levels.clear();
  head.symbol = textOf(message.at(-1));
  head.depth = Number(/^book-(\d{1,4})$/.exec(textOf(message.at(-2)))?.[1] ?? 0);
  head.isSnapshot = false;
  head.checksum = -1;
  head.timeUs = 0;
  const parts = message.slice(1, -2);
  if (!isKrakenDepth(head.depth) || parts.length === 0 || parts.length > 2) return false;
  return parts.every((part) => readSides(fieldsOf(part), into));
}

function readSides(
  sides: Fields | undefined,
  into: { levels: LevelBatch; head: BookHead },
): boolean {
  if (sides === undefined) return false;
  const { head } = into;
  let known = 0;
  for (const [key, isBid] of [
    ['bs', true],
    ['as', false],
    ['b', true],
    ['a', false],
  ] as const) {
    if (!(key in sides)) continue;
    known += 1;
    if (key.length === 2) head.isSnapshot = true;
    if (!readLevels(listOf(sides[key]), isBid, into)) return false;
  }
  if ('c' in sides) {
    const checksum = textOf(sides['c']);
    head.checksum = /^\d{1,10}$/.test(checksum) ? Number(checksum) : -1;
    if (head.checksum < 0 || head.checksum > CHECKSUM_MAX) return false;
  }
  return known > 0;
}

function readLevels(
  list: readonly unknown[] | undefined,
  isBid: boolean,
  { levels, head }: { levels: LevelBatch; head: BookHead },
): boolean {
  if (list === undefined) return false;
  for (const entry of list) {
    const [priceText, sizeText, time] = listOf(entry) ?? [];
    const level = { isBid, price: decimalOf(priceText), size: decimalOf(sizeText) };
    const texts = { priceText: textOf(priceText), sizeText: textOf(sizeText) };
    if (!levels.add({ ...level, ...texts })) return false;
    head.timeUs = Math.max(head.timeUs, secondsTimeUs(time));
  }
  return true;
}

/** `["354.11","0.895","1618678142.557535","s","l",""]`; the side is that of the taker. */
export function readTrade(entry: unknown): FeedTrade | undefined {
  const [price, size, time, side] = listOf(entry) ?? [];
  if (!(decimalOf(price) > 0) || !(decimalOf(size) > 0)) return undefined;
  if (side !== 'b' && side !== 's') return undefined;
  return {
    tradeId: '',
    price: textOf(price),
    size: textOf(size),
    aggressor: side === 'b' ? 'bid' : 'ask',
    exchangeTimeUs: secondsTimeUs(time),
  };
}

/** `{"a":["13.25",35,"35.7"],"b":[...],"c":["13.25","3.7"],"v":["26560.8","72035.0"],...}` */
export function readTicker(value: unknown): FeedTicker | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const part = (key: string, index: number): number => decimalOf(listOf(fields[key])?.[index]);
  const ticker = {
    bid: part('b', 0),
    bidSize: part('b', 2),
    ask: part('a', 0),
    askSize: part('a', 2),
    last: part('c', 0),
    volume24h: part('v', 1),
    exchangeTimeUs: 0,
  };
  return Object.values(ticker).some(Number.isNaN) ? undefined : ticker;
}
