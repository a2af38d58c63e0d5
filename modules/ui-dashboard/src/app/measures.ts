import type { MeasuresView, StageMeasure } from '../contract.ts';
import { readFrom } from './health.ts';
import { type Sample, samplesOf } from './metrics-text.ts';
import type { Place } from './places.ts';

type Labels = readonly string[];

/** Stages of a frame's way to an order, in its order: their metric, and what tells them apart. */
const QUANTILES: readonly (readonly [metric: string, by: Labels])[] = [
  ['ats_collector_frame_to_book_seconds', ['venue']],
  ['ats_engine_latency_seconds', ['stage']],
  ['ats_engine_trade_latency_seconds', ['stage']],
];
const HISTOGRAMS: readonly (readonly [metric: string, by: Labels])[] = [
  ['ats_risk_check_duration_seconds', []],
  ['ats_gateway_submit_duration_seconds', []],
  ['ats_oms_input_seconds', ['kind']],
  ['ats_venue_gateway_call_duration_seconds', ['venue', 'call']],
  ['ats_notification_latency_seconds', ['channel']],
];
const BREAKERS: Readonly<Record<string, string>> = {
  ats_venue_gateway_breaker_open_ratio: 'venue',
  ats_notification_breaker_open: 'channel',
};
const LAGS: Readonly<Record<string, Labels>> = {
  ats_audit_lag_records: ['topic'],
  ats_orders_outbox_waiting_entries: ['service'],
  ats_notification_pending_messages: ['channel'],
  ats_venue_gateway_queue_calls: ['venue'],
};

const named = (samples: readonly Sample[], metric: string): readonly Sample[] =>
  samples.filter(({ name }) => name === metric);

const ofLabels = (by: Labels, { labels }: Sample): string =>
  by.map((label) => labels[label] ?? '').join(' ');

const figureOf = (samples: readonly Sample[], metric: string): number =>
  named(samples, metric)[0]?.value ?? Number.NaN;

/** Asks every service for its metrics, and keeps what a person looks at. */
export async function measuresOf(
  places: readonly Place[],
  parts: { readonly nowUs: () => number; readonly fetch: typeof fetch },
): Promise<MeasuresView> {
  const asked = places.map(async ({ url }) => {
    if (url === undefined) return [];
    const answer = await readFrom(parts.fetch, `${url}/metrics`);
    return samplesOf((await answer?.text()) ?? '');
  });
  const services = await Promise.all(asked);
  const samples = services.flat();
  return {
    atUs: parts.nowUs(),
    stages: stagesOf(samples),
    breakers: Object.entries(BREAKERS).flatMap(([what, by]) =>
      named(samples, what).map(({ labels, value }) => ({
        what,
        of: labels[by] ?? '',
        open: value,
      })),
    ),
    lags: Object.entries(LAGS).flatMap(([what, by]) =>
      named(samples, what).map((one) => ({ what, of: ofLabels(by, one), waiting: one.value })),
    ),
    archiveLagS: figureOf(samples, 'ats_audit_lag_seconds'),
    processes: processesOf(services),
  };
}

function stagesOf(samples: readonly Sample[]): readonly StageMeasure[] {
  const told = QUANTILES.flatMap(([metric, by]) => {
    const groups = Map.groupBy(named(samples, metric), (one) => ofLabels(by, one));
    return [...groups].map(([of, group]) => {
      const at = (quantile: string): number =>
        group.find(({ labels }) => labels['quantile'] === quantile)?.value ?? Number.NaN;
      return { metric, of, p50S: at('0.5'), p99S: at('0.99'), worstS: at('1') };
    });
  });
  const counted = HISTOGRAMS.flatMap(([metric, by]) => {
    const buckets = named(samples, `${metric}_bucket`);
    const groups = Map.groupBy(buckets, (one) => ofLabels(by, one));
    return [...groups].map(([of, group]) => ({
      ...{ metric, of, worstS: Number.NaN },
      ...{ p50S: quantileOf(group, 0.5), p99S: quantileOf(group, 0.99) },
    }));
  });
  return [...told, ...counted];
}

/** @returns the upper bound of the bucket that the quantile falls into, seconds */
export function quantileOf(buckets: readonly Sample[], quantile: number): number {
  const sorted = buckets
    .map(({ labels, value }) => ({
      bound: Number(labels['le']?.replace('+Inf', 'Infinity')),
      value,
    }))
    .toSorted((a, b) => a.bound - b.bound);
  const all = sorted.at(-1)?.value ?? 0;
  if (all === 0) return Number.NaN;
  return sorted.find(({ value }) => value >= all * quantile)?.bound ?? Number.NaN;
}

/** In the embedded profile all services are one process: it is told once. */
function processesOf(services: readonly (readonly Sample[])[]): MeasuresView['processes'] {
  const found = services.filter((samples) => samples.length > 0);
  const byStart = Map.groupBy(found, (samples) => figureOf(samples, 'process_start_time_seconds'));
  return [...byStart].map(([startedS, group]) => {
    const [samples = []] = group;
    const [version] = named(samples, 'nodejs_version_info');
    return {
      ...{ startedS, services: group.map((one) => one[0]?.labels['service'] ?? '') },
      node: version?.labels['version'] ?? '',
      memoryBytes: figureOf(samples, 'process_resident_memory_bytes'),
      loopLagP99S: figureOf(samples, 'nodejs_eventloop_lag_p99_seconds'),
    };
  });
}
