import { type Metrics, pathStages } from '@ats/runtime';

/** Upper bounds of the histograms of calls, seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type CallName =
  | 'submit'
  | 'cancel'
  | 'replace'
  | 'query'
  | 'fills'
  | 'open-orders'
  | 'balances';

/** What the desks of all venues count. */
export type DeskMetrics = ReturnType<typeof openDeskMetrics>;

export function openDeskMetrics(metrics: Metrics) {
  return {
    calls: metrics.counter({
      name: 'ats_venue_gateway_calls_total',
      help: 'Calls of venues by name and what the answer was.',
      labels: ['venue', 'call', 'result'],
    }),
    callSeconds: metrics.histogram({
      name: 'ats_venue_gateway_call_duration_seconds',
      help: 'Time from a call to its answer, without the time in the queue.',
      labels: ['venue', 'call'],
      buckets: BUCKETS,
    }),
    stages: pathStages(metrics),
    reports: metrics.counter({
      name: 'ats_venue_gateway_reports_total',
      help: 'Reports by type.',
      labels: ['venue', 'type'],
    }),
    ambiguous: metrics.counter({
      name: 'ats_venue_gateway_ambiguous_total',
      help: 'Submits whose outcome was not known.',
      labels: ['venue'],
    }),
    resolved: metrics.counter({
      name: 'ats_venue_gateway_resolved_total',
      help: 'Orders of unknown fate by what the venue said of them.',
      labels: ['venue', 'result'],
    }),
    lateFills: metrics.counter({
      name: 'ats_venue_gateway_late_fills_total',
      help: 'Fills of orders whose end had been reported.',
      labels: ['venue'],
    }),
    reportRetries: metrics.counter({
      name: 'ats_venue_gateway_report_retries_total',
      help: 'Reports that the log did not take at once.',
      labels: ['venue'],
    }),
    queueDepth: metrics.gauge({
      name: 'ats_venue_gateway_queue_calls',
      help: 'Calls that wait for their turn.',
      labels: ['venue', 'class'],
    }),
    budgetWaits: metrics.counter({
      name: 'ats_venue_gateway_budget_waits_total',
      help: 'Times that calls had to wait for the budget of their venue.',
      labels: ['venue'],
    }),
    queueFull: metrics.counter({
      name: 'ats_venue_gateway_queue_refused_total',
      help: 'Calls that were refused since too many waited.',
      labels: ['venue'],
    }),
    breakerOpen: metrics.gauge({
      name: 'ats_venue_gateway_breaker_open_ratio',
      help: 'Whether the breaker of a venue is open: 1, on trial: 0.5, closed: 0.',
      labels: ['venue'],
    }),
    work: metrics.gauge({
      name: 'ats_venue_gateway_work_orders',
      help: 'Orders at the venue or on their way.',
      labels: ['venue'],
    }),
  };
}
