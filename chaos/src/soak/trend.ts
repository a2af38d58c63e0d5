/** One value at one moment, minutes since the start. */
export interface Point {
  readonly minute: number;
  readonly value: number;
}

/** How a series moves, by the minute: its robust slope and where that surely lies. */
export interface Trend {
  readonly perMinute: number;
  readonly low: number;
  readonly high: number;
}

/** Of a normal distribution: both bounds together are wrong once in a hundred times. */
const Z_99 = 2.576;

const FLAT: Trend = { perMinute: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * The slope of Theil and Sen: the median of the slopes of all pairs, which a third of wild values
 * does not move. Its bounds are by Sen (1968), from the variance of Kendall's statistic. Nothing is
 * sure of fewer than four points.
 */
export function trendOf(points: readonly Point[]): Trend {
  const slopes: number[] = [];
  for (const [index, one] of points.entries()) {
    for (const other of points.slice(index + 1)) {
      const minutes = other.minute - one.minute;
      if (minutes !== 0) slopes.push((other.value - one.value) / minutes);
    }
  }
  if (points.length < 4) return FLAT;
  slopes.sort((one, other) => one - other);
  const n = points.length;
  const spread = Z_99 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (rank: number): number | undefined => slopes[Math.round(rank)];
  return {
    perMinute: median(slopes),
    low: at((slopes.length - spread) / 2 - 1) ?? Number.NEGATIVE_INFINITY,
    high: at((slopes.length + spread) / 2) ?? Number.POSITIVE_INFINITY,
  };
}

/** What a window of samples stands for. */
export type Pick = 'min' | 'median';

/**
 * Parts a series into windows of equal length and keeps one value of each: neighbouring samples
 * are too alike to count as many, and a heap is as large as it is after a collection.
 */
function windowed(
  points: readonly Point[],
  { windows, pick }: { readonly windows: number; readonly pick: Pick },
): readonly Point[] {
  const first = points[0]?.minute ?? 0;
  const length = ((points.at(-1)?.minute ?? 0) - first) / windows || 1;
  const parts = new Map<number, Point[]>();
  for (const point of points) {
    const index = Math.min(windows - 1, Math.floor((point.minute - first) / length));
    parts.set(index, [...(parts.get(index) ?? []), point]);
  }
  return [...parts.values()].map((part) => {
    const values = part.map(({ value }) => value);
    const value = pick === 'min' ? Math.min(...values) : median(values);
    return { minute: median(part.map(({ minute }) => minute)), value };
  });
}

/** What a series may grow by in a whole run, however long: the larger of both. */
export interface Tolerance {
  /** In the series' own unit. */
  readonly amount: number;
  /** Of its middle value. */
  readonly share: number;
}

/** What is said of one series. */
export interface Judgement extends Trend {
  readonly middle: number;
  /** What it has surely grown by over the points: the lower bound of the slope times minutes. */
  readonly surelyGrew: number;
  readonly allowed: number;
  readonly grows: boolean;
}

/**
 * Judges a series that has warmed up. It grows where even the lower bound of its slope comes to
 * more than the tolerance. So a short run only finds what grows fast, and a longer one finds more;
 * neither takes noise for growth.
 */
export function judge(
  points: readonly Point[],
  options: { readonly windows: number; readonly pick: Pick; readonly tolerance: Tolerance },
): Judgement {
  const { tolerance } = options;
  const thinned = windowed(points, options);
  const trend = trendOf(thinned);
  const middle = median(thinned.map(({ value }) => value));
  const minutes = (thinned.at(-1)?.minute ?? 0) - (thinned[0]?.minute ?? 0);
  const surelyGrew = Math.max(0, trend.low) * minutes;
  const allowed = Math.max(tolerance.amount, tolerance.share * middle);
  return { ...trend, middle, surelyGrew, allowed, grows: surelyGrew > allowed };
}
