import jStat from 'jstat';

/** What of a series of returns decides how far its Sharpe ratio can be believed. */
export interface SharpeMoments {
  /** Of one period, not annualised. */
  readonly sharpe: number;
  /** Returns taken. */
  readonly samples: number;
  /** 0 for a normal distribution. */
  readonly skewness: number;
  /** 3 for a normal distribution. */
  readonly kurtosis: number;
}

const EULER_MASCHERONI = 0.577_215_664_901_532_9;
const NORMAL_KURTOSIS = 3;

/** @returns NaN in every figure that too few or constant returns do not have */
export function sharpeMoments(returns: readonly number[]): SharpeMoments {
  const values = [...returns];
  const deviation = jStat.stdev(values, true);
  return {
    sharpe: deviation > 0 ? jStat.mean(values) / deviation : Number.NaN,
    samples: values.length,
    skewness: jStat.skewness(values),
    kurtosis: jStat.kurtosis(values) + NORMAL_KURTOSIS,
  };
}

/**
 * How likely the true Sharpe ratio is above a benchmark, given length, skewness and kurtosis.
 * Source: Bailey, Lopez de Prado, "The Sharpe Ratio Efficient Frontier", 2012, equation 11.
 * @param benchmark of one period
 * @returns from 0 to 1
 */
export function probabilisticSharpe(moments: SharpeMoments, benchmark: number): number {
  const { sharpe, samples, skewness, kurtosis } = moments;
  const spread = 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe;
  const z = ((sharpe - benchmark) * Math.sqrt(samples - 1)) / Math.sqrt(spread);
  return jStat.normal.cdf(z, 0, 1);
}

/**
 * The best Sharpe ratio to be expected of so many independent trials of no skill at all.
 * Source: Bailey, Lopez de Prado, "The Deflated Sharpe Ratio", 2014, equation 1.
 * @param variance of the trials' Sharpe ratios, of one period each
 */
export function expectedMaxSharpe(variance: number, trials: number): number {
  if (trials < 2) return 0;
  const first = jStat.normal.inv(1 - 1 / trials, 0, 1);
  const second = jStat.normal.inv(1 - 1 / (trials * Math.E), 0, 1);
  return Math.sqrt(variance) * ((1 - EULER_MASCHERONI) * first + EULER_MASCHERONI * second);
}

/**
 * How likely the best of many trials has skill beyond what the search alone would have found.
 * Source: Bailey, Lopez de Prado, "The Deflated Sharpe Ratio: Correcting for Selection Bias,
 * Backtest Overfitting and Non-Normality", Journal of Portfolio Management 40 (5), 2014, eq. 2.
 * @returns from 0 to 1; below 0.95 the search may have found noise
 */
export function deflatedSharpe(
  best: SharpeMoments,
  search: { readonly variance: number; readonly trials: number },
): number {
  return probabilisticSharpe(best, expectedMaxSharpe(search.variance, search.trials));
}
