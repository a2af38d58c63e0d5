import type { MarketEvent } from '@ats/domain';

/** What a subscriber wants; an absent field means all. */
export interface MarketFilter {
  readonly kinds?: readonly MarketEvent['kind'][];
  readonly venues?: readonly string[];
  readonly instruments?: readonly string[];
}

/**
 * Receives events. A handler that returns a promise is not called again until it resolves; what
 * arrives meanwhile is conflated: per kind and market only the newest is kept.
 * @param more further books of the same moment follow before anything else: whoever compares
 *   markets waits for the last. Always false for what came from another process or had to wait
 */
export type MarketHandler = (event: MarketEvent, more: boolean) => void | Promise<void>;

/** As `MarketBus.publish`. */
export type MarketPublisher = (event: MarketEvent, more?: boolean) => void;

/** An instrument at a venue, as events name it. */
export interface MarketName {
  readonly venue: string;
  readonly instrument: string;
}

/** Makes the handler of one market: what all its events would look up by name is found once. */
export interface MarketHandlers {
  /** Called once for each market, at its first event at the latest; must not throw. */
  handlerOf(market: MarketName): MarketHandler;
}

export interface MarketSubscription {
  close(): Promise<void>;
  /** Events that a newer one of the same kind and market replaced before delivery. */
  readonly conflated: number;
}

/**
 * Carries market events from collectors to whoever watches.
 *
 * At most once, newest wins, ordered per market while nothing is conflated, not durable. A slow
 * subscriber never blocks the publisher. When an adapter's send buffer is full, events are
 * conflated at the sender and counted.
 */
export interface MarketBus {
  /**
   * Hands the event over; never throws and never waits.
   * @param more another book of the same moment is published next; no unless told
   */
  publish(event: MarketEvent, more?: boolean): void;
  /** `publish` for many events of one market, whose name is then looked up once. */
  publisherOf(market: MarketName): MarketPublisher;
  /** Resolves when events published from now on will be seen. */
  subscribe(
    filter: MarketFilter,
    handler: MarketHandler | MarketHandlers,
  ): Promise<MarketSubscription>;
  /** The newest book or status per market that the bus still remembers; may be empty. */
  latest(filter: MarketFilter): Promise<readonly MarketEvent[]>;
  /** Whether the bus can carry events now; `reason` is for people. */
  health(): { readonly ok: boolean; readonly reason: string };
  close(): Promise<void>;
}
