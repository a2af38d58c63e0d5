import type { Metrics } from '@ats/runtime';

const WAIT_BUCKETS = [0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];

export interface BookkeeperMetrics {
  observe(one: { kind: string; result: string; waitedUs: number }): void;
  retried(reason: string): void;
  noted(note: string): void;
  parked(topic: string): void;
}

/** @param sizes what is kept in memory now */
export function bookkeeperMetrics(
  metrics: Metrics,
  sizes: () => { readonly cached: number; readonly evicted: number; readonly unbooked: number },
): BookkeeperMetrics {
  const inputs = metrics.counter({
    name: 'ats_oms_inputs_total',
    help: 'Commands and reports by what came of them.',
    labels: ['kind', 'result'],
  });
  const waits = metrics.histogram({
    name: 'ats_oms_input_seconds',
    help: 'From a record entering the log until its effect is durable.',
    labels: ['kind'],
    buckets: WAIT_BUCKETS,
  });
  const retries = metrics.counter({
    name: 'ats_oms_retries_total',
    help: 'Transactions that were refused and made again: old order, or too little money.',
    labels: ['reason'],
  });
  const notes = metrics.counter({
    name: 'ats_oms_notes_total',
    help: 'Unusual turns that orders took.',
    labels: ['note'],
  });
  const parked = metrics.counter({
    name: 'ats_oms_parked_total',
    help: 'Records that can never be applied.',
    labels: ['topic'],
  });
  const cached = metrics.gauge({
    name: 'ats_oms_cached_orders',
    help: 'Orders kept in memory.',
    labels: [],
  });
  const unbooked = metrics.gauge({
    name: 'ats_oms_unbooked_fills',
    help: 'Fills that wait for money which the ledger does not have.',
    labels: [],
  });
  const evictions = metrics.counter({
    name: 'ats_oms_cache_evictions_total',
    help: 'Orders that made way for others at oms.cachedOrdersMax.',
    labels: [],
  });
  let evicted = 0;
  for (const topic of ['orders.commands', 'exec.reports']) parked.add({ topic }, 0);
  metrics.beforeCollect(() => {
    const now = sizes();
    evictions.add({}, now.evicted - evicted);
    evicted = now.evicted;
    cached.set({}, now.cached);
    unbooked.set({}, now.unbooked);
  });
  return {
    observe({ kind, result, waitedUs }) {
      inputs.add({ kind, result });
      waits.observe({ kind }, waitedUs / 1e6);
    },
    retried: (reason) => retries.add({ reason }),
    noted: (note) => notes.add({ note }),
    parked: (topic) => parked.add({ topic }),
  };
}
