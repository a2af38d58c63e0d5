import { ALERT_AREAS, type Alert, makeAlert, SEVERITIES, type VenueId } from '@ats/domain';
import { z } from 'zod';

/** Alerts in one message; Alertmanager's `max_alerts` cuts at as many as it is told. */
const ALERTS_MAX = 1000;
const LABELS_MAX = 50;
const TEXT_MAX = 2000;

const texts = z
  .record(z.string().max(200), z.string().max(TEXT_MAX))
  .refine((labels) => Object.keys(labels).length <= LABELS_MAX, `expected ${LABELS_MAX} at most`);
const time = z.iso.datetime({ offset: true });

const alertSchema = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts,
  startsAt: time,
  endsAt: time,
  generatorURL: z.string().max(TEXT_MAX).default(''),
  fingerprint: z.string().regex(/^[0-9a-f]{1,32}$/, 'expected hexadecimal digits'),
});

/**
 * What Alertmanager posts, version 4; what it adds to that is left aside.
 * @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export const alertmanagerSchema = z.object({
  version: z.literal('4'),
  alerts: z.array(alertSchema).max(ALERTS_MAX),
});

type PrometheusAlert = z.output<typeof alertSchema>;

/** Labels that become fields of their own. */
const NAMED = new Set(['alertname', 'severity', 'area', 'venue']);
const FACTS_MAX = 20;
const FACT_LENGTH_MAX = 200;

/**
 * An alert of Prometheus as one of ours. The fingerprint, which its labels make, names the
 * condition: the same again has the same id, so that it is told once, and its end ends it.
 */
export function alertOfPrometheus(one: PrometheusAlert): Alert {
  const { labels, annotations, fingerprint, status } = one;
  const { alertname = 'alert', venue } = labels;
  return makeAlert({
    key: `prometheus.${alertname}:${fingerprint}`,
    severity: SEVERITIES.find((known) => known === labels['severity']) ?? 'warning',
    area: ALERT_AREAS.find((known) => known === labels['area']) ?? 'system',
    summary: annotations['summary'] ?? alertname,
    action: annotations['description'] ?? '',
    remedy: annotations['remedy'] ?? '',
    runbook: runbookOf(annotations['runbook'] ?? ''),
    venue: venue as VenueId | undefined,
    facts: factsOf(one),
    raisedAtUs: microsecondsOf(one.startsAt),
    resolvedAtUs: status === 'resolved' ? microsecondsOf(one.endsAt) : undefined,
  });
}

function factsOf({ labels, generatorURL }: PrometheusAlert): Readonly<Record<string, string>> {
  const facts = Object.entries(labels).filter(([name]) => !NAMED.has(name));
  if (generatorURL !== '') facts.push(['query', generatorURL]);
  const shown = facts
    .slice(0, FACTS_MAX)
    .map(([name, value]) => [name, value.slice(0, FACT_LENGTH_MAX)]);
  return Object.fromEntries(shown) as Record<string, string>;
}

/** `docs/runbooks/feed-stale.md`, a URL of it, or the name alone: the name. */
function runbookOf(place: string): string {
  const name = place.split('/').at(-1)?.replace(/\.md$/, '') ?? '';
  return /^[a-z0-9-]{1,80}$/.test(name) ? name : '';
}

/** Nanoseconds are told; what is below a microsecond is dropped. */
function microsecondsOf(text: string): number {
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? [];
  const wholeMs = Date.parse(text.replace(/\.\d+/, ''));
  return wholeMs * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
