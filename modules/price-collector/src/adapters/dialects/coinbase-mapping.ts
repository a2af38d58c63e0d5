import type { FeedTicker, FeedTrade } from '../../domain/feed.ts';
import { decimalOf } from './wire/decimal-text.ts';
import type { LevelBatch } from './wire/level-batch.ts';
import { literal, type WireCursor } from './wire/wire-cursor.ts';
import { type Fields, fieldsOf, listOf, textOf } from './wire/wire-json.ts';
import { isoTimeUs } from './wire/wire-time.ts';

const COMMA = 44;
const CLOSE_BRACE = 125;
const OPENING = literal('{"channel":"l2_data",');
const TIMESTAMP = literal('"timestamp":');
const SEQUENCE = literal(',"sequence_num":');
const EVENTS = literal(',"events":[{"type":"');
const SNAPSHOT = literal('snapshot"');
const UPDATE = literal('update"');
const PRODUCT = literal(',"product_id":');
const UPDATES = literal(',"updates":[');
const BID = literal('{"side":"bid","event_time":');
const OFFER = literal('{"side":"offer","event_time":');
const PRICE = literal(',"price_level":');
const SIZE = literal(',"new_quantity":');
const ENDING = literal(']}]}');

/** `BTC-USD` is BTC/USD; Coinbase uses the common names. */
export function coinbaseInstrument(symbol: string): { base: string; quote: string } | undefined {
  const match = /^([A-Z0-9]{1,16})-([A-Z0-9]{1,16})$/.exec(symbol);
  const [, base = '', quote = ''] = match ?? [];
  return match === null ? undefined : { base, quote };
}

/** What a frame of level2 data says beside its levels. Reused from frame to frame. */
export interface LevelsHead {
  sequence: number;
  symbol: string;
  isSnapshot: boolean;
  timeUs: number;
}

export function emptyLevelsHead(): LevelsHead {
  return { sequence: -1, symbol: '', isSnapshot: false, timeUs: 0 };
}

interface Into {
  readonly cursor: WireCursor;
  readonly levels: LevelBatch;
  readonly head: LevelsHead;
}

/**
 * Reads the usual spelling of a level2 frame with one event without JSON.parse, snapshots too.
 * @returns false to leave any other text to JSON.parse.
 */
export function scanLevels(text: string, into: Into): boolean {
  const { cursor, levels, head } = into;
  levels.clear();
  if (!cursor.open(text) || !cursor.passLiteral(OPENING)) return false;
  if (cursor.pass('"client_id":') && !(cursor.quoted() && cursor.passCode(COMMA))) return false;
  if (!cursor.passLiteral(TIMESTAMP) || !cursor.quoted()) return false;
  head.timeUs = cursor.timeUs();
  if (!cursor.passLiteral(SEQUENCE) || !cursor.integer()) return false;
  head.sequence = cursor.value;
  if (!cursor.passLiteral(EVENTS)) return false;
  head.isSnapshot = cursor.passLiteral(SNAPSHOT);
  if (!head.isSnapshot && !cursor.passLiteral(UPDATE)) return false;
  if (!cursor.passLiteral(PRODUCT) || !cursor.quoted()) return false;
  head.symbol = cursor.name();
  if (!cursor.passLiteral(UPDATES)) return false;
  if (!cursor.passLiteral(ENDING)) {
    do {
      if (!scanLevel(cursor, levels)) return false;
    } while (cursor.passCode(COMMA));
    if (!cursor.passLiteral(ENDING)) return false;
  }
  return cursor.atEnd;
}

function scanLevel(cursor: WireCursor, levels: LevelBatch): boolean {
  const isBid = cursor.passLiteral(BID);
  if (!isBid && !cursor.passLiteral(OFFER)) return false;
  if (!cursor.quoted() || !cursor.passLiteral(PRICE) || !cursor.quotedDecimal()) return false;
  const price = cursor.value;
  const priceDigits = cursor.digits;
  if (!cursor.passLiteral(SIZE) || !cursor.quotedDecimal()) return false;
  return (
    levels.push(isBid, price, cursor.value, priceDigits, cursor.digits) &&
    cursor.passCode(CLOSE_BRACE)
  );
}

/** Reads one event of a level2 frame that JSON.parse took. @returns false if it is none. */
export function readLevels(event: Fields, levels: LevelBatch): boolean {
  levels.clear();
  const updates = listOf(event['updates']);
  if (updates === undefined) return false;
  return updates.every((update) => {
    const fields = fieldsOf(update);
    if (fields === undefined) return false;
    const { side, price_level: price, new_quantity: size } = fields;
    if (side !== 'bid' && side !== 'offer' && side !== 'ask') return false;
    return levels.add({
      isBid: side === 'bid',
      price: decimalOf(price),
      size: decimalOf(size),
      priceText: textOf(price),
      sizeText: textOf(size),
    });
  });
}

export interface SymbolTrade {
  readonly symbol: string;
  readonly trade: FeedTrade;
}

/**
 * One trade. The venue names the maker's side: SELL is a resting offer that a buyer took.
 * @see https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels
 */
export function readTrade(value: unknown): SymbolTrade | undefined {
  const fields = fieldsOf(value);
  if (fields === undefined) return undefined;
  const { side, price, size } = fields;
  const symbol = textOf(fields['product_id']);
  const tradeId = textOf(fields['trade_id']);
  if (symbol === '' || tradeId === '' || tradeId.length > 64) return undefined;
  if (!(decimalOf(price) > 0) || !(decimalOf(size) > 0)) return undefined;
  const trade = {
    tradeId,
    price: textOf(price),
    size: textOf(size),
    aggressor: side === 'SELL' ? 'bid' : side === 'BUY' ? 'ask' : 'unknown',
    exchangeTimeUs: isoTimeUs(fields['time']),
  } as const;
  return { symbol, trade };
}

export interface SymbolTicker {
  readonly symbol: string;
  readonly ticker: FeedTicker;
}

/** One entry of a ticker frame; `timeUs` is the frame's. */
export function readTicker(value: unknown, timeUs: number): SymbolTicker | undefined {
  const fields = fieldsOf(value);
  const symbol = textOf(fields?.['product_id']);
  if (fields === undefined || symbol === '') return undefined;
  const ticker = {
    bid: decimalOf(fields['best_bid']),
    bidSize: decimalOf(fields['best_bid_quantity']),
    ask: decimalOf(fields['best_ask']),
    askSize: decimalOf(fields['best_ask_quantity']),
    last: decimalOf(fields['price']),
    volume24h: decimalOf(fields['volume_24_h']),
    exchangeTimeUs: timeUs,
  };
  return Object.values(ticker).some(Number.isNaN) ? undefined : { symbol, ticker };
}
