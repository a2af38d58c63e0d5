import type { Clock } from '@ats/runtime';
import { DepthWindow } from '../shared/depth-window.ts';
import { MarketStream } from '../shared/stream.ts';
import { bookSnapshot, bookUpdate, ticker, trades } from './frames-v1.ts';
import type { KrakenPair } from './names.ts';

export interface V1Channel {
  readonly id: number;
  /** `book-10`, `trade`, `ticker`. */
  readonly name: string;
  readonly stream: MarketStream<string>;
  snapshot(): string;
}

/** Channel ids leave room for every channel of a pair. */
const IDS_PER_PAIR = 16;

/** The v1 channels of all pairs: one encoding for all connections. */
export class V1Channels {
  private readonly clock: Clock;
  private readonly made = new Map<string, V1Channel>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  book(pair: KrakenPair, depth: number): V1Channel {
    const { market } = pair;
    return this.channel(pair, `book-${depth}`, (wrap) => {
      const window = new DepthWindow({ market, depthMax: depth, countsOrders: false });
      const stream = new MarketStream<string>({
        market,
        begin: () => window.reset(),
        encode: (batch) => {
          const changes = window.apply(batch);
          const body = bookUpdate(window, changes, batch.timeUs);
          return body === undefined ? undefined : wrap(body);
        },
      });
      return { stream, snapshot: () => wrap(bookSnapshot(window, this.clock.nowUs())) };
    });
  }

  trades(pair: KrakenPair): V1Channel {
    const { market } = pair;
    return this.channel(pair, 'trade', (wrap) => ({
      stream: new MarketStream<string>({
        market,
        encode: (batch) => (batch.trades.length === 0 ? undefined : wrap(trades(batch.trades))),
      }),
      snapshot: () => wrap(trades(market.recentTrades.slice(-50))),
    }));
  }

  ticker(pair: KrakenPair): V1Channel {
    const { market } = pair;
    return this.channel(pair, 'ticker', (wrap) => ({
      stream: new MarketStream<string>({
        market,
        encode: (batch) => (batch.trades.length === 0 ? undefined : wrap(ticker(market))),
      }),
      snapshot: () => wrap(ticker(market)),
    }));
  }

  close(): void {
    for (const channel of this.made.values()) channel.stream.close();
    this.made.clear();
  }

  private channel(
    pair: KrakenPair,
    name: string,
    make: (wrap: (body: string) => string) => Pick<V1Channel, 'stream' | 'snapshot'>,
  ): V1Channel {
    const key = `${name}:${pair.wsName}`;
    const found = this.made.get(key);
    if (found !== undefined) return found;
    const id = pair.index * IDS_PER_PAIR + (NUMBERS[name] ?? 0);
    const wrap = (body: string): string => `[${id},${body},"${name}","${pair.wsName}"]`;
    const channel = { id, name, ...make(wrap) };
    this.made.set(key, channel);
    return channel;
  }
}

const NUMBERS: Readonly<Record<string, number>> = {
  'book-10': 0,
  'book-25': 1,
  'book-100': 2,
  'book-500': 3,
  'book-1000': 4,
  ticker: 5,
  trade: 6,
};
