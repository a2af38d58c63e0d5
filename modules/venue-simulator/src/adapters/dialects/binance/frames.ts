import type { BookSideView } from '@ats/domain';
import type { LevelChange, SimMarket, TradePrint } from '../../../domain/sim-market.ts';
import { padDecimals, toMillis } from '../shared/numbers.ts';

/** Binance prints every price and quantity with eight digits after the point. */
const DIGITS = 8;

export const digits = (text: string): string => padDecimals(text, DIGITS);
const fixed = (value: number): string => value.toFixed(DIGITS);

/** `[["price","quantity"],...]` of the best `count` levels. */
function sideText(side: BookSideView, count: number): string {
  let text = '[';
  const depth = Math.min(side.depth, count);
  for (let index = 0; index < depth; index += 1) {
    if (index > 0) text += ',';
    text += `["${digits(side.priceText(index))}","${digits(side.sizeText(index))}"]`;
  }
  return `${text}]`;
}

export function depthText(market: SimMarket, count: number): string {
  const { bids, asks } = market.book;
  const sides = `"bids":${sideText(bids, count)},"asks":${sideText(asks, count)}`;
  return `{"lastUpdateId":${market.lastSequence},${sides}}`;
}

function changesText(levels: Iterable<LevelChange>, side: 'bid' | 'ask'): string {
  let text = '';
  for (const level of levels) {
    if (level.side !== side) continue;
    if (text !== '') text += ',';
    text += `["${digits(level.priceText)}","${digits(level.sizeText)}"]`;
  }
  return `[${text}]`;
}

export function depthUpdate(update: {
  readonly symbol: string;
  readonly timeUs: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly levels: Iterable<LevelChange>;
}): string {
  const head = `{"e":"depthUpdate","E":${toMillis(update.timeUs)},"s":"${update.symbol}"`;
  const ids = `"U":${update.firstSequence},"u":${update.lastSequence}`;
  const bids = changesText(update.levels, 'bid');
  return `${head},${ids},"b":${bids},"a":${changesText(update.levels, 'ask')}}`;
}

/** Best price and quantity of a side; zeros when it is empty, as Binance shows them. */
function best(side: BookSideView): { price: string; size: string } {
  if (side.depth === 0) return { price: fixed(0), size: fixed(0) };
  return { price: digits(side.priceText(0)), size: digits(side.sizeText(0)) };
}

export function bookTicker(market: SimMarket): string {
  const bid = best(market.book.bids);
  const ask = best(market.book.asks);
  const head = `{"u":${market.lastSequence},"s":"${market.listing.symbol}"`;
  return `${head},"b":"${bid.price}","B":"${bid.size}","a":"${ask.price}","A":"${ask.size}"}`;
}

export function bookTickerRest(market: SimMarket): string {
  const bid = best(market.book.bids);
  const ask = best(market.book.asks);
  return (
    `{"symbol":"${market.listing.symbol}","bidPrice":"${bid.price}","bidQty":"${bid.size}",` +
    `"askPrice":"${ask.price}","askQty":"${ask.size}"}`
  );
}

export function priceRest(market: SimMarket): string {
  return `{"symbol":"${market.listing.symbol}","price":"${fixed(market.day.last)}"}`;
}

export function tradeEvent(symbol: string, trade: TradePrint): string {
  const time = toMillis(trade.timeUs);
  return (
    `{"e":"trade","E":${time},"s":"${symbol}","t":${trade.tradeId},` +
    `"p":"${digits(trade.priceText)}","q":"${digits(trade.sizeText)}","T":${time},` +
    `"m":${trade.aggressor === 'ask'},"M":true}`
  );
}

/** Each trade is its own aggregate: `a`, `f` and `l` are its id. */
export function aggTradeEvent(symbol: string, trade: TradePrint): string {
  const time = toMillis(trade.timeUs);
  const id = trade.tradeId;
  return (
    `{"e":"aggTrade","E":${time},"s":"${symbol}","a":${id},"p":"${digits(trade.priceText)}",` +
    `"q":"${digits(trade.sizeText)}","f":${id},"l":${id},"T":${time},` +
    `"m":${trade.aggressor === 'ask'},"M":true}`
  );
}

const DAY_MS = 86_400_000;

interface DayFigures {
  readonly change: string;
  readonly percent: string;
  readonly average: string;
  readonly lastSize: string;
  readonly lastId: number;
}

function dayFigures(market: SimMarket): DayFigures {
  const { day } = market;
  const newest = market.recentTrades.at(-1);
  return {
    change: fixed(day.last - day.open),
    percent: (day.open === 0 ? 0 : ((day.last - day.open) / day.open) * 100).toFixed(3),
    average: fixed(day.volumeBase === 0 ? day.last : day.volumeQuote / day.volumeBase),
    lastSize: newest === undefined ? fixed(0) : digits(newest.sizeText),
    lastId: newest?.tradeId ?? -1,
  };
}

export function tickerEvent(market: SimMarket, timeUs: number): string {
  const { day } = market;
  const figures = dayFigures(market);
  const bid = best(market.book.bids);
  const ask = best(market.book.asks);
  const now = toMillis(timeUs);
  return JSON.stringify({
    e: '24hrTicker',
    E: now,
    s: market.listing.symbol,
    p: figures.change,
    P: figures.percent,
    w: figures.average,
    x: fixed(day.open),
    c: fixed(day.last),
    Q: figures.lastSize,
    b: bid.price,
    B: bid.size,
    a: ask.price,
    A: ask.size,
    o: fixed(day.open),
    h: fixed(day.high),
    l: fixed(day.low),
    v: fixed(day.volumeBase),
    q: fixed(day.volumeQuote),
    O: now - DAY_MS,
    C: now,
    F: Math.max(figures.lastId - day.trades + 1, figures.lastId < 0 ? -1 : 1),
    L: figures.lastId,
    n: day.trades,
  });
}

export function tickerRest(market: SimMarket, timeUs: number): Record<string, unknown> {
  const { day } = market;
  const figures = dayFigures(market);
  const bid = best(market.book.bids);
  const ask = best(market.book.asks);
  const now = toMillis(timeUs);
  return {
    symbol: market.listing.symbol,
    priceChange: figures.change,
    priceChangePercent: figures.percent,
    weightedAvgPrice: figures.average,
    prevClosePrice: fixed(day.open),
    lastPrice: fixed(day.last),
    lastQty: figures.lastSize,
    bidPrice: bid.price,
    bidQty: bid.size,
    askPrice: ask.price,
    askQty: ask.size,
    openPrice: fixed(day.open),
    highPrice: fixed(day.high),
    lowPrice: fixed(day.low),
    volume: fixed(day.volumeBase),
    quoteVolume: fixed(day.volumeQuote),
    openTime: now - DAY_MS,
    closeTime: now,
    firstId: Math.max(figures.lastId - day.trades + 1, figures.lastId < 0 ? -1 : 1),
    lastId: figures.lastId,
    count: day.trades,
  };
}
