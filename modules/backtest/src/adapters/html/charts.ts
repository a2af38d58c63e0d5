import type { EdgeWaterfall } from '@ats/domain';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { money, percent, signed } from '../../app/report/format.ts';
import type { Worth } from '../../domain/metrics/sampling.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, SVGRenderer]);

/** One picture at two widths: a wide page shows one, a phone the other. */
export interface Picture {
  readonly wide: string;
  readonly narrow: string;
  /** What it shows, for whoever does not see it. */
  readonly label: string;
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly narrow: boolean;
}

const WIDE: Size = { width: 1080, height: 300, narrow: false };
const NARROW: Size = { width: 343, height: 260, narrow: true };
const FONT = 'system-ui, sans-serif';
/** More points than a picture has columns only make the file larger. */
const POINTS_MAX = 1000;
/** Colours of the page: they follow its theme. */
const INK = {
  text: 'var(--muted)',
  line: 'var(--line)',
  gain: 'var(--gain)',
  loss: 'var(--loss)',
  accent: 'var(--accent)',
} as const;
/** Lines of a comparison; told apart by dashes as well. */
const SERIES = ['var(--s1)', 'var(--s2)', 'var(--s3)', 'var(--s4)', 'var(--s5)', 'var(--s6)'];
const DASHES = ['solid', [6, 3], [2, 3], [10, 4], [8, 3, 2, 3], [1, 2]] as const;
/** How each line of a comparison looks, for its legend. */
export const SERIES_MARKS = SERIES.map((colour, at) => {
  const dash = DASHES[at] ?? 'solid';
  return { colour, dash: typeof dash === 'string' ? '' : dash.join(' ') };
});

function draw(label: string, optionOf: (size: Size) => EChartsCoreOption): Picture {
  const svg = (size: Size): string => {
    const { width, height } = size;
    const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
    chart.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...optionOf(size) });
    const drawn = chart.renderToSVGString();
    chart.dispose();
    return drawn;
  };
  return { wide: svg(WIDE), narrow: svg(NARROW), label };
}

const axisText = { color: INK.text, fontSize: 11 };

function timeAxis(size: Size, gridIndex = 0): object {
  return {
    ...{ type: 'time', gridIndex, splitNumber: size.narrow ? 3 : 8 },
    axisLine: { lineStyle: { color: INK.line } },
    axisTick: { show: false },
    // The first moment of a day is its date: a bare 20 says nothing.
    axisLabel: {
      ...{ ...axisText, hideOverlap: true, alignMinLabel: 'left' },
      formatter: { day: '{d} {MMM}' },
    },
    splitLine: { show: false },
  };
}

function valueAxis(size: Size, more: object = {}): object {
  return {
    ...{ type: 'value', scale: true, splitNumber: size.narrow ? 3 : 4, position: 'right' },
    axisLine: { show: false },
    axisLabel: axisText,
    splitLine: { lineStyle: { color: INK.line } },
    ...more,
  };
}

/** At most so many points: the first and the last, and of each stretch its lowest and highest. */
function thinned(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  if (points.length <= POINTS_MAX) return [...points];
  const stretch = Math.ceil((points.length * 2) / POINTS_MAX);
  const kept: (readonly [number, number])[] = [];
  for (let from = 0; from < points.length; from += stretch) {
    const part = points.slice(from, from + stretch);
    const low = part.reduce((a, b) => (b[1] < a[1] ? b : a));
    const high = part.reduce((a, b) => (b[1] > a[1] ? b : a));
    kept.push(...(low[0] <= high[0] ? [low, high] : [high, low]));
  }
  const last = points.at(-1);
  return last === undefined ? kept : [...kept, last];
}

/** Times in this zone are UTC: the axis prints local time, so the zone of the process is undone. */
function axisTime(timeUs: number): number {
  const ms = timeUs / 1000;
  return ms + new Date(ms).getTimezoneOffset() * 60_000;
}

/** A curve of worth, and under it how far it was below its peak. */
export function curvePicture(
  worths: readonly Worth[],
  said: { readonly label: string; readonly fromZero: boolean; readonly steps: boolean },
): Picture {
  const [first] = worths;
  const start = said.fromZero ? (first?.worth.toNumber() ?? 0) : 0;
  let peak = Number.NEGATIVE_INFINITY;
  const curve: (readonly [number, number])[] = [];
  const falls: (readonly [number, number])[] = [];
  for (const { timeUs, worth } of worths) {
    const value = worth.toNumber();
    peak = Math.max(peak, value);
    curve.push([axisTime(timeUs), value - start]);
    falls.push([axisTime(timeUs), value - peak]);
  }
  return draw(said.label, (size) => ({
    grid: [
      { left: 8, right: size.narrow ? 58 : 76, top: 10, height: '58%' },
      { left: 8, right: size.narrow ? 58 : 76, top: '74%', height: '15%' },
    ],
    xAxis: [{ ...timeAxis(size), axisLabel: { show: false } }, timeAxis(size, 1)],
    yAxis: [
      valueAxis(size, { scale: !said.fromZero }),
      valueAxis(size, { gridIndex: 1, splitNumber: 2, max: 0, scale: false }),
    ],
    series: [
      {
        ...{ type: 'line', data: thinned(curve), symbol: 'none', xAxisIndex: 0, yAxisIndex: 0 },
        ...(said.steps ? { step: 'end' } : {}),
        lineStyle: { color: INK.accent, width: 1.75 },
        areaStyle: { color: INK.accent, opacity: said.fromZero ? 0.14 : 0 },
      },
      {
        ...{ type: 'line', data: thinned(falls), symbol: 'none', xAxisIndex: 1, yAxisIndex: 1 },
        ...(said.steps ? { step: 'end' } : {}),
        lineStyle: { color: INK.loss, width: 1 },
        areaStyle: { color: INK.loss, opacity: 0.22 },
      },
    ],
  }));
}

