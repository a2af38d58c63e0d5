import type { Decimal } from '@ats/domain';

/** Profit since ever at one moment, for a chart. */
export interface ProfitPoint {
  /** Microseconds since the epoch. */
  readonly atUs: number;
  /** In the numeraire. */
  readonly profit: Decimal;
  /** How far it was below its peak, in the numeraire. */
  readonly drawdown: Decimal;
}

const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;
export const DAY_US = 24 * HOUR_US;
/** The longest month, and the day on which the next has begun elsewhere. */
const KEPT_US = 32 * DAY_US;
/** Nobody sees more on a chart. */
const PLACES = 8;

/**
 * Of the last day a point a minute, of the month before one an hour.
 * @returns the same curve when its last point is less than a minute old
 */
export function curveAfter(
  curve: readonly ProfitPoint[],
  { atUs, profit, drawdown }: ProfitPoint,
): readonly ProfitPoint[] {
  const last = curve.at(-1);
  if (last !== undefined && atUs - last.atUs < MINUTE_US) return curve;
  const rounded = (figure: Decimal): Decimal => figure.round(PLACES, 'half-even');
  const point = { atUs, profit: rounded(profit), drawdown: rounded(drawdown) };
  const hourOf = (of: ProfitPoint | undefined): number => Math.floor((of?.atUs ?? -1) / HOUR_US);
  const kept = curve.filter((one, index) => {
    const ageUs = atUs - one.atUs;
    if (ageUs < DAY_US) return true;
    return ageUs < KEPT_US && hourOf(one) !== hourOf(curve[index - 1]);
  });
  return [...kept, point];
}

/** @returns what of a curve is no older than that */
export const curveFrom = (curve: readonly ProfitPoint[], fromUs: number): readonly ProfitPoint[] =>
  curve.filter(({ atUs }) => atUs >= fromUs);

/** @returns at most `pointsMax` of them, evenly, the newest among them */
export function thinnedCurve(
  curve: readonly ProfitPoint[],
  pointsMax: number,
): readonly ProfitPoint[] {
  if (pointsMax <= 0) return [];
  const stride = Math.ceil(curve.length / pointsMax);
  return curve.filter((_, index) => (curve.length - 1 - index) % stride === 0);
}
