import type { Clock } from '@ats/runtime';
import type { SimMarket } from '../../../domain/sim-market.ts';
import { MarketStream } from '../shared/stream.ts';
import { bookSnapshot, bookUpdate, ticker, trades, type Unnumbered } from './frames.ts';

/** Channels that are subscribed to by product. */
export const PRODUCT_CHANNELS = ['level2', 'ticker', 'market_trades'] as const;
export type ProductChannel = (typeof PRODUCT_CHANNELS)[number];

export interface CoinbaseChannel {
  readonly stream: MarketStream<Unnumbered>;
  snapshot(): Unnumbered;
}

/** The channels of all products: one encoding, to which each connection adds its number. */
export class CoinbaseChannels {
  private readonly clock: Clock;
  private readonly made = new Map<string, CoinbaseChannel>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get(name: ProductChannel, market: SimMarket): CoinbaseChannel {
    const key = `${name}:${market.listing.symbol}`;
    let channel = this.made.get(key);
    if (channel === undefined) {
      channel = this.make(name, market);
      this.made.set(key, channel);
    }
    return channel;
  }

  close(): void {
    for (const channel of this.made.values()) channel.stream.close();
    this.made.clear();
  }

  private make(name: ProductChannel, market: SimMarket): CoinbaseChannel {
    const product = market.listing.symbol;
    const now = () => this.clock.nowUs();
    switch (name) {
      case 'level2':
        return {
          stream: new MarketStream({ market, encode: (batch) => bookUpdate(product, batch) }),
          snapshot: () => bookSnapshot(market, now()),
        };
      case 'ticker':
        return {
          stream: new MarketStream({
            market,
            encode: (batch) =>
              batch.trades.length === 0 ? undefined : ticker(market, 'update', batch.timeUs),
          }),
          snapshot: () => ticker(market, 'snapshot', now()),
        };
      case 'market_trades':
        return {
          stream: new MarketStream({
            market,
            encode: ({ trades: prints, timeUs }) =>
              prints.length === 0 ? undefined : trades({ product, type: 'update', prints, timeUs }),
          }),
          snapshot: () =>
            trades({ product, type: 'snapshot', prints: market.recentTrades, timeUs: now() }),
        };
    }
  }
}
