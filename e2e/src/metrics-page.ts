import type { MetricFamily } from '@ats/runtime';

interface Row extends MetricFamily {
  readonly services: readonly string[];
}

const UNITS: readonly (readonly [suffix: RegExp, unit: string])[] = [
  [/_usd_seconds_total$/, 'USD-seconds'],
  [/_seconds(_total)?$/, 'seconds'],
  [/_bytes(_total)?$/, 'bytes'],
  [/_ratio$/, 'ratio, 0 to 1'],
  [/_money$/, 'units of the numeraire'],
];

/** What a metric is counted in, by its name. */
const unitOf = ({ name, type }: MetricFamily): string =>
  UNITS.find(([suffix]) => suffix.test(name))?.[1] ?? (type === 'counter' ? 'events' : 'number');

const HEAD = `# Metrics

Every metric that a system can tell, read from its registries while it runs. The page is written by
\`npm run docs:metrics\`; with \`-- --check\` that fails when a running system says something else.
[Monitoring](monitoring.md) says what to look at first.

Every series has the label \`service\`, left out below: who counts, and for \`ats_rpc_*\` who is
called. What storage, calls and certificates count belongs to a process: its service is \`host\`
unless it says otherwise, and it is told at the port of the first service that the process runs.
Histograms carry the trace id of an example in each bucket (\`trace_id\`) for whoever asks for
OpenMetrics, as Prometheus does, where what they measured came with a traceparent.
`;

const GROUPS: readonly (readonly [prefix: string, title: string, note: string])[] = [
  ['ats_path_', 'The way from frame to fill', 'Each service measures its stages.'],
  ['ats_collector_', 'price-collector', ''],
  ['ats_engine_', 'trading-engine', ''],
  ['ats_risk_', 'risk-manager', ''],
  ['ats_gateway_', 'order-gateway', ''],
  ['ats_oms_', 'oms-core', ''],
  ['ats_venue_gateway_', 'venue-gateway', ''],
  ['ats_orders_', 'The outbox', 'Of every service that has one.'],
  ['ats_audit_', 'audit-exporter', ''],
  ['ats_notification_', 'notification', ''],
  ['ats_dashboard_', 'ui-dashboard', ''],
  ['ats_venue_simulator_', 'venue-simulator', ''],
  ['ats_rpc_', 'Calls between services', ''],
  ['ats_storage_', 'Storage', ''],
  ['ats_', 'Every service', ''],
  ['', 'Process', 'By prom-client, told by every service; in one process all tell the same.'],
];

/** `docs/metrics.md` of what services told. */
export function metricsPage(byService: ReadonlyMap<string, readonly MetricFamily[]>): string {
  const rows = new Map<string, Row>();
  for (const [service, families] of byService) {
    for (const family of families) {
      const services = rows.get(family.name)?.services ?? [];
      rows.set(family.name, { ...family, services: [...services, service].toSorted() });
    }
  }
  const sections = GROUPS.map(([prefix, title, note], at) => {
    const earlier = GROUPS.slice(0, at).map(([one]) => one);
    const own = [...rows.values()]
      .filter(({ name }) => name.startsWith(prefix) && !earlier.some((one) => name.startsWith(one)))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
    if (own.length === 0) return '';
    const lines = own.map((row) => lineOf(row, byService.size));
    const table = [
      '| metric | type | unit | labels | what | told by |',
      '|---|---|---|---|---|---|',
    ];
    return [`\n## ${title}\n`, ...(note === '' ? [] : [`${note}\n`]), ...table, ...lines, ''].join(
      '\n',
    );
  });
  return HEAD + sections.join('');
}

function lineOf(row: Row, all: number): string {
  const { name, type, labels, help, services } = row;
  const told = services.length === all ? 'all' : services.join(', ');
  const named = labels.map((label) => `\`${label}\``).join(', ');
  const cells = [`\`${name}\``, type, unitOf(row), named, help.replaceAll('|', '\\|'), told];
  return `| ${cells.join(' | ')} |`;
}
