import type { Metrics } from '@ats/runtime';

export type AuditMetrics = ReturnType<typeof auditMetrics>;

/** What the exporter counts. Topics are a closed list. */
export function auditMetrics(metrics: Metrics) {
  return {
    segments: metrics.counter({
      name: 'ats_audit_segments_total',
      help: 'Segments put, by what became of them: stored, present, refused.',
      labels: ['topic', 'result'],
    }),
    records: metrics.counter({
      name: 'ats_audit_records_total',
      help: 'Records whose segment was stored.',
      labels: ['topic'],
    }),
    undecodable: metrics.counter({
      name: 'ats_audit_undecodable_total',
      help: 'Records archived with their bytes alone, because their schema does not read them.',
      labels: ['topic'],
    }),
    gaps: metrics.counter({
      name: 'ats_audit_gap_records_total',
      help: 'Offsets that the log lacked before they were archived.',
      labels: ['topic'],
    }),
    failures: metrics.counter({
      name: 'ats_audit_failures_total',
      help: 'Attempts to archive that failed and are made again.',
      labels: ['topic'],
    }),
    heads: metrics.counter({
      name: 'ats_audit_heads_total',
      help: 'Heads written.',
      labels: [],
    }),
    waitingRecords: metrics.gauge({
      name: 'ats_audit_waiting_records',
      help: 'Records that wait for their segment.',
      labels: ['topic'],
    }),
    waitingBytes: metrics.gauge({
      name: 'ats_audit_waiting_bytes',
      help: 'Memory of the records that wait for their segment.',
      labels: [],
    }),
    crowded: metrics.counter({
      name: 'ats_audit_buffer_full_total',
      help: 'Times that audit.bufferBytesMax was hit and the largest partition written early.',
      labels: [],
    }),
    lagRecords: metrics.gauge({
      name: 'ats_audit_lag_records',
      help: 'Records of the log that are not archived and committed.',
      labels: ['topic'],
    }),
    lagSeconds: metrics.gauge({
      name: 'ats_audit_lag_seconds',
      help: 'Age of the oldest record that waits for its segment.',
      labels: [],
    }),
  };
}
