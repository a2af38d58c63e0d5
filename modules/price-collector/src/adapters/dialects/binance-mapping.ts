import type { FeedTicker, FeedTrade } from '../../domain/feed.ts';
import type { LevelBuffer } from '../../domain/level-buffer.ts';

/** Quote assets that Binance lists, longest first, so that FDUSD wins over USD. */
const QUOTES = [
  ...['FDUSD', 'USDT', 'USDC', 'TUSD', 'BUSD', 'USDP', 'USDS', 'BIDR', 'BVND', 'IDRT', 'DOGE'],
  ...['BTC', 'ETH', 'BNB', 'XRP', 'TRX', 'DOT', 'DAI', 'UST', 'VAI', 'PAX', 'SOL'],
  ...['USD', 'EUR', 'GBP', 'TRY', 'BRL', 'AUD', 'RUB', 'UAH', 'NGN', 'ZAR', 'PLN', 'RON', 'ARS'],
  ...['JPY', 'MXN', 'CZK', 'COP', 'IDR', 'KZT'],
];
const NUMBER = /^\d{1,30}(\.\d{1,30})?$/;

/** @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams */
export function binanceInstrument(symbol: string): { base: string; quote: string } | undefined {
  if (!/^[A-Z0-9]{4,24}$/.test(symbol)) return undefined;
  const quote = QUOTES.find((one) => symbol.length > one.length && symbol.endsWith(one));
  if (quote === undefined) return undefined;
  return { base: symbol.slice(0, -quote.length), quote };
}

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;
}

export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

/** @returns a whole number of 0 or more; undefined for anything else. */
export function countField(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** @returns the number that a field holds as text, 0 or more and finite; NaN for anything else. */
function numberField(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === 'string' && NUMBER.test(value) ? Number(value) : Number.NaN;
}

/** Binance tells times in milliseconds, or in microseconds to clients that ask. */
export function timeUs(fields: Fields, name: string): number {
  const time = countField(fields, name) ?? 0;
  return time > 1e14 ? time : time * 1000;
}

/** Reads `bids`/`asks` style lists. @returns false when anything in them is not a level. */
export function readLevels(
  levels: LevelBuffer,
  lists: { readonly bids: unknown; readonly asks: unknown },
): boolean {
  levels.clear();
  if (!pushLevels(levels, lists.bids)) return false;
  levels.endBids();
  return pushLevels(levels, lists.asks);
}

function pushLevels(levels: LevelBuffer, list: unknown): boolean {
  if (!Array.isArray(list)) return false;
  for (const level of list as unknown[]) {
    if (!Array.isArray(level)) return false;
    const [priceText, sizeText] = level as unknown[];
    if (typeof priceText !== 'string' || typeof sizeText !== 'string') return false;
    if (!NUMBER.test(priceText) || !NUMBER.test(sizeText)) return false;
    const price = Number(priceText);
    if (price === 0) return false;
    levels.push(price, Number(sizeText), priceText, sizeText);
  }
  return true;
}

/** A `trade` or `aggTrade` event. `m` says that the buyer was the maker. */
export function readTrade(data: Fields): FeedTrade | undefined {
  const id = countField(data, data.e === 'trade' ? 't' : 'a');
  const price = textField(data, 'p');
  const size = textField(data, 'q');
  if (id === undefined || price === undefined || size === undefined) return undefined;
  if (!(numberField(data, 'p') > 0) || !(numberField(data, 'q') > 0)) return undefined;
  if (typeof data.m !== 'boolean') return undefined;
  return {
    tradeId: String(id),
    price,
    size,
    aggressor: data.m ? 'ask' : 'bid',
    exchangeTimeUs: timeUs(data, 'T'),
  };
}

/** A `bookTicker` event, or the rolling day's `24hrTicker`. */
export function readTicker(data: Fields): FeedTicker | undefined {
  const bid = numberField(data, 'b');
  const bidSize = numberField(data, 'B');
  const ask = numberField(data, 'a');
  const askSize = numberField(data, 'A');
  const day = data.e === '24hrTicker';
  const last = day ? numberField(data, 'c') : 0;
  const volume24h = day ? numberField(data, 'v') : 0;
  // A sum is a number only if all of its parts are.
  if (Number.isNaN(bid + bidSize + ask + askSize + last + volume24h)) return undefined;
  return { bid, bidSize, ask, askSize, last, volume24h, exchangeTimeUs: timeUs(data, 'E') };
}
