import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeWithEngine, until } from '@ats/testkit';
import { parse } from 'yaml';
import { provisionedDashboards, RULE_FILES, startWatching } from '../src/grafana-dashboards.ts';
import { metricsPage } from '../src/metrics-page.ts';
import {
  ALERTS_TOKEN,
  familiesOf,
  type MonitoredSystem,
  startMonitoredSystem,
} from '../src/monitored-system.ts';

const INFRA = resolve(import.meta.dirname, '../../infra');
/** Metrics that a system in one process cannot have. */
const DISTRIBUTED_ALONE = ['ats_rpc_breaker_open_ratio'];

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
}

const rules: readonly Rule[] = RULE_FILES.flatMap((file) =>
  parse(readFileSync(file, 'utf8')).groups.flatMap((group: { rules: Rule[] }) => group.rules),
);

const panelQueries = provisionedDashboards().flatMap(({ file, panels }) =>
  panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => [`${file}: ${title}`, expr] as const),
  ),
);

/** The series that an alert looks at: healthy, its whole expression gives nothing. */
const selectorsOf = (expr: string): readonly string[] =>
  [...expr.matchAll(/(?:ats|nodejs|service)[a-z_]*:?[a-z0-9_:]*(?:\{[^}]*\})?|up\{[^}]*\}/g)]
    .map(([selector]) => selector)
    .filter((one) => one.includes('_') || one.startsWith('up'));

describeWithEngine('prometheus', 'a system that Prometheus watches', () => {
  let system: MonitoredSystem;
  let prometheus: Awaited<ReturnType<typeof startWatching>>;

  const query = async (text: string): Promise<readonly unknown[]> => {
    const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(text)}`);
    const { status, data, error } = (await answer.json()) as {
      status: string;
      data?: { result: unknown[] };
      error?: string;
    };
    if (status !== 'success' || data === undefined) throw new Error(`${text}: ${error}`);
    return data.result;
  };
  /** Those of named queries that match nothing, when all have had time to. */
  const emptyOf = async (named: readonly (readonly [string, string])[]) => {
    let left = named;
    const look = async (): Promise<boolean> => {
      const answers = await Promise.all(
        left.map(async (one) => [one, await query(one[1])] as const),
      );
      left = answers.filter(([, found]) => found.length === 0).map(([one]) => one);
      return left.length === 0;
    };
    await until(look, { timeoutMs: 40_000, periodMs: 1000 }).catch(() => undefined);
    return left;
  };

  beforeAll(async () => {
    system = await startMonitoredSystem();
    prometheus = await startWatching(system);
  });
  afterAll(async () => {
    await prometheus?.close();
    await system?.stop();
  });

  it('tells what docs/metrics.md says', async () => {
    const page = readFileSync(resolve(INFRA, '../docs/metrics.md'), 'utf8');
    expect(metricsPage(await familiesOf(system))).toBe(page);
  });

  it('is scraped whole', async () => {
    await until(async () => (await query('up == 1')).length === system.admin.size);
    expect(await query('up == 0')).toEqual([]);
  });

  it('has what every panel asks for', async () => {
    expect(panelQueries.length).toBeGreaterThan(80);
    expect(await emptyOf(panelQueries)).toEqual([]);
  });

  it('has what every rule asks for', async () => {
    const recorded = rules.filter(
      ({ record, expr }) => record !== undefined && !/ > \d+$/.test(expr),
    );
    const asked = rules.filter(({ alert }) => alert !== undefined);
    const named = [
      ...recorded.map(({ record = '', expr }) => [record, expr] as const),
      ...asked.flatMap(({ alert = '', expr }) =>
        selectorsOf(expr)
          .filter((selector) => !DISTRIBUTED_ALONE.includes(selector))
          .map((selector) => [alert, selector] as const),
      ),
    ];
    expect(named.length).toBeGreaterThan(50);
    expect(await emptyOf(named)).toEqual([]);
  });

  it('keeps the trace of what took so long', async () => {
    const asked = new URLSearchParams({
      query: 'ats_rpc_served_seconds_bucket',
      start: '0',
      end: '9999999999',
    });
    const answer = await fetch(`${prometheus.url}/api/v1/query_exemplars?${asked}`);
    const { data } = (await answer.json()) as {
      data: { exemplars: { labels: { trace_id: string } }[] }[];
    };
    const ids = data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id));
    expect(ids).not.toEqual([]);
    const missing = (): readonly string[] =>
      ids.filter((id) => !system.spans.some(({ traceId }) => traceId === id));
    await until(() => missing().length === 0).catch(() => undefined);
    expect(missing()).toEqual([]);
  });

  it('takes an alert where its log says', async () => {
    expect(system.alertsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/alertmanager$/);
    const answer = await fetch(system.alertsUrl, {
      method: 'POST',
      headers: { authorization: `Bearer ${ALERTS_TOKEN}` },
      body: JSON.stringify({ version: '4', alerts: [] }),
    });
    expect(answer.status).toBe(200);
  });
});
