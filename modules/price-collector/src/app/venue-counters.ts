import type { BookStatusReason } from '@ats/domain';

/** Named limits that a venue can run into; each has a metric. */
export const LIMIT_NAMES = [
  'resync_budget',
  'send_queue',
  'send_budget',
  'rest_queue',
  'rest_budget',
  'rest_breaker',
  'tick_store_queue',
] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

/** Plain counts of one venue: the hot path increments a number, metrics read it when asked. */
export class VenueCounters {
  frames = 0;
  bookUpdates = 0;
  trades = 0;
  tickers = 0;
  heartbeats = 0;
  statuses = 0;
  pending = 0;
  ignored = 0;
  malformed = 0;
  resyncs = 0;
  reconnects = 0;
  connects = 0;
  checksumsVerified = 0;
  checksumFailures = 0;
  sequenceGaps = 0;
  crossed = 0;
  venueErrors = 0;
  restAnswers = 0;
  restFailures = 0;
  readonly drops = new Map<BookStatusReason, number>();
  readonly limits = new Map<LimitName, number>();

  drop(reason: BookStatusReason): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + 1);
  }

  limit(name: LimitName): void {
    this.limits.set(name, (this.limits.get(name) ?? 0) + 1);
  }
}
