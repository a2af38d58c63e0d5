import type { FeedTicker, FeedTrade } from '../../domain/feed.ts';
import { decimalOf, numberOf } from './wire/decimal-text.ts';
import type { LevelBatch } from './wire/level-batch.ts';
import { literal, type WireCursor } from './wire/wire-cursor.ts';
import { type Fields, fieldsOf, listOf, textOf } from './wire/wire-json.ts';
import { isoTimeUs } from './wire/wire-time.ts';

const COMMA = 44;
const CLOSE = 93;
const CLOSE_BRACE = 125;
const CHECKSUM_MAX = 0xffffffff;
const OPENING = literal('{"channel":"book","type":"');
const SNAPSHOT = literal('snapshot"');
const UPDATE = literal('update"');
const SYMBOL = literal(',"data":[{"symbol":');
const BIDS = literal(',"bids":[');
const ASKS = literal(',"asks":[');
const PRICE = literal('{"price":');
const SIZE = literal(',"qty":');
const CHECKSUM = literal(',"checksum":');
const TIMESTAMP = literal(',"timestamp":');
const ENDING = literal('}]}');

/** What a book message says beside its levels. Reused from message to message. */
export interface BookHead {
  symbol: string;
  isSnapshot: boolean;
  /** -1 when the message carries none. */
  checksum: number;
  timeUs: number;
}

export function emptyBookHead(): BookHead {
  return { symbol: '', isSnapshot: false, checksum: -1, timeUs: 0 };
}

interface Into {
  readonly cursor: WireCursor;
  readonly levels: LevelBatch;
  readonly head: BookHead;
}

/**
 * Reads the usual spelling of a book message without JSON.parse, snapshots too. Numbers come bare
 * in version 2, so their digits, which the checksum is taken of, are kept as they are.
 * @returns false to leave any other text to JSON.parse.
 */
export function scanBook(text: string, { cursor, levels, head }: Into): boolean {
  levels.clear();
  if (!cursor.open(text) || !cursor.passLiteral(OPENING)) return false;
  head.isSnapshot = cursor.passLiteral(SNAPSHOT);
  if (!head.isSnapshot && !cursor.passLiteral(UPDATE)) return false;
  if (!cursor.passLiteral(SYMBOL) || !cursor.quoted()) return false;
  head.symbol = cursor.name();
  if (!cursor.passLiteral(BIDS) || !scanLevels(cursor, levels, true)) return false;
  if (!cursor.passLiteral(ASKS) || !scanLevels(cursor, levels, false)) return false;
  if (!cursor.passLiteral(CHECKSUM) || !cursor.integer()) return false;
  head.checksum = cursor.value;
  head.timeUs = 0;
  if (cursor.passLiteral(TIMESTAMP)) {
    if (!cursor.quoted()) return false;
    head.timeUs = cursor.timeUs();
  }
  return cursor.passLiteral(ENDING) && cursor.atEnd && head.checksum <= CHECKSUM_MAX;
}

/** `{"price":0.5657,"qty":1098.3947558},...]`, the opening bracket already passed. */
function scanLevels(cursor: WireCursor, levels: LevelBatch, isBid: boolean): boolean {
  if (cursor.passCode(CLOSE)) return true;
  do {
    if (!cursor.passLiteral(PRICE) || !cursor.unsigned()) return false;
    const price = cursor.value;
    const priceDigits = cursor.digits;
    if (!cursor.passLiteral(SIZE) || !cursor.unsigned()) return false;
    if (!levels.push(isBid, price, cursor.value, priceDigits, cursor.digits)) return false;
    if (!cursor.passCode(CLOSE_BRACE)) return false;
  } while (cursor.passCode(COMMA));
  return cursor.passCode(CLOSE);
}

/**
 * Reads the usual spelling of a trade message without JSON.parse.
 * @returns the message with its numbers as texts; undefined to leave any other to JSON.parse
 */
export function scanTrades(text: string, cursor: WireCursor): Fields | undefined {
  if (!text.startsWith('{"channel":"trade","type":"') || !cursor.open(text)) return undefined;
  const fields = cursor.fields();
  const isTrades = cursor.atEnd && fields?.['channel'] === 'trade' && !('method' in fields);
  return isTrades ? fields : undefined;
}

/** Reads one entry of a book message, numbers as texts. @returns false if it is none. */
export function readBook(entry: Fields, { levels, head }: Omit<Into, 'cursor'>): boolean {
  levels.clear();
  const checksum = entry['checksum'];
  head.checksum = checksum === undefined ? -1 : decimalOf(checksum);
  head.timeUs = isoTimeUs(entry['timestamp']);
  if (!Number.isSafeInteger(head.checksum) || head.checksum > CHECKSUM_MAX) return false;
  return (
    readLevels(entry['bids'] ?? [], levels, true) && readLevels(entry['asks'] ?? [], levels, false)
  );
}

function readLevels(value: unknown, levels: LevelBatch, isBid: boolean): boolean {
  const list = listOf(value);
  if (list === undefined) return false;
  return list.every((level) => {
    const { price, qty } = fieldsOf(level) ?? {};
    return levels.add({
      isBid,
      price: decimalOf(price),
      size: decimalOf(qty),
      priceText: textOf(price),
      sizeText: textOf(qty),
    });
  });
}

/** A trade, numbers as texts; the side is the taker's. */
export function readTrade(entry: Fields): FeedTrade | undefined {
  const { side, price, qty } = entry;
  const tradeId = textOf(entry['trade_id']);
  if (!(decimalOf(price) > 0) || !(decimalOf(qty) > 0) || !/^\d{1,20}$/.test(tradeId)) {
    return undefined;
  }
  return {
    tradeId,
    price: textOf(price),
    size: textOf(qty),
    aggressor: side === 'buy' ? 'bid' : side === 'sell' ? 'ask' : 'unknown',
    exchangeTimeUs: isoTimeUs(entry['timestamp']),
  };
}

/** A ticker, numbers as numbers. */
export function readTicker(entry: Fields): FeedTicker | undefined {
  const ticker = {
    bid: numberOf(entry['bid']),
    bidSize: numberOf(entry['bid_qty']),
    ask: numberOf(entry['ask']),
    askSize: numberOf(entry['ask_qty']),
    last: numberOf(entry['last']),
    volume24h: numberOf(entry['volume']),
    exchangeTimeUs: isoTimeUs(entry['timestamp']),
  };
  return Object.values(ticker).some(Number.isNaN) ? undefined : ticker;
}
