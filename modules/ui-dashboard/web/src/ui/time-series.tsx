import { type ReactNode, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { axisTimes, formatNumber, formatTime } from '../text/format.ts';
import { drawCandles } from './candles.ts';

type Tone = 'accent' | 'gain' | 'loss' | 'muted' | 'warn';

export interface Line {
  readonly label: string;
  readonly tone: Tone;
  /** One for each time; null where there is nothing. */
  readonly values: readonly (number | null)[];
  /** What is written of them, where that is not what is drawn, as in a stack. */
  readonly written?: readonly (number | null)[];
  readonly fill?: boolean;
  /** `before`: a value holds from the point before it on. */
  readonly stepped?: boolean | 'before';
  readonly bars?: boolean;
}

interface TimeSeriesProps {
  readonly label: string;
  /** Seconds since the Unix epoch, or any quantity if `plainX`. */
  readonly xs: readonly number[];
  /** As candles: open, high, low and close, in this order. */
  readonly lines: readonly Line[];
  readonly height: number;
  readonly plainX?: boolean;
  readonly candles?: boolean;
  /** Digits after the point of what is written of the values. */
  readonly places?: number;
  /** The same of `plainX`. */
  readonly xPlaces?: number;
}

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function onTheme(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}

/** A canvas knows no CSS: it is drawn anew when the theme changes. */
const useTheme = (): string =>
  useSyncExternalStore(onTheme, () => document.documentElement.dataset['theme'] ?? '');

const AXIS_FONT = '11px "Inter Variable", system-ui, sans-serif';
const BAR_WIDTH: uPlot.Series.BarsPathBuilderOpts = { size: [0.7, 24] };

function axisOf(): uPlot.Axis {
  return {
    stroke: colour('faint'),
    font: AXIS_FONT,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
}

const xAxisOf = ({ plainX = false }: TimeSeriesProps): uPlot.Axis => ({
  ...axisOf(),
  size: 26,
  space: 70,
  ...(plainX ? {} : { values: (_plot, splits) => [...axisTimes(splits)] }),
});

function pathsOf({ stepped, bars }: Line): uPlot.Series.PathBuilder | undefined {
  if (bars === true) return uPlot.paths.bars?.(BAR_WIDTH);
  if (stepped === undefined || stepped === false) return undefined;
  return uPlot.paths.stepped?.({ align: stepped === 'before' ? -1 : 1 });
}

function seriesOf(line: Line): uPlot.Series {
  const { label, tone, fill, bars } = line;
  const stroke = colour(tone);
  const paths = pathsOf(line);
  const percent = bars === true ? 70 : 16;
  return {
    label,
    stroke,
    width: bars === true ? 0 : 1.5,
    points: { show: false },
    ...(fill === true ? { fill: `color-mix(in srgb, ${stroke} ${percent}%, transparent)` } : {}),
    ...(paths === undefined ? {} : { paths }),
  };
}

/** Nothing is drawn of it by itself; its values are in the scale. */
const undrawn = (line: Line): uPlot.Series => ({ ...seriesOf(line), paths: () => null });

/** From zero on where everything is above it, and never without a height. */
const fromZero: uPlot.Range.Function = (_plot, low, high) =>
  uPlot.rangeNum(Math.min(0, low ?? 0), Math.max(high ?? 0, 1), 0.1, true);

interface Making {
  readonly width: number;
  onIndex(index: number | null): void;
}

function optionsOf(props: TimeSeriesProps, { width, onIndex }: Making): uPlot.Options {
  const { lines, height, plainX = false, candles = false } = props;
  const ranged = lines.some(({ bars }) => bars === true) ? { y: { range: fromZero } } : {};
  const tones = { gain: colour('gain'), loss: colour('loss') };
  return {
    width,
    height,
    padding: [8, 4, 0, plainX ? 24 : 8],
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: true, y: false } },
    scales: { x: { time: !plainX }, ...ranged },
    axes: [xAxisOf(props), { ...axisOf(), size: 60, side: 1 }],
    series: [{}, ...lines.map(candles ? undrawn : seriesOf)],
    hooks: {
      setCursor: [(plot) => onIndex(plot.cursor.idx ?? null)],
      draw: candles ? [(plot) => drawCandles(plot, tones)] : [],
    },
  };
}

/** Lines over time on a canvas; what they are at the pointer, or at last, is written above. */
export function TimeSeries(props: TimeSeriesProps): ReactNode {
  const { label, xs, lines, height, candles = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [index, setIndex] = useState<number | null>(null);
  const data = useMemo(
    () => [xs, ...lines.map((line) => line.values)] as unknown as uPlot.AlignedData,
    [xs, lines],
  );
  const shape = `${useTheme()} ${height} ${candles} ${lines.map((one) => one.label + one.tone).join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` is all that needs a new plot.
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const making = { width: element.clientWidth, onIndex: setIndex };
    const made = new uPlot(optionsOf(props, making), data, element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [data]);
  return (
    <figure className="time-series">
      <Readout {...props} index={Math.min(index ?? xs.length - 1, xs.length - 1)} />
      <div ref={host} className="chart" role="img" aria-label={label} style={{ height }} />
    </figure>
  );
}

function Readout(props: TimeSeriesProps & { readonly index: number }): ReactNode {
  const { xs, lines, index, plainX = false, places = 2, xPlaces = 0 } = props;
  const x = xs[index];
  if (x === undefined) return <figcaption className="readout" />;
  return (
    <figcaption className="readout">
      <span className="faint">{plainX ? formatNumber(x, xPlaces) : formatTime(x)}</span>
      {lines.map((line) => (
        <span key={line.label}>
          <span className={line.tone}>■</span> <span className="muted">{line.label}</span>{' '}
          {formatNumber((line.written ?? line.values)[index] ?? null, places)}
        </span>
      ))}
    </figcaption>
  );
}
