import { copyBookTop, type MarketEvent, marketId } from '@ats/domain';
import type { MarketBus, MarketFilter, MarketSubscription } from '@ats/storage';

/** The newest event of one kind and market, with room for its text: made once for all. */
export interface MarketItem {
  readonly key: string;
  readonly event: MarketEvent;
  text: string | undefined;
}

/** What clients may see of the bus. */
const KINDS = ['book', 'trade', 'ticker', 'status'] as const;

interface Watcher {
  readonly filter: MarketFilter;
  readonly take: (item: MarketItem) => void;
}

/**
 * Hands market events to those who watch. The bus is asked for events only while somebody does,
 * and an event that nobody wants is neither copied nor kept.
 */
export class MarketFeed {
  private readonly bus: MarketBus;
  private readonly watchers = new Set<Watcher>();
  private subscription: Promise<MarketSubscription> | undefined;

  constructor(bus: MarketBus) {
    this.bus = bus;
  }

  /** Watches from now on, after the newest books and statuses. @returns what ends that */
  async watch(filter: MarketFilter, take: (item: MarketItem) => void): Promise<() => void> {
    const watcher: Watcher = { filter, take };
    this.watchers.add(watcher);
    this.subscription ??= this.bus.subscribe({ kinds: KINDS }, (event) => this.onEvent(event));
    await this.subscription;
    for (const event of await this.bus.latest(filter)) {
      if (this.watchers.has(watcher)) take(itemOf(event));
    }
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size === 0) void this.close();
    };
  }

  async close(): Promise<void> {
    const closing = this.subscription;
    this.subscription = undefined;
    await (await closing)?.close();
  }

  private onEvent(event: MarketEvent): void {
    let item: MarketItem | undefined;
    for (const { filter, take } of this.watchers) {
      if (!wants(filter, event)) continue;
      item ??= itemOf(event);
      take(item);
    }
  }
}

const itemOf = (event: MarketEvent): MarketItem => ({
  key: `${event.kind}:${marketId(event)}`,
  // A book on the memory bus is its publisher's own and changes after this call.
  event: event.kind === 'book' ? copyBookTop(event) : event,
  text: undefined,
});

function wants({ kinds, venues, instruments }: MarketFilter, event: MarketEvent): boolean {
  return (
    kinds?.includes(event.kind) !== false &&
    venues?.includes(event.venue) !== false &&
    instruments?.includes(event.instrument) !== false
  );
}
