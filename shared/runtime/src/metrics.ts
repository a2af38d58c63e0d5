/** A monotonic count, `ats_<module>_<what>_total`. */
export interface Counter<Label extends string> {
  add(labels: Readonly<Record<Label, string>>, amount?: number): void;
}

export interface Gauge<Label extends string> {
  set(labels: Readonly<Record<Label, string>>, value: number): void;
}

/** A distribution, in base units (seconds, bytes). */
export interface Histogram<Label extends string> {
  observe(labels: Readonly<Record<Label, string>>, value: number): void;
}

interface MetricOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  /** Bounded label names (venue, side, reason); never ids. */
  readonly labels: readonly Label[];
}

/**
 * One service's metric registry. Implemented on prom-client. Who registers a name that is there
 * already, with the same labels, gets the same metric.
 */
export interface Metrics {
  counter<Label extends string>(options: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string>(options: MetricOptions<Label>): Gauge<Label>;
  histogram<Label extends string>(
    options: MetricOptions<Label> & { readonly buckets: readonly number[] },
  ): Histogram<Label>;
  /**
   * Runs before each collection. Hot paths count in plain numbers and hand them over here.
   */
  beforeCollect(run: () => void): void;
  /** The registry in Prometheus text format. */
  text(): Promise<string>;
}
