import type { CollectedFamily, CollectedSample, MetricLabels } from './metrics.ts';

export type ExpositionFormat = 'text' | 'openmetrics';

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** OpenMetrics alone has exemplars; it is for whoever asks for it. */
export const formatFor = (accept: string | undefined): ExpositionFormat =>
  accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'text';

/**
 * Metrics as Prometheus reads them. prom-client's own writer cannot serve both formats from one
 * registry: it renames counters for good.
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export function exposition(families: readonly CollectedFamily[], format: ExpositionFormat): string {
  const lines = families.flatMap(({ name, type, help, samples }) => {
    // In OpenMetrics a counter's family has no suffix, its sample has.
    const family =
      format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
    return [
      `# HELP ${family} ${escaped(help)}`,
      `# TYPE ${family} ${type}`,
      ...samples.map((sample) => lineOf(name, sample, format)),
    ];
  });
  if (format === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function lineOf(family: string, sample: CollectedSample, format: ExpositionFormat): string {
  const { metricName: name = family, labels, value, exemplar } = sample;
  const pairs = pairsOf(labels);
  const line = `${name}${pairs === '' ? '' : `{${pairs}}`} ${number(value)}`;
  if (format === 'text' || exemplar === undefined || exemplar === null) return line;
  const { labelSet, value: measured, timestamp } = exemplar;
  return `${line} # {${pairsOf(labelSet)}} ${number(measured)} ${timestamp}`;
}

const pairsOf = (labels: MetricLabels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(String(value)).replaceAll('"', '\\"')}"`)
    .join(',');

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}
