import type { LatencyRecorder } from './latency-recorder.ts';

/** A monotonic count, `ats_<module>_<what>_total`. */
export interface Counter<Label extends string> {
  /** With an amount of 0 the series is there from then on, so that its first event is a rise. */
  add(labels: Readonly<Record<Label, string>>, amount?: number): void;
}

export interface Gauge<Label extends string> {
  set(labels: Readonly<Record<Label, string>>, value: number): void;
}

/** A distribution, in base units (seconds, bytes). */
export interface Histogram<Label extends string> {
  /** @param traceparent of what took so long: its trace, if kept, becomes the bucket's example */
  observe(labels: Readonly<Record<Label, string>>, value: number, traceparent?: string): void;
  /** The series is there from then on, with nothing in it. */
  zero(labels: Readonly<Record<Label, string>>): void;
}

/** A distribution in seconds, read from recorders when somebody asks for it. */
export interface Latencies<Label extends string> {
  /**
   * A recorder takes the place of one that was followed under the same labels.
   * @param recorder in microseconds; it may be one that others record into as well
   */
  follow(labels: Readonly<Record<Label, string>>, recorder: LatencyRecorder): void;
}

export interface MetricOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  /** Bounded label names (venue, side, reason); never ids. */
  readonly labels: readonly Label[];
}

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

/**
 * One service's metric registry. Implemented on prom-client. Who registers a name that is there
 * already, with the same labels, gets the same metric.
 */
export interface Metrics {
  counter<Label extends string>(options: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string>(options: MetricOptions<Label>): Gauge<Label>;
  histogram<Label extends string>(options: HistogramOptions<Label>): Histogram<Label>;
  /** A histogram that costs a hot path nothing but the recorder that it has anyway. */
  latencies<Label extends string>(options: HistogramOptions<Label>): Latencies<Label>;
  /**
   * Runs before each collection. Hot paths count in plain numbers and hand them over here.
   */
  beforeCollect(run: () => void): void;
  /** The registry in Prometheus text format. */
  text(): Promise<string>;
}

/** What is known of a metric whether or not anything was counted yet. */
export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

export type MetricLabels = Readonly<Record<string, string | number | undefined>>;

export interface CollectedSample {
  /** Of a histogram's parts; the family's unless given. */
  readonly metricName?: string;
  readonly labels: MetricLabels;
  readonly value: number;
  readonly exemplar?: {
    readonly labelSet: MetricLabels;
    readonly value: number;
    readonly timestamp: number;
  } | null;
}

/** A metric with what it stands at. */
export interface CollectedFamily extends Omit<MetricFamily, 'labels'> {
  readonly samples: readonly CollectedSample[];
}

/** A registry as whoever serves it sees it. */
export interface ServedMetrics {
  collect(): Promise<readonly CollectedFamily[]>;
  families(): readonly MetricFamily[];
}
