import type { FeedTicker, FeedTrade } from '../domain/feed.ts';

export type CcxtLevel = readonly [price: number, size: number];

/** As in ccxt's own types, times in milliseconds since 1970. */
export interface CcxtBook {
  readonly bids: readonly CcxtLevel[];
  readonly asks: readonly CcxtLevel[];
  readonly timestamp?: number;
}

export interface CcxtTrade {
  readonly id?: string;
  readonly price: number;
  readonly amount: number;
  readonly side?: string;
  readonly timestamp?: number;
}

export interface CcxtTicker {
  readonly bid?: number;
  readonly bidVolume?: number;
  readonly ask?: number;
  readonly askVolume?: number;
  readonly last?: number;
  readonly baseVolume?: number;
  readonly timestamp?: number;
}

interface BookSide {
  readonly depth: number;
  price(index: number): number;
  size(index: number): number;
  set(price: number, size: number): unknown;
}

/** Whether a side already has the best `depth` levels that ccxt gives. */
export function sameSide(side: BookSide, levels: readonly CcxtLevel[], depth: number): boolean {
  const count = Math.min(levels.length, depth);
  if (side.depth !== count) return false;
  for (let index = 0; index < count; index += 1) {
    const [price, size] = levels[index] as CcxtLevel;
    if (side.price(index) !== price || side.size(index) !== size) return false;
  }
  return true;
}

/** Fills an empty side. @returns false at a level that is no level */
export function fillSide(side: BookSide, levels: readonly CcxtLevel[], depth: number): boolean {
  const count = Math.min(levels.length, depth);
  for (let index = 0; index < count; index += 1) {
    const [price, size] = levels[index] as CcxtLevel;
    if (!(price > 0) || !(size >= 0) || price === Infinity || size === Infinity) return false;
    if (size > 0) side.set(price, size);
  }
  return true;
}

/** @returns microseconds; 0 where ccxt knows no time */
export const timeUs = (timestampMs: number | undefined): number =>
  Math.round((timestampMs ?? 0) * 1000);

export function tradeOf(trade: CcxtTrade): FeedTrade {
  return {
    tradeId: trade.id ?? '',
    price: String(trade.price),
    size: String(trade.amount),
    aggressor: trade.side === 'buy' ? 'bid' : trade.side === 'sell' ? 'ask' : 'unknown',
    exchangeTimeUs: timeUs(trade.timestamp),
  };
}

export function tickerOf(ticker: CcxtTicker): FeedTicker {
  return {
    bid: ticker.bid ?? 0,
    bidSize: ticker.bidVolume ?? 0,
    ask: ticker.ask ?? 0,
    askSize: ticker.askVolume ?? 0,
    last: ticker.last ?? 0,
    volume24h: ticker.baseVolume ?? 0,
    exchangeTimeUs: timeUs(ticker.timestamp),
  };
}
