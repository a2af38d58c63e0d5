import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Metrics } from './metrics.ts';

/** One registry per service, on prom-client. `service` becomes a label of every series. */
export function openMetrics(options: { service: string; processMetrics?: boolean }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry });
  const collectors: (() => void)[] = [];
  const common = (metric: { name: string; help: string; labels: readonly string[] }) => ({
    name: metric.name,
    help: metric.help,
    labelNames: [...metric.labels],
    registers: [registry],
  });
  return {
    counter(metric) {
      const counter = new Counter(common(metric));
      return { add: (labels, amount = 1) => counter.inc(labels, amount) };
    },
    gauge(metric) {
      const gauge = new Gauge(common(metric));
      return { set: (labels, value) => gauge.set(labels, value) };
    },
    histogram(metric) {
      const histogram = new Histogram({ ...common(metric), buckets: [...metric.buckets] });
      return { observe: (labels, value) => histogram.observe(labels, value) };
    },
    beforeCollect(run) {
      collectors.push(run);
    },
    text() {
      for (const run of collectors) run();
      return registry.metrics();
    },
  };
}
