import type { Metrics } from '@ats/runtime';

/** The counts of one event log. */
export function logMetrics(metrics: Metrics, log: string) {
  const counts = registered(metrics);
  counts.refused.add({ log, reason: 'bytes_full' }, 0);
  return counts;
}

function registered(metrics: Metrics) {
  return {
    appended: metrics.counter({
      name: 'ats_storage_log_appended_total',
      help: 'Records that are durable.',
      labels: ['log', 'topic'],
    }),
    refused: metrics.counter({
      name: 'ats_storage_log_refused_total',
      help: 'Records that were not taken, by reason.',
      labels: ['log', 'reason'],
    }),
    delivered: metrics.counter({
      name: 'ats_storage_log_delivered_total',
      help: 'Records handed to handlers, again ones among them.',
      labels: ['log', 'group', 'topic'],
    }),
    handlerFailures: metrics.counter({
      name: 'ats_storage_log_handler_failures_total',
      help: 'Batches whose handler rejected; they are delivered again.',
      labels: ['log', 'group', 'topic'],
    }),
    parked: metrics.counter({
      name: 'ats_storage_log_parked_total',
      help: 'Records put onto a dead-letter topic.',
      labels: ['log', 'group', 'topic'],
    }),
    lag: metrics.gauge({
      name: 'ats_storage_log_lag_records',
      help: 'Records that a group with members here has not committed.',
      labels: ['log', 'group', 'topic'],
    }),
    pendingBytes: metrics.gauge({
      name: 'ats_storage_log_pending_bytes',
      help: 'Bytes of records that wait to become durable.',
      labels: ['log'],
    }),
  };
}

export type LogMetrics = ReturnType<typeof logMetrics>;
