/**
 * Figures of a series of simple returns, each `after / before - 1` of one period, all periods of
 * one length. A series that is too short for a figure has NaN for it.
 */
type Returns = readonly number[];

/** @returns NaN for an empty series */
export function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sample standard deviation, divisor n - 1. @returns NaN for fewer than two values */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  const mean = meanOf(values);
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/** All periods one after the other, as a share of what there was before the first. */
export function totalReturn(returns: Returns): number {
  let growth = 1;
  for (const value of returns) growth *= 1 + value;
  return returns.length === 0 ? Number.NaN : growth - 1;
}

/**
 * The growth of a year at the same pace, compounded: `(1 + total)^(periodsPerYear / n) - 1`.
 * @returns a share, 0.1 for ten percent
 */
export function annualReturn(returns: Returns, periodsPerYear: number): number {
  return (1 + totalReturn(returns)) ** (periodsPerYear / returns.length) - 1;
}

/** Sample standard deviation of a year, by the square root of time. @returns a share */
export function annualVolatility(returns: Returns, periodsPerYear: number): number {
  return deviationOf(returns) * Math.sqrt(periodsPerYear);
}

interface RatioOptions {
  readonly periodsPerYear: number;
  /** What a period must bring, or brings without risk: a share; 0 if absent. */
  readonly perPeriod?: number;
}

/** Sharpe (1994): mean excess return over its sample deviation, scaled to a year. */
export function sharpeRatio(returns: Returns, options: RatioOptions): number {
  const { periodsPerYear, perPeriod = 0 } = options;
  const excess = returns.map((value) => value - perPeriod);
  return ratioOf(meanOf(excess), deviationOf(excess)) * Math.sqrt(periodsPerYear);
}

/**
 * Sortino and Price (1994): root of the mean squared shortfall below `required`, over all periods.
 * @returns a share a period
 */
export function downsideDeviation(returns: Returns, required = 0): number {
  return Math.sqrt(meanOf(returns.map((value) => Math.min(value - required, 0) ** 2)));
}

/** Sortino and Price (1994): mean excess return over downside deviation, scaled to a year. */
export function sortinoRatio(returns: Returns, options: RatioOptions): number {
  const { periodsPerYear, perPeriod = 0 } = options;
  if (returns.length < 2) return Number.NaN;
  const mean = meanOf(returns) - perPeriod;
  return ratioOf(mean, downsideDeviation(returns, perPeriod)) * Math.sqrt(periodsPerYear);
}

/**
 * Keating and Shadwick (2002), in its discrete form: what was above `required` over what was below.
 * @returns NaN where nothing was below
 */
export function omegaRatio(returns: Returns, required = 0): number {
  if (returns.length < 2) return Number.NaN;
  let above = 0;
  let below = 0;
  for (const value of returns) {
    above += Math.max(value - required, 0);
    below += Math.max(required - value, 0);
  }
  return below > 0 ? above / below : Number.NaN;
}

/** Young (1991): compound growth of a year over the deepest drawdown. @returns NaN without one */
export function calmarRatio(figures: {
  readonly annualReturn: number;
  /** A share, positive. */
  readonly drawdownMax: number;
}): number {
  return figures.drawdownMax > 0 ? figures.annualReturn / figures.drawdownMax : Number.NaN;
}

/** No deviation and no gain has no ratio; no deviation and some gain an infinite one. */
function ratioOf(numerator: number, denominator: number): number {
  return numerator === 0 && denominator === 0 ? Number.NaN : numerator / denominator;
}