const STEP_NAMES: Readonly<Record<keyof EdgeWaterfall, string>> = {
  quoted: 'quoted',
  staleness: 'staleness',
  fees: 'fees',
  slippage: 'slippage',
  unwind: 'unwinds',
  realised: 'kept',
};

/** From what books promised to what stayed: each step with its sign. */
export function waterfallPicture(waterfall: EdgeWaterfall, label: string): Picture {
  const steps = ['quoted', 'staleness', 'fees', 'slippage', 'unwind', 'realised'] as const;
  let level = 0;
  const bars = steps.map((step) => {
    const value = waterfall[step].toNumber();
    const isTotal = step === 'quoted' || step === 'realised';
    const from = isTotal ? 0 : level;
    const to = isTotal ? value : level + value;
    level = to;
    return { step, text: signed(money(waterfall[step])), value, from, to };
  });
  return draw(label, (size) => ({
    grid: { left: 8, right: 8, top: 28, bottom: 26 },
    xAxis: {
      ...{ type: 'category', data: steps.map((step) => STEP_NAMES[step]) },
      axisLine: { lineStyle: { color: INK.line } },
      axisTick: { show: false },
      axisLabel: { ...axisText, fontSize: size.narrow ? 9.5 : 12, interval: 0 },
    },
    yAxis: { type: 'value', show: false },
    series: [
      {
        ...{ type: 'bar', stack: 'all', silent: true },
        itemStyle: { color: 'transparent' },
        data: bars.map(({ from, to }) => (from * to < 0 ? 0 : lower(from, to))),
      },
      ...(['up', 'down'] as const).map((side) => ({
        ...{ type: 'bar', stack: 'all', barWidth: '56%' },
        data: bars.map((bar) => barOf(bar, side, size)),
      })),
    ],
  }));
}

/** The end that is nearer to zero. */
const lower = (a: number, b: number): number => (Math.abs(a) < Math.abs(b) ? a : b);

interface Bar {
  readonly step: string;
  readonly text: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/** What of a bar is above zero, or below it; a bar that crosses zero has both. */
function barOf(bar: Bar, side: 'up' | 'down', size: Size): object {
  const clamp = (value: number): number =>
    side === 'up' ? Math.max(value, 0) : Math.min(value, 0);
  const [from, to] = [clamp(bar.from), clamp(bar.to)];
  const extent = Math.abs(to - from) * (side === 'up' ? 1 : -1);
  const isTotal = bar.step === 'quoted' || bar.step === 'realised';
  const gain = bar.value >= 0 ? INK.gain : INK.loss;
  const labelled = side === 'up' ? Math.max(bar.from, bar.to) > 0 : Math.max(bar.from, bar.to) <= 0;
  return {
    value: extent,
    itemStyle: { color: gain, opacity: isTotal ? 1 : 0.75, borderRadius: 2 },
    label: {
      ...{ show: labelled, position: side === 'up' ? 'top' : 'bottom', formatter: bar.text },
      ...{ color: 'var(--text)', fontSize: size.narrow ? 9.5 : 12 },
    },
  };
}

/** Returns of several runs, each from its own start, by the time since then. */
export function overlayPicture(
  runs: readonly { readonly name: string; readonly worths: readonly Worth[] }[],
  label: string,
): Picture {
  return draw(label, (size) => ({
    grid: { left: 8, right: size.narrow ? 72 : 84, top: 12, bottom: 28 },
    xAxis: {
      ...valueAxis(size, { position: 'bottom', scale: false, splitLine: { show: false } }),
      axisLabel: { ...axisText, formatter: (hours: number) => `${hours} h` },
    },
    yAxis: valueAxis(size, {
      axisLabel: { ...axisText, formatter: (share: number) => `${percent(share)} %` },
    }),
    series: runs.map(({ worths }, at) => ({
      ...{ type: 'line', step: 'end', symbol: 'none' },
      data: thinned(returnsOf(worths)),
      lineStyle: { color: SERIES[at % SERIES.length], type: DASHES[at % DASHES.length], width: 2 },
    })),
  }));
}

function returnsOf(worths: readonly Worth[]): (readonly [number, number])[] {
  const [first] = worths;
  if (first === undefined) return [];
  const start = first.worth.toNumber();
  return worths.map(({ timeUs, worth }) => [
    (timeUs - first.timeUs) / 3.6e9,
    worth.toNumber() / start - 1,
  ]);
}
