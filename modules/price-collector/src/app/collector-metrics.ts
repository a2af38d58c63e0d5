import { type Metrics, pathLatencies } from '@ats/runtime';
import type { RunningVenue } from './stats.ts';
import type { VenueCore } from './venue-core.ts';
import { LIMIT_NAMES, type VenueCounters } from './venue-counters.ts';

type NumericCount = {
  [Name in keyof VenueCounters]: VenueCounters[Name] extends number ? Name : never;
}[keyof VenueCounters];

const COUNTERS: readonly (readonly [field: NumericCount, name: string, help: string])[] = [
  ['frames', 'frames', 'Texts received from the venue.'],
  ['bookUpdates', 'book_updates', 'Updates applied to books.'],
  ['trades', 'trades', 'Public trades received.'],
  ['tickers', 'tickers', 'Tickers received.'],
  ['heartbeats', 'heartbeats', 'Heartbeats received.'],
  ['pending', 'book_updates_held', 'Book messages that waited for a snapshot or were in it.'],
  ['ignored', 'frames_ignored', 'Well-formed frames that nobody asked for.'],
  ['malformed', 'frames_malformed', 'Frames that do not fit the protocol.'],
  ['resyncs', 'resyncs', 'Books asked for again.'],
  ['connects', 'connects', 'Connections opened.'],
  ['reconnects', 'reconnects', 'Connections lost or given up.'],
  ['checksumsVerified', 'checksums_verified', 'Checksums that agreed with the book.'],
  ['checksumFailures', 'checksums_failed', 'Checksums that did not agree with the book.'],
  ['sequenceGaps', 'sequence_gaps', 'Skipped sequence numbers.'],
  ['crossed', 'books_crossed', 'Books that became crossed.'],
  ['venueErrors', 'venue_errors', 'Refusals by the venue.'],
  ['restAnswers', 'rest_answers', 'REST answers.'],
  ['restFailures', 'rest_failures', 'REST requests that failed.'],
];

/**
 * Registers the collector's metrics. They are read from plain counts when somebody asks for them,
 * so that a frame costs no metric call.
 */
export function registerMetrics(metrics: Metrics, venues: readonly RunningVenue[]): void {
  const copies = COUNTERS.map(([field, name, help]) => {
    const counter = metrics.counter({
      name: `ats_collector_${name}_total`,
      help,
      labels: ['venue'],
    });
    const copy = differences((venue, _key, value) => counter.add({ venue }, value));
    return (venue: string, counters: VenueCounters) => copy(venue, field, counters[field]);
  });
  const drops = metrics.counter({
    name: 'ats_collector_books_dropped_total',
    help: 'Books that could no longer be trusted, by reason.',
    labels: ['venue', 'reason'],
  });
  const limits = metrics.counter({
    name: 'ats_collector_limit_hits_total',
    help: 'How often a named limit was met.',
    labels: ['venue', 'limit'],
  });
  const copyDrops = differences((venue, reason, value) => drops.add({ venue, reason }, value));
  const copyLimits = differences((venue, limit, value) => limits.add({ venue, limit }, value));
  const gauges = registerGauges(metrics);
  const stages = pathLatencies(metrics);
  const known = new WeakSet<VenueCore>();
  const begin = (core: VenueCore): void => {
    if (known.has(core)) return;
    known.add(core);
    const { venue } = core;
    for (const limit of LIMIT_NAMES) limits.add({ venue, limit }, 0);
    stages.follow({ stage: 'frame_to_book', venue }, core.frameToBookUs);
  };
  for (const { core } of venues) begin(core);
  metrics.beforeCollect(() => {
    for (const one of venues) {
      begin(one.core);
      const { venue, counters } = one.core;
      for (const copy of copies) copy(venue, counters);
      for (const [reason, count] of counters.drops) copyDrops(venue, reason, count);
      for (const [limit, count] of counters.limits) copyLimits(venue, limit, count);
    }
    gauges(venues);
  });
}

function registerGauges(metrics: Metrics): (venues: readonly RunningVenue[]) => void {
  const gauge = (name: string, help: string) =>
    metrics.gauge({ name: `ats_collector_${name}`, help, labels: ['venue'] });
  const live = gauge('books_live', 'Books that may be used.');
  const known = gauge('books', 'Books that there ought to be.');
  const quiet = gauge('quiet_seconds', 'Since a frame changed a book.');
  const connections = gauge('connections_open', 'Open connections.');
  const age = gauge('book_age_p99_seconds', 'Ages of live books, 99th percentile.');
  const skew = gauge('clock_skew_seconds', 'Our clock less the venue clock, smallest of a window.');
  const latency = metrics.gauge({
    name: 'ats_collector_frame_to_book_seconds',
    help: 'From the socket to the published book.',
    labels: ['venue', 'quantile'],
  });
  const gone = new Set<string>();
  const show = ({ core, feed }: RunningVenue): void => {
    const { venue } = core;
    gone.delete(venue);
    const markets = [...core.markets.values()];
    known.set({ venue }, markets.length);
    quiet.set({ venue }, core.quietUs / 1e6);
    live.set({ venue }, markets.filter(({ state }) => state === 'live').length);
    connections.set({ venue }, feed.connections().open);
    age.set({ venue }, core.ageMs.quantile(0.99) / 1e3);
    skew.set({ venue }, core.clockSkewUs / 1e6);
    for (const quantile of [0.5, 0.99, 1]) {
      const seconds = core.frameToBookUs.quantile(quantile) / 1e6;
      latency.set({ venue, quantile: String(quantile) }, seconds);
    }
  };
  return (venues) => {
    for (const one of venues) show(one);
    // What another instance collects now is in its figures.
    for (const venue of gone) {
      for (const one of [known, live, connections, quiet, age]) one.set({ venue }, 0);
    }
    for (const { core } of venues) gone.add(core.venue);
  };
}

/**
 * Turns running totals into what came since the last look. A total that is less than it was is of
 * a venue that this process collects anew.
 */
function differences(
  add: (venue: string, key: string, value: number) => void,
): (venue: string, key: string, total: number) => void {
  const seen = new Map<string, number>();
  return (venue, key, total) => {
    const id = `${venue}/${key}`;
    const before = seen.get(id);
    if (before === total) return;
    seen.set(id, total);
    add(venue, key, before !== undefined && before < total ? total - before : total);
  };
}
