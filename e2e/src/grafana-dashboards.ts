import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startPrometheus } from '@ats/testkit';
import { z } from 'zod';
import type { MonitoredSystem } from './monitored-system.ts';

const INFRA = resolve(import.meta.dirname, '../../infra');
const DASHBOARDS = join(INFRA, 'grafana/dashboards');

export const RULE_FILES = ['recording', 'alerts'].map((name) =>
  join(INFRA, 'prometheus/rules', `${name}.yml`),
);
/** What Grafana would put in where Prometheus looks every second. */
const RATE_INTERVAL = '30s';

const panelSchema = z.looseObject({
  title: z.string(),
  type: z.enum(['timeseries', 'stat']),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  fieldConfig: z.looseObject({ defaults: z.looseObject({ unit: z.string() }) }),
  targets: z.array(z.looseObject({ expr: z.string(), legendFormat: z.string() })),
});
const dashboardSchema = z.looseObject({ title: z.string(), panels: z.array(panelSchema) });

/** One of the dashboards that are provisioned, its queries ready to be asked. */
export interface Provisioned extends z.infer<typeof dashboardSchema> {
  readonly file: string;
}

export function provisionedDashboards(): readonly Provisioned[] {
  return globSync('*.json', { cwd: DASHBOARDS })
    .sort()
    .map((file) => {
      const text = readFileSync(join(DASHBOARDS, file), 'utf8');
      const queries = text.replaceAll('$__rate_interval', RATE_INTERVAL);
      return { file, ...dashboardSchema.parse(JSON.parse(queries)) };
    });
}

/** A real Prometheus that looks at every service of a system once a second, with all rules. */
export function startWatching({ admin }: Pick<MonitoredSystem, 'admin'>) {
  const targets = [...admin].map(([process, url]) => ({
    targets: [new URL(url).host],
    labels: { process },
  }));
  return startPrometheus(
    JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: RULE_FILES,
      scrape_configs: [{ job_name: 'ats', static_configs: targets }],
    }),
  );
}

const rangeSchema = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});

/** One curve: what the legend says of it, and its points, in milliseconds since the epoch. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [timeMs: number, value: number])[];
}

/** What a panel shows of a span of time, seconds since the epoch. */
export async function curvesOf(
  { targets }: z.infer<typeof panelSchema>,
  { url, from, to }: { readonly url: string; readonly from: number; readonly to: number },
): Promise<readonly Curve[]> {
  const span = { start: String(from), end: String(to), step: '1' };
  const answers = await Promise.all(
    targets.map(async ({ expr, legendFormat }) => {
      const asked = new URLSearchParams({ query: expr, ...span });
      const answer = await fetch(`${url}/api/v1/query_range?${asked}`);
      const { data } = rangeSchema.parse(await answer.json());
      return data.result.map(({ metric, values }) => ({
        name: legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
        points: values.map(([at, value]) => [at * 1000, Number(value)] as const),
      }));
    }),
  );
  return answers.flat();
}
