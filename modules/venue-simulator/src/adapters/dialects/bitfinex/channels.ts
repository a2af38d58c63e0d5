import type { SimMarket } from '../../../domain/sim-market.ts';
import { DepthWindow } from '../shared/depth-window.ts';
import { MarketStream } from '../shared/stream.ts';
import { bookChecksum, bookRows, changeRow, tickerRow, tradeRow, tradeRows } from './frames.ts';

/** Book lengths that can be subscribed to; the second is the default. */
export const BOOK_LENGTHS: readonly number[] = [1, 25, 100, 250];
const SNAPSHOT_TRADES = 30;

/**
 * What follows the channel id in each frame of one event, `,[97000,2,0.5]`; a connection puts its
 * channel id before it and its sequence number and time after it.
 */
export interface ChannelEvent {
  readonly bodies: readonly string[];
  /** The book's checksum after the event, for those that asked for it; counted once. */
  readonly checksum?: () => number;
}

export interface BitfinexChannel {
  readonly stream: MarketStream<ChannelEvent>;
  snapshot(): ChannelEvent;
}

/** The channels of all pairs: one encoding for all connections. */
export class BitfinexChannels {
  private readonly made = new Map<string, BitfinexChannel>();

  book(market: SimMarket, length: number): BitfinexChannel {
    return this.channel(`book-${length}:${market.listing.symbol}`, () => book(market, length));
  }

  trades(market: SimMarket): BitfinexChannel {
    return this.channel(`trades:${market.listing.symbol}`, () => trades(market));
  }

  ticker(market: SimMarket): BitfinexChannel {
    return this.channel(`ticker:${market.listing.symbol}`, () => ticker(market));
  }

  close(): void {
    for (const channel of this.made.values()) channel.stream.close();
    this.made.clear();
  }

  private channel(name: string, make: () => BitfinexChannel): BitfinexChannel {
    let channel = this.made.get(name);
    if (channel === undefined) {
      channel = make();
      this.made.set(name, channel);
    }
    return channel;
  }
}

function book(market: SimMarket, length: number): BitfinexChannel {
  const window = new DepthWindow({ market, depthMax: length, countsOrders: true });
  let checksum: number | undefined;
  const currentChecksum = (): number => {
    checksum ??= bookChecksum(window);
    return checksum;
  };
  return {
    stream: new MarketStream<ChannelEvent>({
      market,
      begin: () => {
        checksum = undefined;
        window.reset();
      },
      encode: (batch) => {
        const changes = window.apply(batch);
        if (changes.length === 0) return undefined;
        checksum = undefined;
        const bodies = changes.map((change) => `,${changeRow(change)}`);
        return { bodies, checksum: currentChecksum };
      },
    }),
    snapshot: () => ({ bodies: [`,${bookRows(window)}`], checksum: currentChecksum }),
  };
}

/** `te` when a trade executes, `tu` when it has been written down. */
function trades(market: SimMarket): BitfinexChannel {
  return {
    stream: new MarketStream<ChannelEvent>({
      market,
      encode: ({ trades: prints }) => {
        if (prints.length === 0) return undefined;
        const rows = prints.map(tradeRow);
        const executed = rows.map((row) => `,"te",${row}`);
        return { bodies: [...executed, ...rows.map((row) => `,"tu",${row}`)] };
      },
    }),
    snapshot: () => ({ bodies: [`,${tradeRows(market.recentTrades, SNAPSHOT_TRADES)}`] }),
  };
}

function ticker(market: SimMarket): BitfinexChannel {
  let last = '';
  const now = (): string => `,${tickerRow(market)}`;
  return {
    stream: new MarketStream<ChannelEvent>({
      market,
      begin: () => {
        last = now();
      },
      encode: () => {
        const body = now();
        if (body === last) return undefined;
        last = body;
        return { bodies: [body] };
      },
    }),
    snapshot: () => ({ bodies: [now()] }),
  };
}
