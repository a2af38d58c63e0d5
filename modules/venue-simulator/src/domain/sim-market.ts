import type { Listing, OrderBook } from '@ats/domain';

/** A price level after a change. Texts carry the listing's full digits ("0.10", "1.50000000"). */
export interface LevelChange {
  readonly side: 'bid' | 'ask';
  readonly price: number;
  /** New absolute size; 0 when the level is gone. */
  readonly size: number;
  readonly priceText: string;
  readonly sizeText: string;
  /** Orders resting at the price after the change. */
  readonly orderCount: number;
}

export interface TradePrint {
  /** Counts the market's trades from 1. */
  readonly tradeId: number;
  readonly timeUs: number;
  readonly price: number;
  readonly size: number;
  readonly priceText: string;
  readonly sizeText: string;
  /** The side that took liquidity. */
  readonly aggressor: 'bid' | 'ask';
}

/** All that changed in one market at one moment of the simulation. */
export interface MarketBatch {
  readonly timeUs: number;
  /** Sequence numbers of the first and last change; consecutive over batches, from 1. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /**
   * One entry per price and side, final state; in order of sequence. Empty when all that changed
   * changed back; `lastSequence` is then one below `firstSequence`, and there are trades.
   */
  readonly levels: readonly LevelChange[];
  readonly trades: readonly TradePrint[];
}

export interface DayStatistics {
  readonly last: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly volumeBase: number;
  readonly volumeQuote: number;
  readonly trades: number;
}

/** One listed market as the protocol servers see it. */
export interface SimMarket {
  readonly listing: Listing;
  /** Digits after the point in `priceText` and `sizeText`. */
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  /** Aggregated levels with texts; read only, always current. */
  readonly book: OrderBook;
  orderCountAt(side: 'bid' | 'ask', price: number): number;
  /** Sequence of the last change in `book`. */
  readonly lastSequence: number;
  readonly day: DayStatistics;
  /** Newest last, at most 100. */
  readonly recentTrades: readonly TradePrint[];
  /** @returns a function that ends the subscription. */
  onBatch(listener: (batch: MarketBatch) => void): () => void;
}

/** One simulated exchange: its markets, by venue symbol. */
export interface SimVenue {
  readonly name: string;
  readonly markets: ReadonlyMap<string, SimMarket>;
}
