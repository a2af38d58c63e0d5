import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ExportedSpan, openSpanReceiver, until } from '@ats/testkit';
import { CustomChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { FREE_PORTS, ownData, startAts } from './ats.ts';
import { named, orderOf, pathOf, type Trace, tradeThatEnded, whole } from './traces.ts';

use([CustomChart, GridComponent, SVGRenderer]);

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = values.out ?? 'docs/images/trace.svg';
const WIDTH = 1100;
const ROW = 19;
const TRADE_MS = 120_000;
/** Told apart on white and on black. */
const COLOURS: Readonly<Record<string, string>> = {
  'trading-engine': '#3b82f6',
  'risk-manager': '#d97706',
  'order-gateway': '#8b5cf6',
  'oms-core': '#16a34a',
  'venue-gateway': '#db2777',
};
const OTHERS = '#64748b';
const INK = '#64748b';

/** Trades until one is whole, and gives back its trace. */
async function trade(): Promise<Trace> {
  const receiver = await openSpanReceiver();
  const ats = startAts([
    ...['up', '--seed', '7', '--plain', '--set', `tracing.endpoint=${receiver.url}`],
    ...FREE_PORTS,
    ...ownData(),
  ]);
  try {
    const found = (): Trace | undefined => {
      const trace = tradeThatEnded(receiver.spans, ['COMPLETED']);
      return trace === undefined ? undefined : whole(trace);
    };
    return await until(found, { timeoutMs: TRADE_MS, periodMs: 200, what: 'a whole trade' });
  } finally {
    ats.signal('SIGINT');
    await ats.outcome;
    await receiver.close();
  }
}

/** What leads to the first posting of each order, and what was decided before; not every record. */
function shown(trace: Trace): Trace {
  const orders = [...new Set(named(trace, 'venue.submit').map(orderOf))];
  const first = orders.flatMap((order) => {
    return named(trace, 'ledger.post').find((post) => orderOf(post) === order) ?? [];
  });
  const ends = ['risk.answer', 'venue.submit'].flatMap((name) => named(trace, name));
  const kept = new Set([...first, ...ends].flatMap((span) => pathOf(span, trace)));
  return inOrder(trace.filter((span) => kept.has(span)));
}

/** Children below their parent, by time. */
function inOrder(spans: Trace, parentSpanId = ''): Trace {
  return spans
    .filter((span) => span.parentSpanId === parentSpanId)
    .toSorted((a, b) => a.startUs - b.startUs)
    .flatMap((span) => [span, ...inOrder(spans, span.spanId)]);
}

function picture(trace: Trace): string {
  const spans = shown(trace);
  const startUs = Math.min(...spans.map((span) => span.startUs));
  const height = spans.length * ROW + 60;
  const label = (span: ExportedSpan): string =>
    `${'\u2007\u2007'.repeat(pathOf(span, trace).length - 1)}${span.name}`;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  const option: EChartsCoreOption = {
    animation: false,
    textStyle: { fontFamily: 'system-ui, sans-serif' },
    grid: { left: 370, right: 90, top: 10, bottom: 40 },
    xAxis: {
      ...{ type: 'value', name: 'milliseconds after the frame', nameLocation: 'middle' },
      ...{ nameGap: 24, nameTextStyle: { color: INK }, axisLabel: { color: INK } },
      splitLine: { lineStyle: { color: '#94a3b840' } },
    },
    yAxis: {
      ...{ type: 'category', inverse: true, data: spans.map(label) },
      axisLabel: { color: INK, align: 'left', margin: 360, interval: 0, fontSize: 11 },
      ...{ axisTick: { show: false }, axisLine: { show: false } },
    },
    series: [
      {
        type: 'custom',
        encode: { x: [1, 2], y: 0 },
        data: spans.map((span, row) => [
          row,
          (span.startUs - startUs) / 1000,
          (span.endUs - startUs) / 1000,
        ]),
        renderItem: bar(spans),
      },
    ],
  };
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

interface BarApi {
  value(dimension: number): number;
  coord(at: readonly [number, number]): readonly [number, number];
}

/** A bar with the service and how long it took, to its right. */
function bar(spans: Trace) {
  return ({ dataIndex }: { readonly dataIndex: number }, api: BarApi) => {
    const span = spans[dataIndex];
    if (span === undefined) return undefined;
    const [left, middle] = api.coord([api.value(1), api.value(0)]);
    const [right] = api.coord([api.value(2), api.value(0)]);
    const width = Math.max(2, right - left);
    const fill = COLOURS[span.service] ?? OTHERS;
    const took = `${((span.endUs - span.startUs) / 1000).toFixed(2)} ms`;
    const text = `${span.service === 'ats' ? '' : `${span.service} `}${took}`;
    const inside = left + width > WIDTH - 190;
    return {
      type: 'group',
      children: [
        {
          type: 'rect',
          shape: { x: left, y: middle - 6, width, height: 12, r: 2 },
          style: { fill },
        },
        {
          type: 'text',
          style: {
            ...{ text, x: inside ? left - 4 : left + width + 4, y: middle, fill: INK },
            ...{ align: inside ? 'right' : 'left', verticalAlign: 'middle', fontSize: 10 },
          },
        },
      ],
    };
  };
}

const trace = await trade();
writeFileSync(out, `${picture(trace)}\n`);
process.stdout.write(`${out}: ${shown(trace).length} of ${trace.length} spans\n`);
