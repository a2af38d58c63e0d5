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

const STEP_US = 60_000_000;
/** A day of them. */
const POINTS_MAX = 1440;
/** Nobody sees more on a chart. */
const PLACES = 8;

/** @returns the same curve when its last point is less than a minute old */
export function curveAfter(
  curve: readonly ProfitPoint[],
  { atUs, profit, drawdown }: ProfitPoint,
): readonly ProfitPoint[] {
  const last = curve.at(-1);
  if (last !== undefined && atUs - last.atUs < STEP_US) return curve;
  const rounded = (figure: Decimal): Decimal => figure.round(PLACES, 'half-even');
  const point = { atUs, profit: rounded(profit), drawdown: rounded(drawdown) };
  return [...curve, point].slice(-POINTS_MAX);
}

/** @returns at most `pointsMax` of them, evenly, the newest among them */
export function thinnedCurve(
  curve: readonly ProfitPoint[],
  pointsMax: number,
): readonly ProfitPoint[] {
  if (pointsMax <= 0) return [];
  const stride = Math.ceil(curve.length / pointsMax);
  return curve.filter((_, index) => (curve.length - 1 - index) % stride === 0);
}
