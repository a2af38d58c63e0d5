/** The part of jStat (jstat 1.9.6) that is used here: it comes without types. */
declare module 'jstat' {
  const jStat: {
    readonly normal: {
      /** The density at `x`. */
      pdf(x: number, mean: number, deviation: number): number;
      /** The quantile of probability `p`, 0 < p < 1. */
      inv(p: number, mean: number, deviation: number): number;
    };
  };
  export = jStat;
}
