import { type Digits, plainText } from '@ats/domain';
import type { FeedTicker, FeedTrade } from '../../domain/feed.ts';
import { decimalOf, numberOf } from './wire/decimal-text.ts';
import type { LevelBatch } from './wire/level-batch.ts';
import { literal, type WireCursor } from './wire/wire-cursor.ts';
import { type Fields, fieldsOf, listOf, textOf } from './wire/wire-json.ts';
import { millisecondsTimeUs } from './wire/wire-time.ts';

const COMMA = 44;
const CLOSE_BRACE = 125;

/** `KRW-BTC` is BTC/KRW: Upbit names the money first. */
export function upbitInstrument(symbol: string): { base: string; quote: string } | undefined {
  const match = /^([A-Z0-9]{1,16})-([A-Z0-9]{1,16})$/.exec(symbol);
  const [, quote = '', base = ''] = match ?? [];
  return match === null ? undefined : { base, quote };
}

/** What an order book says beside its levels. Reused from frame to frame. */
export interface BookHead {
  symbol: string;
  timeUs: number;
}

interface Into {
  readonly cursor: WireCursor;
  readonly levels: LevelBatch;
  readonly head: BookHead;
}

/** The keys of the two formats in the order in which the venue sends them. */
const SIMPLE = {
  opening: literal('{"ty":"orderbook","cd":'),
  time: literal(',"tms":'),
  totals: [literal(',"tas":'), literal(',"tbs":')],
  units: literal(',"obu":['),
  ask: literal('{"ap":'),
  bid: literal(',"bp":'),
  askSize: literal(',"as":'),
  bidSize: literal(',"bs":'),
  ending: literal('],"st":'),
} as const;
type Spelling = typeof SIMPLE;
const DEFAULT: Spelling = {
  opening: literal('{"type":"orderbook","code":'),
  time: literal(',"timestamp":'),
  totals: [literal(',"total_ask_size":'), literal(',"total_bid_size":')],
  units: literal(',"orderbook_units":['),
  ask: literal('{"ask_price":'),
  bid: literal(',"bid_price":'),
  askSize: literal(',"ask_size":'),
  bidSize: literal(',"bid_size":'),
  ending: literal('],"stream_type":'),
};

/**
 * Reads the usual spelling of an order book without JSON.parse, digits as they are.
 * @returns false to leave any other text to JSON.parse.
 */
export function scanBook(text: string, into: Into): boolean {
  const { cursor, levels, head } = into;
  levels.clear();
  if (!cursor.open(text)) return false;
  const spelling = cursor.passLiteral(SIMPLE.opening) ? SIMPLE : DEFAULT;
  if (spelling === DEFAULT && !cursor.passLiteral(DEFAULT.opening)) return false;
  if (!cursor.quoted()) return false;
  head.symbol = cursor.name();
  if (!cursor.passLiteral(spelling.time) || !cursor.integer()) return false;
  head.timeUs = millisecondsTimeUs(cursor.value);
  const [asksTotal, bidsTotal] = spelling.totals;
  if (!cursor.passLiteral(asksTotal) || !cursor.unsigned()) return false;
  if (!cursor.passLiteral(bidsTotal) || !cursor.unsigned()) return false;
  if (!cursor.passLiteral(spelling.units)) return false;
  do {
    if (!scanUnit(spelling, cursor, levels)) return false;
  } while (cursor.passCode(COMMA));
  if (!cursor.passLiteral(spelling.ending) || !cursor.quoted()) return false;
  // Newer frames tell the unit that prices are grouped by; 0 is the plain book.
  if (cursor.pass(',"lv":') || cursor.pass(',"level":')) {
    if (!cursor.decimal()) return false;
  }
  return cursor.passCode(CLOSE_BRACE) && cursor.atEnd;
}

function scanUnit(spelling: Spelling, cursor: WireCursor, levels: LevelBatch): boolean {
  if (!cursor.passLiteral(spelling.ask) || !cursor.unsigned()) return false;
  const ask = cursor.value;
  const askDigits = cursor.digits;
  if (!cursor.passLiteral(spelling.bid) || !cursor.unsigned()) return false;
  const bid = cursor.value;
  const bidDigits = cursor.digits;
  if (!cursor.passLiteral(spelling.askSize) || !cursor.unsigned()) return false;
  const askSize = cursor.value;
  const askSizeDigits = cursor.digits;
  if (!cursor.passLiteral(spelling.bidSize) || !cursor.unsigned()) return false;
  return (
    pushUnlessEmpty(levels, false, ask, askSize, askDigits, askSizeDigits) &&
    pushUnlessEmpty(levels, true, bid, cursor.value, bidDigits, cursor.digits) &&
    cursor.passCode(CLOSE_BRACE)
  );
}

/** Where one side has fewer levels than the other, its part of a unit is all zeros. */
function pushUnlessEmpty(
  levels: LevelBatch,
  isBid: boolean,
  price: number,
  size: number,
  priceDigits: Digits,
  sizeDigits: Digits,
): boolean {
  return size === 0 || levels.push(isBid, price, size, priceDigits, sizeDigits);
}

