import { assert } from '@ats/domain';
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  Registry,
} from 'prom-client';
import type { LatencyRecorder } from './latency-recorder.ts';
import type {
  CollectedFamily,
  CollectedSample,
  HistogramOptions,
  MetricFamily,
  MetricOptions,
  Metrics,
  ServedMetrics,
} from './metrics.ts';
import { exposition } from './metrics-text.ts';
import { isSampled, traceIdOf } from './tracing/trace-context.ts';

/** One registry per service, on prom-client. `service` becomes a label of every series. */
export function openMetrics(options: {
  service: string;
  processMetrics?: boolean;
}): Metrics & ServedMetrics {
  // Of this type, or prom-client refuses exemplars; it is never asked to write.
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry });
  const collectors: (() => void)[] = [];
  const followed = new Map<string, FollowedLatencies>();
  const once = onceByName();
  const common = (metric: MetricOptions<string>) => ({
    name: metric.name,
    help: metric.help,
    labelNames: [...metric.labels],
    registers: [registry],
  });
  const collect = (): Promise<readonly CollectedFamily[]> => {
    for (const run of collectors) run();
    return collected(registry, [...followed.values()], options.service);
  };
  return {
    counter(metric) {
      const counter = once('counter', metric, () => new Counter(common(metric)));
      return { add: (labels, amount = 1) => counter.inc(labels, amount) };
    },
    gauge(metric) {
      const gauge = once('gauge', metric, () => new Gauge(common(metric)));
      return { set: (labels, value) => gauge.set(labels, value) };
    },
    histogram(metric) {
      const buckets = [...metric.buckets];
      const histogram = once(
        'histogram',
        metric,
        () => new Histogram({ ...common(metric), buckets, enableExemplars: true }),
      );
      return {
        observe(labels, value, traceparent) {
          // Of a trace that is not kept there is nothing to look at.
          const exemplarLabels = isSampled(traceparent) ? { trace_id: traceIdOf(traceparent) } : {};
          histogram.observe({ labels, value, exemplarLabels });
        },
        zero: (labels) => histogram.zero(labels),
      };
    },
    latencies(metric) {
      const latencies = once('latencies', metric, () => new FollowedLatencies(metric));
      followed.set(metric.name, latencies);
      return { follow: (labels, recorder) => latencies.follow({ labels, recorder }) };
    },
    beforeCollect(run) {
      collectors.push(run);
    },
    text: async () => exposition(await collect(), 'text'),
    collect,
    families: () => [...familiesOf(registry), ...followed.values()],
  };
}

async function collected(
  registry: Registry<OpenMetricsContentType>,
  followed: readonly FollowedLatencies[],
  service: string,
): Promise<readonly CollectedFamily[]> {
  const counted = await registry.getMetricsAsJSON();
  const families: readonly CollectedFamily[] = [
    ...counted.map(({ name, help, type, values }) => ({
      ...{ name, help, samples: values },
      type: String(type),
    })),
    ...followed.map((one) => one.collect()),
  ];
  return families.map((family) => ({
    ...family,
    samples: family.samples.map((sample) => ({
      ...sample,
      // A label of that name says which service was called.
      labels: { ...sample.labels, service: sample.labels['service'] ?? service },
    })),
  }));
}

/** Two parts of one process that count the same thing share one metric, told apart by labels. */
function onceByName() {
  const named = new Map<string, { readonly metric: object; readonly form: string }>();
  return <Metric extends object>(
    kind: string,
    options: MetricOptions<string>,
    make: () => Metric,
  ): Metric => {
    const form = [kind, ...options.labels].join();
    const known = named.get(options.name);
    if (known === undefined) {
      const metric = make();
      named.set(options.name, { metric, form });
      return metric;
    }
    assert(known.form === form, 'a metric is registered twice with another form', {
      name: options.name,
    });
    return known.metric as Metric;
  };
}

/** What prom-client knows of its metrics and its types do not tell. */
function familiesOf(registry: Registry<OpenMetricsContentType>): readonly MetricFamily[] {
  return registry.getMetricsAsArray().map(({ name, help, type, ...rest }) => {
    const { labelNames = [] } = rest as { readonly labelNames?: readonly string[] };
    return { name, help, type: String(type), labels: labelNames };
  });
}

interface Followed {
  readonly labels: Readonly<Record<string, string>>;
  readonly recorder: LatencyRecorder;
}

class FollowedLatencies implements MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly labels: readonly string[];
  private readonly followed = new Map<string, Followed>();
  private readonly bounds: readonly number[];

  constructor(options: HistogramOptions<string>) {
    this.name = options.name;
    this.help = options.help;
    this.labels = options.labels;
    this.bounds = options.buckets;
  }

  collect(): CollectedFamily {
    const { name, help, type } = this;
    const samples = [...this.followed.values()].flatMap((one) => this.samplesOf(one));
    return { name, help, type, samples };
  }

  follow(one: Followed): void {
    this.followed.set(JSON.stringify(Object.entries(one.labels).sort()), one);
  }

  private samplesOf({ labels, recorder }: Followed): readonly CollectedSample[] {
    const counts = recorder.countsWithin(this.bounds.map((seconds) => seconds * 1e6));
    const sample = (part: string, value: number, le: Readonly<Record<string, string>> = {}) => ({
      metricName: `${this.name}_${part}`,
      labels: { ...le, ...labels },
      value,
    });
    return [
      ...this.bounds.map((bound, at) => sample('bucket', counts[at] ?? 0, { le: String(bound) })),
      sample('bucket', recorder.count, { le: '+Inf' }),
      sample('sum', recorder.sum / 1e6),
      sample('count', recorder.count),
    ];
  }
}
