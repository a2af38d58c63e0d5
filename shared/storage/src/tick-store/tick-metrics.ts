import type { Metrics } from '@ats/runtime';
import type { TickKind } from './tick-table.ts';

type Refusal = 'queue_full' | 'closed' | 'invalid';

/** The counts of one tick store; `append` adds plain numbers, collection hands them over. */
export interface TickMetrics {
  accepted(kind: TickKind): void;
  refused(reason: Refusal): void;
  written(count: number, seconds: number): void;
  writeFailed(): void;
  dropped(reason: 'refused' | 'closed', count: number): void;
}

const WRITE_SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** @param options.depth how many ticks wait now. */
export function tickMetrics(options: {
  readonly store: string;
  readonly metrics: Metrics;
  readonly depth: () => number;
}): TickMetrics {
  const { store, metrics, depth } = options;
  const accepted = metrics.counter({
    name: 'ats_storage_ticks_accepted_total',
    help: 'Ticks taken into the queue.',
    labels: ['store', 'kind'],
  });
  const refused = metrics.counter({
    name: 'ats_storage_ticks_refused_total',
    help: 'Ticks not taken into the queue, by reason.',
    labels: ['store', 'reason'],
  });
  const written = metrics.counter({
    name: 'ats_storage_ticks_written_total',
    help: 'Ticks that can be read back.',
    labels: ['store'],
  });
  const dropped = metrics.counter({
    name: 'ats_storage_ticks_dropped_total',
    help: 'Ticks that were taken and could not be written, by reason.',
    labels: ['store', 'reason'],
  });
  const failures = metrics.counter({
    name: 'ats_storage_tick_write_failures_total',
    help: 'Attempts to write a batch that failed.',
    labels: ['store'],
  });
  const seconds = metrics.histogram({
    name: 'ats_storage_tick_write_seconds',
    help: 'Time to write one batch.',
    labels: ['store'],
    buckets: WRITE_SECONDS_BUCKETS,
  });
  const queueDepth = metrics.gauge({
    name: 'ats_storage_tick_queue_depth',
    help: 'Ticks that wait to be written.',
    labels: ['store'],
  });
  refused.add({ store, reason: 'queue_full' }, 0);
  for (const reason of ['refused', 'closed']) dropped.add({ store, reason }, 0);
  failures.add({ store }, 0);
  const pending = new Map<TickKind, number>();
  metrics.beforeCollect(() => {
    for (const [kind, count] of pending) accepted.add({ store, kind }, count);
    pending.clear();
    queueDepth.set({ store }, depth());
  });
  return {
    accepted: (kind) => {
      pending.set(kind, (pending.get(kind) ?? 0) + 1);
    },
    refused: (reason) => refused.add({ store, reason }),
    written(count, took) {
      written.add({ store }, count);
      seconds.observe({ store }, took);
    },
    writeFailed: () => failures.add({ store }),
    dropped: (reason, count) => dropped.add({ store, reason }, count),
  };
}
