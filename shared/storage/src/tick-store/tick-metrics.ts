import type { Counter, Metrics } from '@ats/runtime';
import type { TickKind } from './tick-table.ts';

type Refusal = 'queue_full' | 'closed' | 'invalid';

/** The counts of one tick store; `append` adds plain numbers, collection hands them over. */
export interface TickMetrics {
  accepted(kind: TickKind): void;
  refused(reason: Refusal): void;
  /** @param seconds how long the engine took, where it is known */
  written(count: number, seconds?: number): void;
  setAside(count: number): void;
  writeFailed(): void;
  dropped(reason: 'refused' | 'closed', count: number): void;
}

const WRITE_SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface TickMetricsOptions {
  readonly store: string;
  readonly metrics: Metrics;
  /** How many ticks wait now. */
  readonly depth: () => number;
  /** What waits on the disk, where anything can. */
  readonly aside?: { readonly ticks: number; readonly bytes: number };
}

/** The counts of what waits on the disk. @returns the one that counts what was put there */
function spoolMetrics({ store, metrics, aside }: TickMetricsOptions): Counter<'store'> {
  const spooled = metrics.counter({
    name: 'ats_storage_ticks_spooled_total',
    help: 'Ticks put onto the disk while the engine was away.',
    labels: ['store'],
  });
  const spoolTicks = metrics.gauge({
    name: 'ats_storage_tick_spool_ticks',
    help: 'Ticks on the disk that wait for the engine.',
    labels: ['store'],
  });
  const spoolBytes = metrics.gauge({
    name: 'ats_storage_tick_spool_bytes',
    help: 'Size of what waits on the disk, packed.',
    labels: ['store'],
  });
  metrics.beforeCollect(() => {
    spoolTicks.set({ store }, aside?.ticks ?? 0);
    spoolBytes.set({ store }, aside?.bytes ?? 0);
  });
  return spooled;
}

export function tickMetrics(options: TickMetricsOptions): TickMetrics {
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
  const spool = spoolMetrics(options);
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
      if (took !== undefined) seconds.observe({ store }, took);
    },
    setAside: (count) => spool.add({ store }, count),
    writeFailed: () => failures.add({ store }),
    dropped: (reason, count) => dropped.add({ store, reason }, count),
  };
}
