import type { BookStatusReason, InstrumentId, VenueId, VenueStatus } from '@ats/domain';
import { LatencyRecorder, type LatencySummary } from '@ats/runtime';
import type { VenueFeed } from '../domain/venue-feed.ts';
import type { VenueCore } from './venue-core.ts';

export interface VenueStats {
  /** Texts received. */
  readonly frames: number;
  /** Updates applied to books. */
  readonly bookUpdates: number;
  /** Books asked for again after they had been dropped. */
  readonly resyncs: number;
  readonly checksumFailures: number;
  /** 99th percentile of the ages of live books, sampled over time, milliseconds. */
  readonly ageMsP99: number;
}

export interface CollectorStats {
  readonly venues: Readonly<Record<string, VenueStats>>;
  /** Socket to published book, whole microseconds. */
  readonly frameToBook: LatencySummary;
}

/** One market as it stands now, for a person to look at. */
export interface MarketView {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly state: VenueStatus['state'];
  readonly reason: BookStatusReason;
  /** Milliseconds since the last applied update; Infinity before the first. */
  readonly ageMs: number;
  /** Best prices in quote per base; NaN while the book is not live. */
  readonly bid: number;
  readonly ask: number;
}

export interface RunningVenue {
  readonly core: VenueCore;
  readonly feed: VenueFeed;
}

export function statsOf(venues: Iterable<RunningVenue>): CollectorStats {
  const byVenue: Record<string, VenueStats> = {};
  const frameToBook = new LatencyRecorder();
  for (const { core } of venues) {
    const { frames, bookUpdates, resyncs, checksumFailures } = core.counters;
    const ageMsP99 = core.ageMs.quantile(0.99);
    byVenue[core.venue] = { frames, bookUpdates, resyncs, checksumFailures, ageMsP99 };
    frameToBook.merge(core.frameToBookUs);
  }
  return { venues: byVenue, frameToBook: frameToBook.summary() };
}

export function marketViews(venues: Iterable<RunningVenue>, nowUs: number): MarketView[] {
  return [...venues].flatMap(({ core }) =>
    [...core.markets.values()].map((market) => ({
      venue: core.venue,
      instrument: market.instrument,
      state: market.state,
      reason: market.reason,
      ageMs: market.updatedAtUs === 0 ? Infinity : (nowUs - market.updatedAtUs) / 1000,
      bid: market.book.bids.price(0),
      ask: market.book.asks.price(0),
    })),
  );
}

/** Ready when every venue has a connection and at least one live book. */
export function readinessOf(venues: Iterable<RunningVenue>): {
  readonly ready: boolean;
  readonly reasons: readonly string[];
} {
  const reasons: string[] = [];
  for (const { core, feed } of venues) {
    const { open, wanted } = feed.connections();
    if (open < wanted) reasons.push(`${core.venue}: ${open} of ${wanted} connections are open`);
    if (![...core.markets.values()].some(({ state }) => state === 'live')) {
      reasons.push(`${core.venue}: no live book`);
    }
  }
  return { ready: reasons.length === 0, reasons };
}
