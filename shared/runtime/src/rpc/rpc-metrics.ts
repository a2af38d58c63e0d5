import type { Counter, Gauge, Histogram, Metrics } from '../metrics.ts';

/** What is counted about calls between services. */
export interface RpcMetrics {
  readonly calls: Counter<'service' | 'method' | 'binding' | 'result'>;
  readonly retries: Counter<'service' | 'method'>;
  readonly losses: Counter<'service' | 'method'>;
  readonly refusals: Counter<'service' | 'method'>;
  readonly breakers: Gauge<'service'>;
  readonly served: Counter<'service' | 'method' | 'result'>;
  readonly servedSeconds: Histogram<'service' | 'method'>;
  /** A stream that is served has opened (1) or ended (-1). */
  streamOpened(labels: { readonly service: string; readonly method: string }, change: 1 | -1): void;
}

/** Seconds: a call within the process takes microseconds, a question to a venue seconds. */
const BUCKETS = [
  ...[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10],
];

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
    served: metrics.counter({
      name: 'ats_rpc_served_total',
      help: 'Calls that were served, by outcome; a stream counts when it opens.',
      labels: ['service', 'method', 'result'],
    }),
    servedSeconds: metrics.histogram({
      name: 'ats_rpc_served_seconds',
      help: 'From a call reaching its handler until the answer, streams left out.',
      labels,
      buckets: BUCKETS,
    }),
    streamOpened: streamsOpen(metrics),
  };
}

function streamsOpen(metrics: Metrics): RpcMetrics['streamOpened'] {
  const gauge = metrics.gauge({
    name: 'ats_rpc_streams_open',
    help: 'Streams that are being served.',
    labels: ['service', 'method'],
  });
  const open = new Map<string, number>();
  return ({ service, method }, change) => {
    const key = `${service}/${method}`;
    const now = (open.get(key) ?? 0) + change;
    open.set(key, now);
    gauge.set({ service, method }, now);
  };
}