/** Reads an order book that JSON.parse took, numbers as texts. @returns false if it is none. */
export function readBook(frame: Fields, into: { levels: LevelBatch; head: BookHead }): boolean {
  const { levels, head } = into;
  levels.clear();
  const units = listOf(frame['obu'] ?? frame['orderbook_units']);
  head.symbol = codeOf(frame);
  head.timeUs = millisecondsTimeUs(frame['tms'] ?? frame['timestamp']);
  if (units === undefined) return false;
  return units.every((value) => {
    const unit = fieldsOf(value);
    if (unit === undefined) return false;
    const part = (short: string, long: string): string => textOf(unit[short] ?? unit[long]);
    const add = (isBid: boolean, priceText: string, sizeText: string): boolean => {
      const price = decimalOf(priceText);
      const size = decimalOf(sizeText);
      return (
        !Number.isNaN(price) && pushUnlessEmpty(levels, isBid, price, size, priceText, sizeText)
      );
    };
    return (
      add(false, part('ap', 'ask_price'), part('as', 'ask_size')) &&
      add(true, part('bp', 'bid_price'), part('bs', 'bid_size'))
    );
  });
}

/**
 * The members of a trade after its market, in the order in which the venue sends them, in both
 * formats.
 */
const TRADE_KEYS = {
  SIMPLE: ['tms', 'td', 'ttm', 'ttms', 'tp', 'tv', 'ab', 'pcp', 'c', 'cp', 'sid'],
  DEFAULT: [
    ...['timestamp', 'trade_date', 'trade_time', 'trade_timestamp', 'trade_price'],
    ...['trade_volume', 'ask_bid', 'prev_closing_price', 'change', 'change_price'],
    'sequential_id',
  ],
} as const;
const TRADE_PARTS = {
  SIMPLE: TRADE_KEYS.SIMPLE.map((key) => `,"${key}":`),
  DEFAULT: TRADE_KEYS.DEFAULT.map((key) => `,"${key}":`),
};

/**
 * Reads the usual spelling of a trade without JSON.parse, digits as they are. Members behind the
 * last known one are passed over.
 * @returns the trade's fields in their short names; undefined to leave the text to JSON.parse
 */
export function scanTrade(text: string, cursor: WireCursor): Fields | undefined {
  if (!cursor.open(text)) return undefined;
  const isSimple = cursor.pass('{"ty":"trade","cd":');
  if (!isSimple && !cursor.pass('{"type":"trade","code":')) return undefined;
  if (!cursor.quoted()) return undefined;
  const fields: Record<string, string> = { ty: 'trade', cd: cursor.token() };
  const parts = isSimple ? TRADE_PARTS.SIMPLE : TRADE_PARTS.DEFAULT;
  for (let index = 0; index < parts.length; index += 1) {
    if (!cursor.pass(parts[index] as string) || !scanValue(cursor)) return undefined;
    const key = TRADE_KEYS.SIMPLE[index] as string;
    if (READ_TRADE_KEYS.has(key)) fields[key] = cursor.token();
  }
  while (cursor.passCode(COMMA)) {
    if (!cursor.quoted() || !cursor.pass(':') || !scanValue(cursor)) return undefined;
  }
  return cursor.pass('}') && cursor.atEnd ? fields : undefined;
}

const READ_TRADE_KEYS: ReadonlySet<string> = new Set(['ttms', 'tp', 'tv', 'ab', 'sid']);

function scanValue(cursor: WireCursor): boolean {
  return cursor.quoted() || (cursor.decimal() && !cursor.negative);
}

/** The market of a frame; a request for so many levels (`KRW-BTC.5`) may be repeated in it. */
export function codeOf(frame: Fields): string {
  return textOf(frame['cd'] ?? frame['code']).replace(/\.\d{1,2}$/, '');
}

/** A trade, numbers as texts. BID is a buyer's; ids are unique, not ordered. */
export function readTrade(frame: Fields): FeedTrade | undefined {
  const price = textOf(frame['tp'] ?? frame['trade_price']);
  const size = textOf(frame['tv'] ?? frame['trade_volume']);
  const side = frame['ab'] ?? frame['ask_bid'];
  const tradeId = textOf(frame['sid'] ?? frame['sequential_id']);
  if (!(decimalOf(price) > 0) || !(decimalOf(size) > 0) || !/^\d{1,20}$/.test(tradeId)) {
    return undefined;
  }
  return {
    tradeId,
    price: withoutExponent(price),
    size: withoutExponent(size),
    aggressor: side === 'BID' ? 'bid' : side === 'ASK' ? 'ask' : 'unknown',
    exchangeTimeUs: millisecondsTimeUs(frame['ttms'] ?? frame['trade_timestamp']),
  };
}

function withoutExponent(text: string): string {
  return /[eE]/.test(text) ? plainText(Number(text)) : text;
}

/** A ticker, numbers as numbers. Upbit's carries no best prices. */
export function readTicker(frame: Fields): FeedTicker | undefined {
  const last = numberOf(frame['tp'] ?? frame['trade_price']);
  const volume24h = numberOf(frame['atv24h'] ?? frame['acc_trade_volume_24h']);
  if (Number.isNaN(last) || Number.isNaN(volume24h)) return undefined;
  const exchangeTimeUs = millisecondsTimeUs(frame['tms'] ?? frame['timestamp']);
  return { bid: 0, bidSize: 0, ask: 0, askSize: 0, last, volume24h, exchangeTimeUs };
}
