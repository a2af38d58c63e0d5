import type { Metrics } from '@ats/runtime';

const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2];

/** Counts of work that waits for a disk or a server to make it durable. */
export function workMetrics(metrics: Metrics, store: string) {
  const counts = registered(metrics);
  counts.failures.add({ store }, 0);
  counts.refused.add({ store, reason: 'queue_full' }, 0);
  return counts;
}

function registered(metrics: Metrics) {
  return {
    remoteRetries: remoteRetries(metrics),
    seconds: metrics.histogram({
      name: 'ats_storage_commit_seconds',
      help: 'Time from the start of a commit until it is durable.',
      labels: ['store'],
      buckets: SECONDS_BUCKETS,
    }),
    committed: metrics.counter({
      name: 'ats_storage_committed_total',
      help: 'Pieces of work that are durable.',
      labels: ['store'],
    }),
    keys: metrics.counter({
      name: 'ats_storage_keys_written_total',
      help: 'Values that were put or removed durably.',
      labels: ['store'],
    }),
    failures: metrics.counter({
      name: 'ats_storage_commit_failures_total',
      help: 'Commits that failed.',
      labels: ['store'],
    }),
    refused: metrics.counter({
      name: 'ats_storage_commit_refused_total',
      help: 'Pieces of work that were not taken, by reason.',
      labels: ['store', 'reason'],
    }),
    depth: metrics.gauge({
      name: 'ats_storage_commit_queue_depth',
      help: 'Pieces of work that wait to become durable.',
      labels: ['store'],
    }),
  };
}

/** Of servers; where everything is on this machine there are none. */
export function remoteRetries(metrics: Metrics) {
  return metrics.counter({
    name: 'ats_storage_remote_retries_total',
    help: 'Requests that were tried again, by reason.',
    labels: ['store', 'reason'],
  });
}
