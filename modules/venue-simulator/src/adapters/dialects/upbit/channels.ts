import type { Clock } from '@ats/runtime';
import type { SimMarket } from '../../../domain/sim-market.ts';
import { DepthWindow } from '../shared/depth-window.ts';
import { MarketStream } from '../shared/stream.ts';
import { orderbook, type StreamType, tradeMessage } from './frames.ts';
import { tickerMessage } from './ticker.ts';

export const FORMATS = ['DEFAULT', 'SIMPLE', 'JSON_LIST', 'SIMPLE_LIST'] as const;
export type Format = (typeof FORMATS)[number];
export const TYPES = ['orderbook', 'trade', 'ticker'] as const;
export type DataType = (typeof TYPES)[number];
/** Pairs of levels that an orderbook can be asked for; the last is the default. */
export const UNIT_COUNTS: readonly number[] = [1, 5, 15, 30];

export interface UpbitChannel {
  /** Ready-made binary frames, shared by all connections. */
  readonly stream: MarketStream<readonly Uint8Array[]>;
  /** Nothing before a market's first trade. */
  snapshot(): readonly Uint8Array[];
}

/** The channels of all markets, one for each type, format and number of units. */
export class UpbitChannels {
  private readonly clock: Clock;
  private readonly made = new Map<string, UpbitChannel>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get(options: {
    readonly market: SimMarket;
    readonly type: DataType;
    readonly format: Format;
    readonly units: number;
  }): UpbitChannel {
    const { market, type, format, units } = options;
    const name = `${type}:${market.listing.symbol}:${format}:${type === 'orderbook' ? units : ''}`;
    let channel = this.made.get(name);
    if (channel === undefined) {
      const simple = format === 'SIMPLE' || format === 'SIMPLE_LIST';
      const list = format === 'JSON_LIST' || format === 'SIMPLE_LIST';
      const frame = (text: string): Uint8Array => Buffer.from(list ? `[${text}]` : text);
      channel = this.make({ market, type, units, simple, frame });
      this.made.set(name, channel);
    }
    return channel;
  }

  close(): void {
    for (const channel of this.made.values()) channel.stream.close();
    this.made.clear();
  }

  private make(options: ChannelOptions): UpbitChannel {
    if (options.type === 'orderbook') return this.orderbook(options);
    return options.type === 'trade' ? trade(options) : this.ticker(options);
  }

  private orderbook({ market, units, simple, frame }: ChannelOptions): UpbitChannel {
    const window = new DepthWindow({ market, depthMax: units, countsOrders: false });
    const encode = (type: StreamType, timeUs: number): readonly Uint8Array[] => [
      frame(orderbook(market, { count: units, timeUs, simple, type })),
    ];
    return {
      stream: new MarketStream<readonly Uint8Array[]>({
        market,
        begin: () => window.reset(),
        encode: (batch) =>
          window.apply(batch).length === 0 ? undefined : encode('REALTIME', batch.timeUs),
      }),
      snapshot: () => encode('SNAPSHOT', this.clock.nowUs()),
    };
  }

  private ticker({ market, simple, frame }: ChannelOptions): UpbitChannel {
    const encode = (type: StreamType, timeUs: number): readonly Uint8Array[] => [
      frame(tickerMessage(market, { simple, type, timeUs })),
    ];
    return {
      stream: new MarketStream<readonly Uint8Array[]>({
        market,
        encode: (batch) =>
          batch.trades.length === 0 ? undefined : encode('REALTIME', batch.timeUs),
      }),
      snapshot: () => encode('SNAPSHOT', this.clock.nowUs()),
    };
  }
}

interface ChannelOptions {
  readonly market: SimMarket;
  readonly type: DataType;
  readonly units: number;
  readonly simple: boolean;
  readonly frame: (text: string) => Uint8Array;
}

function trade({ market, simple, frame }: ChannelOptions): UpbitChannel {
  return {
    stream: new MarketStream<readonly Uint8Array[]>({
      market,
      encode: ({ trades }) =>
        trades.length === 0
          ? undefined
          : trades.map((print) => frame(tradeMessage(market, print, { simple, type: 'REALTIME' }))),
    }),
    snapshot: () =>
      market.recentTrades
        .slice(-1)
        .map((print) => frame(tradeMessage(market, print, { simple, type: 'SNAPSHOT' }))),
  };
}
