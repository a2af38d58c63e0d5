import type { FeedTicker, FeedTrade } from '../../domain/feed.ts';
import { decimalOf } from './wire/decimal-text.ts';
import type { LevelBatch } from './wire/level-batch.ts';
import type { WireCursor } from './wire/wire-cursor.ts';
import { type Fields, listOf, textOf } from './wire/wire-json.ts';
import { isoTimeUs } from './wire/wire-time.ts';

const COMMA = 44;
const CLOSE = 93;

/** What an `l2update` says beside its levels. Reused from frame to frame. */
export interface UpdateHead {
  symbol: string;
  timeUs: number;
}

interface Into {
  readonly cursor: WireCursor;
  readonly levels: LevelBatch;
  readonly head: UpdateHead;
}

/**
 * Reads the usual spelling of an update without JSON.parse:
 * `{"type":"l2update","product_id":"SKL-USD","changes":[["buy","0.78","0.0"]],"time":"..."}`.
 * @returns false to leave any other text to JSON.parse.
 */
export function scanUpdate(text: string, { cursor, levels, head }: Into): boolean {
  levels.clear();
  if (!cursor.open(text) || !cursor.pass('{"type":"l2update","product_id":')) return false;
  if (!cursor.quoted()) return false;
  head.symbol = cursor.name();
  if (!cursor.pass(',"changes":[')) return false;
  do {
    if (!scanChange(cursor, levels)) return false;
  } while (cursor.passCode(COMMA));
  if (!cursor.pass('],"time":') || !cursor.quoted()) return false;
  head.timeUs = cursor.timeUs();
  return cursor.pass('}') && cursor.atEnd;
}

function scanChange(cursor: WireCursor, levels: LevelBatch): boolean {
  const isBid = cursor.pass('["buy",');
  if (!isBid && !cursor.pass('["sell",')) return false;
  if (!cursor.quotedDecimal() || !cursor.passCode(COMMA)) return false;
  const price = cursor.value;
  const priceDigits = cursor.digits;
  if (!cursor.quotedDecimal()) return false;
  return (
    levels.push(isBid, price, cursor.value, priceDigits, cursor.digits) && cursor.passCode(CLOSE)
  );
}

/** Reads the changes of an update that JSON.parse took. @returns false if they are none. */
export function readChanges(frame: Fields, levels: LevelBatch): boolean {
  levels.clear();
  const changes = listOf(frame['changes']);
  if (changes === undefined) return false;
  return changes.every((change) => {
    const [side, price, size] = listOf(change) ?? [];
    return (side === 'buy' || side === 'sell') && add(levels, side === 'buy', [price, size]);
  });
}

/** Reads both sides of a snapshot. @returns false if it is none. */
export function readSnapshot(frame: Fields, levels: LevelBatch): boolean {
  levels.clear();
  const bids = listOf(frame['bids']);
  const asks = listOf(frame['asks']);
  if (bids === undefined || asks === undefined) return false;
  return (
    bids.every((level) => add(levels, true, level)) &&
    asks.every((level) => add(levels, false, level))
  );
}

function add(levels: LevelBatch, isBid: boolean, level: unknown): boolean {
  const [price, size] = listOf(level) ?? [];
  return levels.add({
    isBid,
    price: decimalOf(price),
    size: decimalOf(size),
    priceText: textOf(price),
    sizeText: textOf(size),
  });
}

/** A `match` or `last_match`. `side` is the maker's: a resting sell was taken by a buyer. */
export function readMatch(frame: Fields): { id: number; trade: FeedTrade } | undefined {
  const { side, price, size, trade_id: id } = frame;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return undefined;
  if (!(decimalOf(price) > 0) || !(decimalOf(size) > 0)) return undefined;
  const trade = {
    tradeId: String(id),
    price: textOf(price),
    size: textOf(size),
    aggressor: side === 'sell' ? 'bid' : side === 'buy' ? 'ask' : 'unknown',
    exchangeTimeUs: isoTimeUs(frame['time']),
  } as const;
  return { id, trade };
}

/** A `ticker`; older ones carry no sizes. */
export function readTicker(frame: Fields): FeedTicker | undefined {
  const size = (key: string): number => (key in frame ? decimalOf(frame[key]) : 0);
  const ticker = {
    bid: decimalOf(frame['best_bid']),
    bidSize: size('best_bid_size'),
    ask: decimalOf(frame['best_ask']),
    askSize: size('best_ask_size'),
    last: decimalOf(frame['price']),
    volume24h: decimalOf(frame['volume_24h']),
    exchangeTimeUs: isoTimeUs(frame['time']),
  };
  return Object.values(ticker).some(Number.isNaN) ? undefined : ticker;
}
