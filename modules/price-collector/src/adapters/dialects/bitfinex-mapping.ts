import { plainText } from '@ats/domain';
import type { FeedTicker, FeedTrade } from '../../domain/feed.ts';
import { decimalOf, signedDecimalOf } from './wire/decimal-text.ts';
import type { LevelBatch } from './wire/level-batch.ts';
import type { WireCursor } from './wire/wire-cursor.ts';
import { listOf, textOf } from './wire/wire-json.ts';
import { millisecondsTimeUs } from './wire/wire-time.ts';

const COMMA = 44;
const OPEN = 91;
const CLOSE = 93;
const TICKER_NUMBERS = 10;

/** Bitfinex's own names of assets where they are not the common ones. */
const COMMON_NAMES = new Map([
  ['UST', 'USDT'],
  ['UDC', 'USDC'],
  ['IOT', 'IOTA'],
  ['MNA', 'MANA'],
  ['DSH', 'DASH'],
  ['DAT', 'DATA'],
  ['QTM', 'QTUM'],
  ['SNG', 'SNGLS'],
  ['YYW', 'YOYOW'],
  ['ATO', 'ATOM'],
  ['ALG', 'ALGO'],
  ['DOG', 'MDOGE'],
]);

/** `tBTCUST` is BTC/USDT; names longer than three letters are parted by a colon. */
export function bitfinexInstrument(symbol: string): { base: string; quote: string } | undefined {
  const match =
    /^t([A-Z0-9]{1,16}):([A-Z0-9]{1,16})$/.exec(symbol) ??
    /^t([A-Z0-9]{3})([A-Z0-9]{3})$/.exec(symbol);
  const [, base = '', quote = ''] = match ?? [];
  if (match === null) return undefined;
  return { base: COMMON_NAMES.get(base) ?? base, quote: COMMON_NAMES.get(quote) ?? quote };
}

/** What a channel message is. Reused from message to message. */
export interface MessageHead {
  kind: 'update' | 'snapshot' | 'heartbeat' | 'checksum' | 'ticker';
  channel: number;
  /** The number after the payload; -1 if there is none. */
  sequence: number;
  /** Of a checksum: signed, 32 bits. */
  checksum: number;
  /** Of a ticker. */
  readonly numbers: Float64Array;
}

export function emptyMessageHead(): MessageHead {
  return {
    ...{ kind: 'heartbeat', channel: 0, sequence: -1, checksum: 0 },
    numbers: new Float64Array(TICKER_NUMBERS),
  };
}

interface Into {
  readonly cursor: WireCursor;
  readonly levels: LevelBatch;
  readonly head: MessageHead;
}

/**
 * Reads without JSON.parse what a book channel sends, `[225206,[0.0698,1,-1500.5],18]`, and
 * heartbeats, checksums and tickers, which are lists of ten. How the numbers of a level were
 * written is kept, for the checksum.
 * @returns false to leave any other text to JSON.parse.
 */
export function scanMessage(text: string, into: Into): boolean {
  const { cursor, levels, head } = into;
  levels.clear();
  head.sequence = -1;
  if (!cursor.open(text) || !cursor.passCode(OPEN) || !cursor.integer()) return false;
  head.channel = cursor.value;
  if (!cursor.passCode(COMMA) || !scanPayload(into)) return false;
  if (cursor.passCode(COMMA)) {
    if (!cursor.integer()) return false;
    head.sequence = cursor.value;
  }
  return cursor.passCode(CLOSE) && cursor.atEnd;
}

function scanPayload({ cursor, levels, head }: Into): boolean {
  if (cursor.pass('"hb"')) {
    head.kind = 'heartbeat';
    return true;
  }
  if (cursor.pass('"cs",')) {
    head.kind = 'checksum';
    if (!cursor.decimal() || !Number.isInteger(cursor.value)) return false;
    head.checksum = cursor.negative ? -cursor.value : cursor.value;
    return true;
  }
  if (!cursor.pass('[[')) {
    head.kind = 'update';
    if (!cursor.passCode(OPEN)) return false;
    const start = cursor.at;
    if (scanLevel(cursor, levels)) return true;
    levels.clear();
    head.kind = 'ticker';
    cursor.at = start;
    return scanTicker(cursor, head.numbers);
  }
  head.kind = 'snapshot';
  do {
    if (!scanLevel(cursor, levels)) return false;
  } while (cursor.pass(',['));
  return cursor.passCode(CLOSE);
}

