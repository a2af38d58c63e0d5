import type { Counter, Gauge, Metrics } from '../metrics.ts';

/** What is counted about calls between services. */
export interface RpcMetrics {
  readonly calls: Counter<'service' | 'method' | 'binding' | 'result'>;
  readonly retries: Counter<'service' | 'method'>;
  readonly losses: Counter<'service' | 'method'>;
  readonly refusals: Counter<'service' | 'method'>;
  readonly breakers: Gauge<'service'>;
}

export function rpcMetrics(metrics: Metrics): RpcMetrics {
  const labels = ['service', 'method'] as const;
  return {
    calls: metrics.counter({
      name: 'ats_rpc_calls_total',
      help: 'Calls by outcome; a stream of answers counts when it ends.',
      labels: ['service', 'method', 'binding', 'result'],
    }),
    retries: metrics.counter({
      name: 'ats_rpc_retries_total',
      help: 'Calls that were repeated.',
      labels,
    }),
    losses: metrics.counter({
      name: 'ats_rpc_stream_losses_total',
      help: 'Streams that were lost.',
      labels,
    }),
    refusals: metrics.counter({
      name: 'ats_rpc_stream_refusals_total',
      help: 'Messages refused because the stream buffer was full.',
      labels,
    }),
    breakers: metrics.gauge({
      name: 'ats_rpc_breaker_open_ratio',
      help: 'Whether the circuit breaker of a dependency is open: 1, half open: 0.5, closed: 0.',
      labels: ['service'],
    }),
  };
}
