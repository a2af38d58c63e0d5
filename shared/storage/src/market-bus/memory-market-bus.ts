import { type BookTop, copyBookTop, type MarketEvent, type VenueStatus } from '@ats/domain';
import type { Logger, Metrics } from '@ats/runtime';
import type {
  MarketBus,
  MarketFilter,
  MarketHandler,
  MarketHandlers,
  MarketName,
  MarketPublisher,
  MarketSubscription,
} from '../market-bus.ts';
import { type BusCounts, busCounts } from './bus-metrics.ts';
import { filterMatches, kindIndex, MARKET_KINDS } from './filter.ts';
import { Delivery, Subscriber } from './subscriber.ts';

export interface MemoryMarketBusOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Markets that the bus remembers; events of further ones are dropped and counted. */
  readonly marketsMax?: number;
}

/** What the bus knows of one market: who wants each kind, resolved once, and its newest state. */
interface Market {
  readonly venue: string;
  readonly instrument: string;
  /** By index of kind. The arrays are replaced, never changed, so that a loop may go on. */
  readonly deliveries: (readonly Delivery[])[];
  book: BookTop | undefined;
  bookOrder: number;
  status: VenueStatus | undefined;
  statusOrder: number;
}

const MARKETS_MAX = 10_000;

class MemoryMarketBus implements MarketBus {
  private readonly logger: Logger;
  private readonly counts: BusCounts;
  private readonly marketsMax: number;
  /** Venue to instrument to market: two look-ups of strings that exist, no key to build. */
  private readonly venues = new Map<string, Map<string, Market>>();
  private readonly markets: Market[] = [];
  private readonly subscribers = new Set<Subscriber>();
  private order = 0;
  private closed = false;

  constructor(options: MemoryMarketBusOptions) {
    this.logger = options.logger;
    this.counts = busCounts('memory', options.metrics);
    this.marketsMax = options.marketsMax ?? MARKETS_MAX;
  }

  publish(event: MarketEvent, more = false): void {
    this.publishTo(this.closed ? undefined : this.marketOf(event), event, more);
  }

  publisherOf(name: MarketName): MarketPublisher {
    let market: Market | undefined;
    return (event, more = false) => {
      if (market === undefined && !this.closed) market = this.marketOf(name);
      this.publishTo(market, event, more);
    };
  }

  private publishTo(market: Market | undefined, event: MarketEvent, more: boolean): void {
    if (this.closed) {
      this.counts.droppedClosed += 1;
      return;
    }
    const index = kindIndex(event.kind);
    this.counts.published[index] = (this.counts.published[index] as number) + 1;
    if (market === undefined) {
      this.counts.droppedMarketsFull += 1;
      return;
    }
    this.order += 1;
    if (event.kind === 'book') {
      market.book = event;
      market.bookOrder = this.order;
    } else if (event.kind === 'status') {
      market.status = event;
      market.statusOrder = this.order;
    }
    const deliveries = market.deliveries[index] as readonly Delivery[];
    for (let at = 0; at < deliveries.length; at += 1) {
      const delivery = deliveries[at] as Delivery;
      delivery.subscriber.offer(delivery, event, more);
    }
  }

  subscribe(
    filter: MarketFilter,
    handler: MarketHandler | MarketHandlers,
  ): Promise<MarketSubscription> {
    const { counts, logger } = this;
    const subscriber = new Subscriber({ filter, handler, counts, logger, copies: true });
    this.subscribers.add(subscriber);
    for (const market of this.markets) this.attach(market, subscriber);
    return Promise.resolve({
      get conflated() {
        return subscriber.conflated;
      },
      close: () => {
        subscriber.close();
        this.subscribers.delete(subscriber);
        for (const market of this.markets) detach(market, subscriber);
        return Promise.resolve();
      },
    });
  }

  latest(filter: MarketFilter): Promise<readonly MarketEvent[]> {
    const found: { readonly order: number; readonly event: MarketEvent }[] = [];
    for (const market of this.markets) {
      const { venue, instrument, book, status } = market;
      if (book !== undefined && filterMatches(filter, { kind: 'book', venue, instrument })) {
        found.push({ order: market.bookOrder, event: copyBookTop(book) });
      }
      if (status !== undefined && filterMatches(filter, { kind: 'status', venue, instrument })) {
        found.push({ order: market.statusOrder, event: status });
      }
    }
    found.sort((one, other) => one.order - other.order);
    return Promise.resolve(found.map((one) => one.event));
  }

  health(): { readonly ok: boolean; readonly reason: string } {
    return this.closed ? { ok: false, reason: 'the bus is closed' } : { ok: true, reason: '' };
  }

  close(): Promise<void> {
    this.closed = true;
    for (const subscriber of this.subscribers) subscriber.close();
    this.subscribers.clear();
    this.markets.length = 0;
    this.venues.clear();
    return Promise.resolve();
  }

  private marketOf({ venue, instrument }: MarketName): Market | undefined {
    return this.venues.get(venue)?.get(instrument) ?? this.addMarket(venue, instrument);
  }

  private addMarket(venue: string, instrument: string): Market | undefined {
    if (this.markets.length >= this.marketsMax) return undefined;
    const market: Market = {
      venue,
      instrument,
      deliveries: MARKET_KINDS.map(() => []),
      book: undefined,
      bookOrder: 0,
      status: undefined,
      statusOrder: 0,
    };
    this.markets.push(market);
    let instruments = this.venues.get(venue);
    if (instruments === undefined) {
      instruments = new Map();
      this.venues.set(venue, instruments);
    }
    instruments.set(instrument, market);
    for (const subscriber of this.subscribers) this.attach(market, subscriber);
    return market;
  }

  private attach(market: Market, subscriber: Subscriber): void {
    for (const [index, kind] of MARKET_KINDS.entries()) {
      const { venue, instrument } = market;
      if (!filterMatches(subscriber.filter, { kind, venue, instrument })) continue;
      const before = market.deliveries[index] ?? [];
      market.deliveries[index] = [...before, new Delivery(subscriber, market)];
    }
  }
}

function detach(market: Market, subscriber: Subscriber): void {
  for (const [index, deliveries] of market.deliveries.entries()) {
    market.deliveries[index] = deliveries.filter((one) => one.subscriber !== subscriber);
  }
}

/**
 * The bus within one process: `memory:`. A free handler is called inside `publish`, with the
 * publisher's own event: it must read a book before its first `await`, or copy it. A publisher may
 * reuse one event per market, never one for several: `latest` copies the newest it was given.
 */
export function openMemoryMarketBus(options: MemoryMarketBusOptions): MarketBus {
  return new MemoryMarketBus(options);
}
