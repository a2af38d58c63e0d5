import type { Clock } from '@ats/runtime';
import type { SimMarket } from '../../../domain/sim-market.ts';
import { DepthWindow } from '../shared/depth-window.ts';
import { MarketStream } from '../shared/stream.ts';
import { bookSnapshot, bookUpdate, instruments, TopWatch, ticker, trades } from './frames-v2.ts';
import type { KrakenPairs } from './names.ts';

const SNAPSHOT_TRADES = 50;

export interface V2Channel {
  readonly stream: MarketStream<string>;
  snapshot(): string;
}

/** The channels of all pairs: made when first asked for, one encoding for all connections. */
export class V2Channels {
  private readonly pairs: KrakenPairs;
  private readonly clock: Clock;
  private readonly made = new Map<string, V2Channel>();

  constructor(pairs: KrakenPairs, clock: Clock) {
    this.pairs = pairs;
    this.clock = clock;
  }

  book(market: SimMarket, depth: number): V2Channel {
    return this.channel(`book-${depth}:${market.listing.symbol}`, () => {
      const window = new DepthWindow({ market, depthMax: depth, countsOrders: false });
      const { symbol } = market.listing;
      const stream = new MarketStream<string>({
        market,
        begin: () => window.reset(),
        encode: (batch) => {
          const changes = window.apply(batch);
          if (changes.length === 0) return undefined;
          return bookUpdate({ symbol, window, changes, timeUs: batch.timeUs });
        },
      });
      return { stream, snapshot: () => bookSnapshot(symbol, window, this.clock.nowUs()) };
    });
  }

  trades(market: SimMarket): V2Channel {
    const { symbol } = market.listing;
    return this.channel(`trade:${symbol}`, () => ({
      stream: new MarketStream<string>({
        market,
        encode: (batch) =>
          batch.trades.length === 0 ? undefined : trades(symbol, 'update', batch.trades),
      }),
      snapshot: () => trades(symbol, 'snapshot', market.recentTrades.slice(-SNAPSHOT_TRADES)),
    }));
  }

  ticker(market: SimMarket, trigger: 'bbo' | 'trades'): V2Channel {
    return this.channel(`ticker-${trigger}:${market.listing.symbol}`, () => {
      const top = new TopWatch(market);
      return {
        stream: new MarketStream<string>({
          market,
          begin: () => void top.changed(),
          encode: (batch) => {
            const due = trigger === 'bbo' ? top.changed(batch) : batch.trades.length > 0;
            return due ? ticker(market, 'update', batch.timeUs) : undefined;
          },
        }),
        snapshot: () => ticker(market, 'snapshot', this.clock.nowUs()),
      };
    });
  }

  instruments(): string {
    return instruments(this.pairs.all);
  }

  close(): void {
    for (const channel of this.made.values()) channel.stream.close();
    this.made.clear();
  }

  private channel(name: string, make: () => V2Channel): V2Channel {
    let channel = this.made.get(name);
    if (channel === undefined) {
      channel = make();
      this.made.set(name, channel);
    }
    return channel;
  }
}
