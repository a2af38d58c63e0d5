/** A line of a panel: what the legend says, and the query. */
type Line = readonly [legend: string, query: string];

export interface Panel {
  readonly title: string;
  /** Grafana's name of the unit, such as `s`, `bytes`, `reqps`. */
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly kind: 'timeseries' | 'stat';
}

export interface Dashboard {
  /** Of its address; the file is named after it. */
  readonly name: string;
  readonly title: string;
  /** Rows from above; the panels of one share its width. */
  readonly rows: readonly (readonly Panel[])[];
}

/** A curve for each line. */
export const curves = (title: string, unit: string, ...lines: readonly Line[]): Panel => ({
  ...{ title, unit, lines, kind: 'timeseries' },
});

/** The newest figure of each line. */
export const figure = (title: string, unit: string, ...lines: readonly Line[]): Panel => ({
  ...{ title, unit, lines, kind: 'stat' },
});

/** Events a second, by labels. */
export const rateBy = (labels: string, selector: string): string =>
  `sum by (${labels}) (rate(${selector}[$__rate_interval]))`;

/** A quantile of a histogram, by labels. */
export const quantileBy = (quantile: number, labels: string, metric: string): string => {
  const [, name = '', matchers = ''] = /^([a-z_]+)(\{.*\})?$/.exec(metric) ?? [];
  const buckets = `rate(${name}_bucket${matchers}[$__rate_interval])`;
  return `histogram_quantile(${quantile}, sum by (${labels}, le) (${buckets}))`;
};

/** A curve for each set of labels, of what is counted: events a second. */
export const rates = (title: string, unit: string, labels: string, selector: string): Panel => {
  const legend = labels.split(', ').map((label) => `{{${label}}}`);
  return curves(title, unit, [legend.join(' '), rateBy(labels, selector)]);
};

/** The half and the worst hundredth of a duration. */
export const halfAndWorst = (title: string, label: string, metric: string): Panel =>
  curves(
    title,
    's',
    ['p50', quantileBy(0.5, label, metric)],
    ['p99', quantileBy(0.99, label, metric)],
  );

/** The worst hundredth of a duration, a curve for each value of a label. */
export const worst = (title: string, label: string, metric: string): Panel =>
  curves(title, 's', [`{{${label}}}`, quantileBy(0.99, label, metric)]);

const SOURCE = { type: 'prometheus', uid: 'ats-prometheus' };
const WIDTH = 24;
const HEIGHT = { timeseries: 8, stat: 4 };

/** The dashboard as Grafana keeps it. */
export function dashboardJson({ name, title, rows }: Dashboard): object {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    const w = Math.floor(WIDTH / row.length);
    const h = Math.max(...row.map(({ kind }) => HEIGHT[kind]));
    for (const [at, panel] of row.entries()) {
      panels.push(panelJson(panel, { id: panels.length + 1, gridPos: { x: at * w, y, w, h } }));
    }
    y += h;
  }
  return {
    uid: `ats-${name}`,
    title: `ATS: ${title}`,
    tags: ['ats'],
    editable: true,
    schemaVersion: 39,
    timezone: 'browser',
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    links: [{ type: 'dashboards', title: 'ATS', tags: ['ats'], keepTime: true }],
    panels,
  };
}

function panelJson({ title, unit, lines, kind }: Panel, place: object): object {
  const reduceOptions = { calcs: ['lastNotNull'] };
  return {
    ...place,
    type: kind,
    title,
    datasource: SOURCE,
    fieldConfig: {
      defaults: { unit, custom: { fillOpacity: 8, showPoints: 'never' } },
      overrides: [],
    },
    options:
      kind === 'stat'
        ? { reduceOptions, colorMode: 'none' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: lines.map(([legendFormat, expr], at) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + at),
      ...{ datasource: SOURCE, expr, legendFormat },
      exemplar: kind === 'timeseries' && expr.includes('_bucket'),
    })),
  };
}
