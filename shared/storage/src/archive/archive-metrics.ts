import type { Metrics } from '@ats/runtime';

/** The counts of one archive. */
export function archiveMetrics(metrics: Metrics) {
  return {
    puts: metrics.counter({
      name: 'ats_storage_archive_puts_total',
      help: 'Objects put into the archive, by what became of them.',
      labels: ['archive', 'result'],
    }),
    bytes: metrics.counter({
      name: 'ats_storage_archive_stored_bytes_total',
      help: 'Bytes of the objects that were stored.',
      labels: ['archive'],
    }),
    seconds: metrics.histogram({
      name: 'ats_storage_archive_put_seconds',
      help: 'Time until an object is durable.',
      labels: ['archive'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5],
    }),
  };
}
