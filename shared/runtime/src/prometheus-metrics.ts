import { assert } from '@ats/domain';
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
  const named = new Map<string, { readonly metric: object; readonly labels: string }>();
  /** Two parts of one process that count the same thing share one metric, told apart by labels. */
  const once = <Metric extends object>(
    options: { readonly name: string; readonly labels: readonly string[] },
    make: () => Metric,
  ): Metric => {
    const labels = options.labels.join();
    const known = named.get(options.name);
    if (known === undefined) {
      const metric = make();
      named.set(options.name, { metric, labels });
      return metric;
    }
    assert(known.labels === labels, 'a metric is registered twice with other labels', {
      name: options.name,
    });
    return known.metric as Metric;
  };
  return {
    counter(metric) {
      const counter = once(metric, () => new Counter(common(metric)));
      return { add: (labels, amount = 1) => counter.inc(labels, amount) };
    },
    gauge(metric) {
      const gauge = once(metric, () => new Gauge(common(metric)));
      return { set: (labels, value) => gauge.set(labels, value) };
    },
    histogram(metric) {
      const buckets = [...metric.buckets];
      const histogram = once(metric, () => new Histogram({ ...common(metric), buckets }));
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