/** `price,count,amount]`: count 0 removes the level, the amount's sign tells its side. */
function scanLevel(cursor: WireCursor, levels: LevelBatch): boolean {
  if (!cursor.unsigned()) return false;
  const price = cursor.value;
  const priceDigits = cursor.digits;
  if (!cursor.passCode(COMMA) || !cursor.integer()) return false;
  const count = cursor.value;
  if (!cursor.passCode(COMMA) || !cursor.decimal() || cursor.value === 0) return false;
  const size = count === 0 ? 0 : cursor.value;
  const sizeDigits = count === 0 ? 0 : cursor.digits;
  return (
    levels.push(!cursor.negative, price, size, priceDigits, sizeDigits) && cursor.passCode(CLOSE)
  );
}

/** The ten numbers of a ticker, of which only the changes of a day may be below zero. */
function scanTicker(cursor: WireCursor, numbers: Float64Array): boolean {
  for (let index = 0; index < TICKER_NUMBERS; index += 1) {
    if (index > 0 && !cursor.passCode(COMMA)) return false;
    if (!cursor.decimal() || (cursor.negative && index !== 4 && index !== 5)) return false;
    numbers[index] = cursor.value;
  }
  return cursor.passCode(CLOSE);
}

/** A ticker that stands in `numbers`. */
export function scannedTicker(numbers: Float64Array): FeedTicker {
  return {
    bid: numbers[0] as number,
    bidSize: numbers[1] as number,
    ask: numbers[2] as number,
    askSize: numbers[3] as number,
    last: numbers[6] as number,
    volume24h: numbers[7] as number,
    exchangeTimeUs: 0,
  };
}

/**
 * Reads the payload of a book message whose numbers were kept as texts.
 * @returns what it is; undefined if it is no book message
 */
export function readBook(payload: unknown, levels: LevelBatch): 'snapshot' | 'update' | undefined {
  levels.clear();
  const list = listOf(payload);
  if (list === undefined) return undefined;
  if (list.length > 0 && !Array.isArray(list[0])) {
    return readLevel(list, levels) ? 'update' : undefined;
  }
  return list.every((level) => readLevel(listOf(level), levels)) ? 'snapshot' : undefined;
}

function readLevel(level: readonly unknown[] | undefined, levels: LevelBatch): boolean {
  if (level === undefined) return false;
  const [price, countText, amountText] = level;
  const count = decimalOf(countText);
  const amount = signedDecimalOf(amountText);
  if (!Number.isSafeInteger(count) || Number.isNaN(amount) || amount === 0) return false;
  return levels.add({
    isBid: amount > 0,
    price: decimalOf(price),
    size: count === 0 ? 0 : Math.abs(amount),
    priceText: textOf(price),
    sizeText: textOf(amountText).replace(/^-/, ''),
  });
}

/** `[id, time, amount, price]`, numbers as texts; a positive amount is a buyer's. */
export function readTrade(value: unknown): FeedTrade | undefined {
  const [id, time, amountText, priceText] = listOf(value) ?? [];
  const tradeId = textOf(id);
  const amount = signedDecimalOf(amountText);
  const price = decimalOf(priceText);
  if (!/^\d{1,20}$/.test(tradeId) || !(price > 0) || !(Math.abs(amount) > 0)) return undefined;
  return {
    tradeId,
    price: withoutExponent(textOf(priceText)),
    size: withoutExponent(textOf(amountText).replace(/^-/, '')),
    aggressor: amount > 0 ? 'bid' : 'ask',
    exchangeTimeUs: millisecondsTimeUs(time),
  };
}

function withoutExponent(text: string): string {
  return /[eE]/.test(text) ? plainText(Number(text)) : text;
}

/** The ten numbers of a ticker, as texts; a quiet market has none for some of them. */
export function readTicker(value: unknown): FeedTicker | undefined {
  const list = listOf(value);
  if (list === undefined || list.length < 10) return undefined;
  const part = (index: number): number => (list[index] === null ? 0 : decimalOf(list[index]));
  const ticker = {
    bid: part(0),
    bidSize: part(1),
    ask: part(2),
    askSize: part(3),
    last: part(6),
    volume24h: part(7),
    exchangeTimeUs: 0,
  };
  return Object.values(ticker).some(Number.isNaN) ? undefined : ticker;
}
