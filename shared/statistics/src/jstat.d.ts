/** The part of jStat (jstat 1.9.6) that is used here: it comes without types. */
declare module 'jstat' {
  const jStat: {
    readonly normal: {
      /** The density at `x`. */
      pdf(x: number, mean: number, deviation: number): number;
      /** The share at or below `x`. */
      cdf(x: number, mean: number, deviation: number): number;
      /** The quantile of probability `p`, 0 < p < 1. */
      inv(p: number, mean: number, deviation: number): number;
    };
    mean(values: number[]): number;
    /** @param sample whether the values are a sample of more */
    stdev(values: number[], sample: boolean): number;
    skewness(values: number[]): number;
    /** Less 3: 0 for a normal distribution. */
    kurtosis(values: number[]): number;
  };
  export = jStat;
}
