import jStat from 'jstat';

/** `parametric` is the Gaussian measure; `cornish-fisher` corrects it for skewness and kurtosis. */
export const VAR_METHODS = ['historical', 'parametric', 'cornish-fisher'] as const;
export type VarMethod = (typeof VAR_METHODS)[number];

export interface VarOptions {
  /** Between 0 and 1, such as 0.99. */
  readonly confidence: number;
  /** Periods ahead, each as long as that between two changes; scaled by the square root of time. */
  readonly horizon?: number;
}

/** What is known of a distribution, moments about its mean with divisor n. */
interface Moments {
  readonly mean: number;
  readonly deviation: number;
  readonly skewness: number;
  readonly excessKurtosis: number;
}

function momentsOf(changes: readonly number[]): Moments {
  const count = changes.length;
  let sum = 0;
  for (const change of changes) sum += change;
  const mean = sum / count;
  let squares = 0;
  for (const change of changes) squares += (change - mean) ** 2;
  const deviation = Math.sqrt(squares / count);
  // Changes that are all the same have no shape.
  if (deviation === 0) return { mean, deviation, skewness: 0, excessKurtosis: 0 };
  let cubes = 0;
  let fourths = 0;
  for (const change of changes) {
    const standard = (change - mean) / deviation;
    cubes += standard ** 3;
    fourths += standard ** 4;
  }
  return { mean, deviation, skewness: cubes / count, excessKurtosis: fourths / count - 3 };
}

/** The quantile between order statistics, linear: definition 7 of Hyndman and Fan (1996). */
function quantileOf(sorted: Float64Array, probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (position - below) * (high - low);
}

/** The quantile of Cornish and Fisher (1938), in standard deviations from the mean. */
function cornishFisher(z: number, { skewness, excessKurtosis }: Moments): number {
  return (
    z +
    ((z ** 2 - 1) * skewness) / 6 +
    ((z ** 3 - 3 * z) * excessKurtosis) / 24 -
    ((2 * z ** 3 - 5 * z) * skewness ** 2) / 36
  );
}

/**
 * The loss that is not exceeded with the given confidence (value at risk), positive for a loss.
 *
 * @param changes profit, or return, of past periods of one length; losses are negative
 * @returns in the unit of `changes`; NaN when there are none
 */
export function valueAtRisk(
  changes: readonly number[],
  method: VarMethod,
  { confidence, horizon = 1 }: VarOptions,
): number {
  if (changes.length === 0) return Number.NaN;
  const tail = 1 - confidence;
  if (method === 'historical') {
    return -quantileOf(Float64Array.from(changes).sort(), tail) * Math.sqrt(horizon);
  }
  const moments = momentsOf(changes);
  const z = jStat.normal.inv(tail, 0, 1);
  const quantile = method === 'parametric' ? z : cornishFisher(z, moments);
  return -moments.mean * horizon - quantile * moments.deviation * Math.sqrt(horizon);
}

/**
 * The mean loss of the worst periods, those beyond value at risk (expected shortfall), positive for
 * a loss.
 *
 * @param method how the tail is known; of Cornish and Fisher's there is no closed mean
 * @returns in the unit of `changes`; NaN when there are none
 */
export function expectedShortfall(
  changes: readonly number[],
  method: Exclude<VarMethod, 'cornish-fisher'>,
  { confidence, horizon = 1 }: VarOptions,
): number {
  if (changes.length === 0) return Number.NaN;
  const tail = 1 - confidence;
  if (method === 'parametric') {
    const { mean, deviation } = momentsOf(changes);
    const z = jStat.normal.inv(tail, 0, 1);
    const beyond = (jStat.normal.pdf(z, 0, 1) / tail) * deviation;
    return -mean * horizon + beyond * Math.sqrt(horizon);
  }
  const sorted = Float64Array.from(changes).sort();
  const quantile = quantileOf(sorted, tail);
  let sum = 0;
  let count = 0;
  while (count < sorted.length && (sorted[count] as number) < quantile) {
    sum += sorted[count] as number;
    count += 1;
  }
  // No period was worse than the quantile: then it is the worst.
  const mean = count === 0 ? quantile : sum / count;
  return -mean * Math.sqrt(horizon);
}
