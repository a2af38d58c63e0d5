import { type ReactNode, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

type Tone = 'accent' | 'gain' | 'loss' | 'muted' | 'warn';

export interface Line {
  readonly label: string;
  readonly tone: Tone;
  /** One for each time; null where there is nothing. */
  readonly values: readonly (number | null)[];
  readonly fill?: boolean;
  readonly stepped?: boolean;
}

interface TimeSeriesProps {
  readonly label: string;
  /** Seconds since the Unix epoch, or any quantity if `plainX`. */
  readonly xs: readonly number[];
  readonly lines: readonly Line[];
  readonly height: number;
  readonly plainX?: boolean;
  readonly places?: number;
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

function axisOf(places: number | undefined): uPlot.Axis {
  const numbers: uPlot.Axis =
    places === undefined
      ? {}
      : { values: (_, ticks) => ticks.map((tick) => tick.toLocaleString('en-US')) };
  return {
    stroke: colour('faint'),
    font: AXIS_FONT,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    ...numbers,
  };
}

function seriesOf({ label, tone, fill, stepped }: Line): uPlot.Series {
  const stroke = colour(tone);
  const steps = stepped === true ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  return {
    label,
    stroke,
    width: 1.5,
    points: { show: false },
    ...(fill === true ? { fill: `color-mix(in srgb, ${stroke} 16%, transparent)` } : {}),
    ...(steps === undefined ? {} : { paths: steps }),
  };
}

function optionsOf(props: TimeSeriesProps, width: number): uPlot.Options {
  const { lines, height, plainX = false } = props;
  return {
    width,
    height,
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: true, y: false } },
    scales: { x: { time: !plainX } },
    axes: [
      { ...axisOf(plainX ? 0 : undefined), size: 28 },
      { ...axisOf(0), size: 64, side: 1 },
    ],
    series: [{}, ...lines.map(seriesOf)],
  };
}

/** Lines over time on a canvas. Its newest values are in the text for screen readers. */
export function TimeSeries(props: TimeSeriesProps): ReactNode {
  const { label, xs, lines, height } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const data = useMemo(
    () => [xs, ...lines.map((line) => line.values)] as unknown as uPlot.AlignedData,
    [xs, lines],
  );
  const shape = `${useTheme()} ${height} ${lines.map(({ label, tone }) => label + tone).join()}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` is all that needs a new plot.
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(props, element.clientWidth), data, element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [data]);
  return <div ref={host} className="chart" role="img" aria-label={label} style={{ height }} />;
}
