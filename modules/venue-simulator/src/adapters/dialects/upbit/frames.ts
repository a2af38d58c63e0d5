import type { BookSideView } from '@ats/domain';
import type { SimMarket, TradePrint } from '../../../domain/sim-market.ts';
import { javaDouble, toMillis } from '../shared/numbers.ts';

export type StreamType = 'SNAPSHOT' | 'REALTIME';

/** A field's long name, its name in the SIMPLE formats, and its JSON text. */
export type Field = readonly [name: string, simple: string, text: string];

export function objectText(fields: readonly Field[], simple: boolean): string {
  let text = '';
  for (const [long, short, value] of fields) {
    text += `${text === '' ? '' : ','}"${simple ? short : long}":${value}`;
  }
  return `{${text}}`;
}

const quoted = (text: string): string => `"${text}"`;
const number = (value: number, decimals: number): string => javaDouble(value.toFixed(decimals));

/** Pairs of levels, best first; the side that runs out is padded with zeros. */
function units(market: SimMarket, count: number, simple: boolean): string {
  const { bids, asks } = market.book;
  const depth = Math.min(count, Math.max(bids.depth, asks.depth));
  const names = simple ? ['ap', 'bp', 'as', 'bs'] : LONG_UNIT_NAMES;
  const [askPrice, bidPrice, askSize, bidSize] = names;
  let text = '';
  for (let index = 0; index < depth; index += 1) {
    const ask = levelOf(asks, index);
    const bid = levelOf(bids, index);
    text +=
      `${index === 0 ? '' : ','}{"${askPrice}":${ask.price},"${bidPrice}":${bid.price},` +
      `"${askSize}":${ask.size},"${bidSize}":${bid.size}}`;
  }
  return `[${text}]`;
}

const LONG_UNIT_NAMES = ['ask_price', 'bid_price', 'ask_size', 'bid_size'];

function levelOf(side: BookSideView, index: number): { price: string; size: string } {
  if (index >= side.depth) return { price: '0.0', size: '0.0' };
  return { price: javaDouble(side.priceText(index)), size: javaDouble(side.sizeText(index)) };
}

/** The sum of the sizes shown. */
function total(side: BookSideView, count: number, decimals: number): string {
  let sum = 0;
  const depth = Math.min(count, side.depth);
  for (let index = 0; index < depth; index += 1) sum += side.size(index);
  return number(sum, decimals);
}

function bookFields(
  market: SimMarket,
  options: { readonly count: number; readonly timeUs: number; readonly simple: boolean },
): readonly Field[] {
  const { bids, asks } = market.book;
  const { count, simple } = options;
  return [
    ['timestamp', 'tms', String(toMillis(options.timeUs))],
    ['total_ask_size', 'tas', total(asks, count, market.sizeDecimals)],
    ['total_bid_size', 'tbs', total(bids, count, market.sizeDecimals)],
    ['orderbook_units', 'obu', units(market, count, simple)],
  ];
}

export function orderbook(
  market: SimMarket,
  options: {
    readonly count: number;
    readonly timeUs: number;
    readonly simple: boolean;
    readonly type: StreamType;
  },
): string {
  const fields: readonly Field[] = [
    ['type', 'ty', '"orderbook"'],
    ['code', 'cd', quoted(market.listing.symbol)],
    ...bookFields(market, options),
    ['stream_type', 'st', quoted(options.type)],
    ['level', 'lv', '0'],
  ];
  return objectText(fields, options.simple);
}

export function orderbookRest(market: SimMarket, count: number, timeUs: number): string {
  const fields: readonly Field[] = [
    ['market', '', quoted(market.listing.symbol)],
    ...bookFields(market, { count, timeUs, simple: false }),
    ['level', '', '0'],
  ];
  return objectText(fields, false);
}

function change(price: number, open: number): 'RISE' | 'EVEN' | 'FALL' {
  if (price === open) return 'EVEN';
  return price > open ? 'RISE' : 'FALL';
}

const side = (trade: TradePrint): string => (trade.aggressor === 'bid' ? '"BID"' : '"ASK"');

/** Unique and, within a millisecond, in order of the trade ids. */
function sequentialId(trade: TradePrint): string {
  return `${toMillis(trade.timeUs)}${String(trade.tradeId % 1000).padStart(3, '0')}`;
}

export function tradeMessage(
  market: SimMarket,
  trade: TradePrint,
  options: { readonly simple: boolean; readonly type: StreamType },
): string {
  const { open } = market.day;
  const iso = new Date(toMillis(trade.timeUs)).toISOString();
  const ask = levelOf(market.book.asks, 0);
  const bid = levelOf(market.book.bids, 0);
  const moved = number(Math.abs(trade.price - open), market.priceDecimals);
  const fields: readonly Field[] = [
    ['type', 'ty', '"trade"'],
    ['code', 'cd', quoted(market.listing.symbol)],
    ['timestamp', 'tms', String(toMillis(trade.timeUs))],
    ['trade_date', 'td', quoted(iso.slice(0, 10))],
    ['trade_time', 'ttm', quoted(iso.slice(11, 19))],
    ['trade_timestamp', 'ttms', String(toMillis(trade.timeUs))],
    ['trade_price', 'tp', javaDouble(trade.priceText)],
    ['trade_volume', 'tv', javaDouble(trade.sizeText)],
    ['ask_bid', 'ab', side(trade)],
    ['prev_closing_price', 'pcp', number(open, market.priceDecimals)],
    ['change', 'c', quoted(change(trade.price, open))],
    ['change_price', 'cp', moved],
    ['sequential_id', 'sid', sequentialId(trade)],
    ['best_ask_price', 'bap', ask.price],
    ['best_ask_size', 'bas', ask.size],
    ['best_bid_price', 'bbp', bid.price],
    ['best_bid_size', 'bbs', bid.size],
    ['stream_type', 'st', quoted(options.type)],
  ];
  return objectText(fields, options.simple);
}

export function tradeRest(market: SimMarket, trade: TradePrint): string {
  const iso = new Date(toMillis(trade.timeUs)).toISOString();
  const fields: readonly Field[] = [
    ['market', '', quoted(market.listing.symbol)],
    ['trade_date_utc', '', quoted(iso.slice(0, 10))],
    ['trade_time_utc', '', quoted(iso.slice(11, 19))],
    ['timestamp', '', String(toMillis(trade.timeUs))],
    ['trade_price', '', javaDouble(trade.priceText)],
    ['trade_volume', '', javaDouble(trade.sizeText)],
    ['prev_closing_price', '', number(market.day.open, market.priceDecimals)],
    ['change_price', '', number(trade.price - market.day.open, market.priceDecimals)],
    ['ask_bid', '', side(trade)],
    ['sequential_id', '', sequentialId(trade)],
  ];
  return objectText(fields, false);
}
