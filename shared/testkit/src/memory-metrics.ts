import type { Histogram, Metrics } from '@ats/runtime';

type Labels = Readonly<Record<string, string>>;

/** A metric registry that a test can read back. */
export interface MemoryMetrics extends Metrics {
  /**
   * What a counter or gauge stands at: the sum over all label sets that have `labels` in them.
   * 0 when nothing was counted yet. A histogram's value is the count of its observations.
   */
  value(name: string, labels?: Labels): number;
  /** A histogram's observations, in order, over all label sets that have `labels` in them. */
  observations(name: string, labels?: Labels): readonly number[];
  /** Every metric name that was registered, in order. */
  readonly names: readonly string[];
}

interface Series {
  readonly labels: Labels;
  value: number;
  readonly observed: number[];
}

interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly series: Map<string, Series>;
}

function matches(series: Series, wanted: Labels): boolean {
  return Object.entries(wanted).every(([label, value]) => series.labels[label] === value);
}

function seriesOf(family: Family, labels: Labels): Series {
  const key = family.labels.map((label) => labels[label] ?? '').join('\u0000');
  let series = family.series.get(key);
  if (series === undefined) {
    series = { labels: { ...labels }, value: 0, observed: [] };
    family.series.set(key, series);
  }
  return series;
}

function textOf(families: ReadonlyMap<string, Family>): string {
  const lines: string[] = [];
  for (const [name, family] of families) {
    lines.push(`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.type}`);
    for (const series of family.series.values()) {
      const labels = Object.entries(series.labels).map(([key, value]) => `${key}="${value}"`);
      const suffix = labels.length === 0 ? '' : `{${labels.join(',')}}`;
      lines.push(`${name}${suffix} ${series.value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Several recorders may be followed as one series. */
function copyCount(series: Series, recorder: { readonly count: number }): () => void {
  let before = 0;
  return () => {
    series.value += recorder.count - before;
    before = recorder.count;
  };
}

function histogramOf(family: Family, keepsObservations: boolean): Histogram<string> {
  return {
    observe(labels, value) {
      const series = seriesOf(family, labels);
      series.value += 1;
      if (keepsObservations) series.observed.push(value);
    },
    zero: (labels) => void seriesOf(family, labels),
  };
}

const NAME = /^ats_[a-z0-9_]+$/;

function checkName(type: Family['type'], name: string): void {
  if (!NAME.test(name)) {
    throw new Error(`metric name "${name}" is not ats_<module>_<what>_<unit>`);
  }
  if ((type === 'counter') !== name.endsWith('_total')) {
    throw new Error(`metric "${name}": counters, and only they, end in _total`);
  }
}

/**
 * Metrics held in memory; names are checked as strictly as the house style asks.
 *
 * @param options `keepsObservations` false counts them alone: for runs that make millions
 */
export function memoryMetrics({ keepsObservations = true } = {}): MemoryMetrics {
  const families = new Map<string, Family>();
  const hooks: (() => void)[] = [];
  const collect = (): void => {
    for (const run of hooks) run();
  };
  const register = (
    type: Family['type'],
    options: { name: string; help: string; labels: readonly string[] },
  ): Family => {
    checkName(type, options.name);
    const known = families.get(options.name);
    if (known !== undefined) {
      if (known.type === type) return known;
      throw new Error(`metric "${options.name}" is already a ${known.type}`);
    }
    const { help, labels } = options;
    const family: Family = { type, help, labels, series: new Map() };
    families.set(options.name, family);
    return family;
  };
  const select = (name: string, labels: Labels): Series[] => {
    collect();
    return [...(families.get(name)?.series.values() ?? [])].filter((one) => matches(one, labels));
  };
  return {
    counter(options) {
      const family = register('counter', options);
      const add = (labels: Labels, amount = 1): void => {
        if (amount < 0) throw new RangeError(`counter "${options.name}" cannot go down`);
        seriesOf(family, labels).value += amount;
      };
      return { add };
    },
    gauge(options) {
      const family = register('gauge', options);
      return {
        set(labels, value) {
          seriesOf(family, labels).value = value;
        },
      };
    },
    histogram: (options) => histogramOf(register('histogram', options), keepsObservations),
    latencies(options) {
      const family = register('histogram', options);
      return {
        follow: (labels, recorder) =>
          void hooks.push(copyCount(seriesOf(family, labels), recorder)),
      };
    },
    beforeCollect: (run) => void hooks.push(run),
    text() {
      collect();
      return Promise.resolve(textOf(families));
    },
    value: (name, labels = {}) => select(name, labels).reduce((sum, one) => sum + one.value, 0),
    observations: (name, labels = {}) => select(name, labels).flatMap((one) => one.observed),
    get names() {
      return [...families.keys()];
    },
  };
}
