import type { Clock } from '@ats/runtime';
import type { SimMarket } from '../../../domain/sim-market.ts';
import { MarketStream } from '../shared/stream.ts';
import { heartbeat, match, snapshot, ticker, update } from './exchange-frames.ts';

/** `level2` and `level2_batch` send the same messages. */
export const EXCHANGE_CHANNELS = [
  'level2',
  'level2_batch',
  'matches',
  'ticker',
  'heartbeat',
] as const;
export type ExchangeChannelName = (typeof EXCHANGE_CHANNELS)[number];

export interface ExchangeChannel {
  readonly stream: MarketStream<readonly string[]>;
  /** What a subscriber gets first. */
  first(): readonly string[];
}

/** The channels of all products: one encoding for all connections. */
export class ExchangeChannels {
  private readonly clock: Clock;
  private readonly made = new Map<string, ExchangeChannel>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get(name: ExchangeChannelName, market: SimMarket): ExchangeChannel {
    const kind = name === 'level2_batch' ? 'level2' : name;
    const key = `${kind}:${market.listing.symbol}`;
    let channel = this.made.get(key);
    if (channel === undefined) {
      channel = this.make(kind, market);
      this.made.set(key, channel);
    }
    return channel;
  }

  close(): void {
    for (const channel of this.made.values()) channel.stream.close();
    this.made.clear();
  }

  private make(kind: Exclude<ExchangeChannelName, 'level2_batch'>, market: SimMarket) {
    switch (kind) {
      case 'level2':
        return this.book(market);
      case 'matches':
        return matches(market);
      case 'ticker':
        return tickers(market);
      case 'heartbeat':
        return this.beats(market);
    }
  }

  private book(market: SimMarket): ExchangeChannel {
    const product = market.listing.symbol;
    const stream = new MarketStream<readonly string[]>({
      market,
      encode: (batch) => {
        const text = update(product, batch);
        return text === undefined ? undefined : [text];
      },
    });
    return { stream, first: () => [snapshot(market, this.clock.nowUs())] };
  }

  /** Beats come from the sessions' timer; the first at once. */
  private beats(market: SimMarket): ExchangeChannel {
    const stream = new MarketStream<readonly string[]>({ market, encode: () => undefined });
    return { stream, first: () => [heartbeat(market, this.clock.nowUs())] };
  }
}

function matches(market: SimMarket): ExchangeChannel {
  const encode = (type: 'match' | 'last_match', trades: SimMarket['recentTrades']) =>
    trades.map((trade) => match({ market, trade, type }));
  return {
    stream: new MarketStream<readonly string[]>({
      market,
      encode: ({ trades }) => (trades.length === 0 ? undefined : encode('match', trades)),
    }),
    first: () => encode('last_match', market.recentTrades.slice(-1)),
  };
}

function tickers(market: SimMarket): ExchangeChannel {
  return {
    stream: new MarketStream<readonly string[]>({
      market,
      encode: ({ trades }) =>
        trades.length === 0 ? undefined : trades.map((trade) => ticker(market, trade)),
    }),
    first: () => market.recentTrades.slice(-1).map((trade) => ticker(market, trade)),
  };
}
