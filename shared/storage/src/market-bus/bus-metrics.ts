import type { Metrics } from '@ats/runtime';
import { kindIndex, MARKET_KINDS, type MarketKind } from './filter.ts';

/**
 * Counts of one bus in plain numbers, so that the hot path adds and nothing else. They are handed
 * to the registry each time it is collected.
 */
export interface BusCounts {
  /** Events given to `publish`, by index of kind. */
  readonly published: Float64Array;
  /** Events given to a handler, by index of kind. */
  readonly delivered: Float64Array;
  /** Events that a newer one replaced because the subscriber was busy. */
  conflatedSubscriber: number;
  /** Events that a newer one replaced because the send buffer was full or the server away. */
  conflatedSender: number;
  handlerFailures: number;
  /** Published after the bus was closed. */
  droppedClosed: number;
  /** Lost with a connection, or refused by the server, after they were sent. */
  droppedSend: number;
  /** Of a market beyond `marketsMax`. */
  droppedMarketsFull: number;
  /** Received, and not a message of this bus. */
  droppedMalformed: number;
  reconnects: number;
}

/** Adds one to a kind's count. */
export function countKind(byKind: Float64Array, kind: MarketKind): void {
  const index = kindIndex(kind);
  byKind[index] = (byKind[index] ?? 0) + 1;
}

function emptyCounts(): BusCounts {
  return {
    published: new Float64Array(MARKET_KINDS.length),
    delivered: new Float64Array(MARKET_KINDS.length),
    conflatedSubscriber: 0,
    conflatedSender: 0,
    handlerFailures: 0,
    droppedClosed: 0,
    droppedSend: 0,
    droppedMarketsFull: 0,
    droppedMalformed: 0,
    reconnects: 0,
  };
}

function registerCounters(metrics: Metrics) {
  return {
    published: metrics.counter({
      name: 'ats_storage_bus_published_total',
      help: 'Market events handed to the bus.',
      labels: ['bus', 'kind'],
    }),
    delivered: metrics.counter({
      name: 'ats_storage_bus_delivered_total',
      help: 'Market events handed to subscribers.',
      labels: ['bus', 'kind'],
    }),
    conflated: metrics.counter({
      name: 'ats_storage_bus_conflated_total',
      help: 'Market events that a newer one of the same kind and market replaced.',
      labels: ['bus', 'where'],
    }),
    dropped: metrics.counter({
      name: 'ats_storage_bus_dropped_total',
      help: 'Market events lost, by reason.',
      labels: ['bus', 'reason'],
    }),
    failures: metrics.counter({
      name: 'ats_storage_bus_handler_failures_total',
      help: 'Calls of a subscriber that threw or rejected.',
      labels: ['bus'],
    }),
    reconnects: metrics.counter({
      name: 'ats_storage_bus_reconnects_total',
      help: 'Times a connection of the bus came back.',
      labels: ['bus'],
    }),
  };
}

/** @param bus the adapter's name, the value of the label `bus`. */
export function busCounts(bus: string, metrics: Metrics): BusCounts {
  const counts = emptyCounts();
  const counters = registerCounters(metrics);
  const reported = new Map<string, number>();
  const since = (key: string, total: number): number => {
    const delta = total - (reported.get(key) ?? 0);
    reported.set(key, total);
    return delta;
  };
  const report = <Labels>(
    counter: { add(labels: Labels, amount: number): void },
    labels: Labels,
    series: { readonly key: string; readonly total: number },
  ): void => {
    counter.add(labels, since(series.key, series.total));
  };
  metrics.beforeCollect(() => {
    for (const [index, kind] of MARKET_KINDS.entries()) {
      const published = { key: `published.${kind}`, total: counts.published[index] ?? 0 };
      report(counters.published, { bus, kind }, published);
      const delivered = { key: `delivered.${kind}`, total: counts.delivered[index] ?? 0 };
      report(counters.delivered, { bus, kind }, delivered);
    }
    const conflated = { subscriber: counts.conflatedSubscriber, sender: counts.conflatedSender };
    for (const [where, total] of Object.entries(conflated)) {
      report(counters.conflated, { bus, where }, { key: `conflated.${where}`, total });
    }
    const dropped = {
      closed: counts.droppedClosed,
      send: counts.droppedSend,
      markets_full: counts.droppedMarketsFull,
      malformed: counts.droppedMalformed,
    };
    for (const [reason, total] of Object.entries(dropped)) {
      report(counters.dropped, { bus, reason }, { key: `dropped.${reason}`, total });
    }
    report(counters.failures, { bus }, { key: 'failures', total: counts.handlerFailures });
    report(counters.reconnects, { bus }, { key: 'reconnects', total: counts.reconnects });
  });
  return counts;
}
