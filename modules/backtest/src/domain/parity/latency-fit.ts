/** The lognormal that makes the samples likeliest. */
export interface LatencyFit {
  readonly count: number;
  /** e to the power of mu, milliseconds. */
  readonly medianMs: number;
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
}

/** The shortest latency that counts: clocks tell microseconds. */
const LEAST_MS = 0.001;

/**
 * Fits a lognormal by maximum likelihood: mu is the mean of the logarithms, sigma squared their
 * mean squared deviation, not corrected for bias (Crow, Shimizu 1988, Lognormal Distributions,
 * chapter 2). @param samplesMs milliseconds; what is shorter than a microsecond counts as one
 */
export function fitLatency(samplesMs: readonly number[]): LatencyFit {
  const count = samplesMs.length;
  if (count === 0) return { count, medianMs: Number.NaN, sigma: Number.NaN };
  const logs = samplesMs.map((sample) => Math.log(Math.max(sample, LEAST_MS)));
  const mu = logs.reduce((sum, log) => sum + log, 0) / count;
  const variance = logs.reduce((sum, log) => sum + (log - mu) ** 2, 0) / count;
  return { count, medianMs: Math.exp(mu), sigma: Math.sqrt(variance) };
}
