import type { Metrics } from '@ats/runtime';

/** The counts of one state store. */
export function stateMetrics(metrics: Metrics) {
  return {
    transactions: metrics.counter({
      name: 'ats_storage_state_transactions_total',
      help: 'Transactions by outcome.',
      labels: ['store', 'result'],
    }),
    expired: metrics.counter({
      name: 'ats_storage_state_expired_total',
      help: 'Expired items whose space was freed.',
      labels: ['store'],
    }),
  };
}
