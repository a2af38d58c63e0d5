import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Report } from '../../domain/report.ts';
import { WATERFALL_STEPS, type WaterfallStep } from '../../domain/report-input.ts';
import { money, signed } from './report-text.ts';

use([BarChart, LineChart, GridComponent, SVGRenderer]);

/** Of paper: dark on white, and gain and loss apart for people who tell colours badly. */
export const INK = {
  text: '#15181c',
  muted: '#535b65',
  line: '#e1e4e8',
  accent: '#2c50c9',
  gain: '#00725b',
  loss: '#a94400',
} as const;
/** More points than a picture has columns only make the file larger. */
const POINTS_MAX = 800;
/** The font of the document, under the name that it is embedded by. */
const FONT = 'Roboto';
const WIDTH = 1040;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** @returns vectors, as SVG */
function draw({ width, height }: Size, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

const label = { color: INK.muted, fontSize: 17, fontFamily: FONT };

/** The axis prints local time, so the zone of the process is undone: days here are UTC. */
function axisTime(atUs: number): number {
  const ms = atUs / 1000;
  return ms + new Date(ms).getTimezoneOffset() * 60_000;
}

type Point = readonly [number, number];

/** At most so many: of each stretch its lowest and highest, and the last. */
function thinned(points: readonly Point[]): Point[] {
  if (points.length <= POINTS_MAX) return [...points];
  const stretch = Math.ceil((points.length * 2) / POINTS_MAX);
  const kept: Point[] = [];
  for (let from = 0; from < points.length; from += stretch) {
    const part = points.slice(from, from + stretch).toSorted((a, b) => a[1] - b[1]);
    const ends = [part[0], part.at(-1)].filter((one) => one !== undefined);
    kept.push(...ends.toSorted((a, b) => a[0] - b[0]));
  }
  return [...kept, ...points.slice(-1)];
}

/** Profit since the begin of the period, and under it how far that was below its peak. */
export function curveChart({ curve, period, totals }: Report): string {
  const ends = { atUs: Math.min(period.toUs, curve.at(-1)?.atUs ?? period.toUs) };
  const line = (pick: (point: Report['curve'][number]) => number): Point[] => [
    [axisTime(period.fromUs), 0],
    ...thinned(curve.map((point): Point => [axisTime(point.atUs), pick(point)])),
  ];
  const time = (gridIndex: number, shown: boolean): object => ({
    ...{ type: 'time', gridIndex, min: axisTime(period.fromUs), max: axisTime(ends.atUs) },
    axisLine: { lineStyle: { color: INK.line }, onZero: false },
    axisTick: { show: false },
    axisLabel: {
      ...{ ...label, show: shown, hideOverlap: true, alignMinLabel: 'left', margin: 12 },
      formatter: { year: '{d} {MMM}', month: '{d} {MMM}', day: '{d} {MMM}', hour: '{HH}:{mm}' },
    },
    splitLine: { show: false },
  });
  const value = (gridIndex: number, more: object): object => ({
    ...{ type: 'value', gridIndex, position: 'right', axisLine: { show: false } },
    ...{ axisLabel: { ...label, margin: 12 }, splitLine: { lineStyle: { color: INK.line } } },
    ...more,
  });
  const series = (at: number, colour: string, data: Point[]): object => ({
    ...{ type: 'line', step: 'end', symbol: 'none', silent: true, xAxisIndex: at, yAxisIndex: at },
    ...{ data, lineStyle: { color: colour, width: 2.5 } },
    areaStyle: { color: colour, opacity: 0.14 },
  });
  const fell = totals.drawdown.isPositive();
  return draw(
    { width: WIDTH, height: 400 },
    {
      grid: [
        { left: 4, right: 96, top: 14, height: 226 },
        { left: 4, right: 96, top: 278, height: 76 },
      ],
      xAxis: [time(0, false), time(1, true)],
      yAxis: [
        value(0, { scale: false, splitNumber: 4 }),
        value(1, { max: 0, splitNumber: 2, ...(fell ? {} : { min: -1 }) }),
      ],
      series: [
        series(
          0,
          INK.accent,
          line(({ profit }) => profit.toNumber()),
        ),
        series(
          1,
          INK.loss,
          line(({ belowPeak }) => -belowPeak.toNumber()),
        ),
      ],
    },
  );
}

/** Profit of each day. */
export function daysChart({ days }: Report): string {
  return draw(
    { width: WIDTH, height: 260 },
    {
      grid: { left: 4, right: 96, top: 14, bottom: 36 },
      xAxis: {
        ...{ type: 'category', data: days.map(({ day }) => day.slice(5)) },
        axisLine: { lineStyle: { color: INK.line } },
        axisTick: { show: false },
        axisLabel: { ...label, hideOverlap: true },
      },
      yAxis: {
        ...{
          type: 'value',
          position: 'right',
          splitNumber: 4,
          axisLabel: { ...label, margin: 12 },
        },
        splitLine: { lineStyle: { color: INK.line } },
      },
      series: {
        ...{ type: 'bar', silent: true, barMaxWidth: 44 },
        data: days.map(({ profit }) => ({
          value: profit.toNumber(),
          itemStyle: { color: profit.isNegative() ? INK.loss : INK.gain },
        })),
      },
    },
  );
}

const STEP_NAMES: Readonly<Record<WaterfallStep, string>> = {
  quoted: 'quoted',
  staleness: 'staleness',
  fees: 'fees',
  slippage: 'slippage',
  unwind: 'unwinds',
  realised: 'kept',
};

interface Bar {
  readonly text: string;
  readonly value: number;
  readonly from: number;
  readonly to: number;
  readonly isTotal: boolean;
}

/** From what the books promised to what stayed: each step with its sign. */
export function waterfallChart({ waterfall }: Report): string {
  let level = 0;
  const bars = WATERFALL_STEPS.map((step): Bar => {
    const value = waterfall[step].toNumber();
    const isTotal = step === 'quoted' || step === 'realised';
    const from = isTotal ? 0 : level;
    level = from + value;
    return { text: signed(money(waterfall[step])), value, from, to: level, isTotal };
  });
  const isBelow = bars.some(({ from, to }) => Math.min(from, to) < 0);
  // The part that only carries: up to the end of the bar that is nearer to zero.
  const carrying = ({ from, to }: Bar): number =>
    from * to < 0 ? 0 : Math.abs(from) < Math.abs(to) ? from : to;
  return draw(
    { width: WIDTH, height: 300 },
    {
      grid: { left: 4, right: 4, top: 34, bottom: 38 },
      xAxis: {
        ...{ type: 'category', data: WATERFALL_STEPS.map((step) => STEP_NAMES[step]) },
        axisLine: { lineStyle: { color: INK.line } },
        axisTick: { show: false },
        axisLabel: { ...label, interval: 0, color: INK.text, fontSize: 18 },
      },
      // What is written under a bar needs room above the names.
      yAxis: { type: 'value', show: false, boundaryGap: isBelow ? ['15%', 0] : [0, 0] },
      series: [
        {
          ...{ type: 'bar', stack: 'all', silent: true, itemStyle: { color: 'transparent' } },
          data: bars.map(carrying),
        },
        ...([1, -1] as const).map((side) => ({
          ...{ type: 'bar', stack: 'all', silent: true, barWidth: '52%' },
          data: bars.map((bar) => partOf(bar, side)),
        })),
      ],
    },
  );
}

/** What of a bar is above zero (1) or below it (-1); one that crosses zero has both. */
function partOf({ from, to, value, text, isTotal }: Bar, side: 1 | -1): object {
  const clamp = (at: number): number => side * Math.max(0, side * at);
  const top = Math.max(from, to);
  return {
    value: side * Math.abs(clamp(to) - clamp(from)),
    itemStyle: {
      color: value >= 0 ? INK.gain : INK.loss,
      ...{ opacity: isTotal ? 1 : 0.75, borderRadius: 2 },
    },
    label: {
      ...{ show: (side === 1) === top > 0, position: side === 1 ? 'top' : 'bottom' },
      ...{ formatter: text, color: INK.text, fontSize: 18, fontFamily: FONT },
    },
  };
}
