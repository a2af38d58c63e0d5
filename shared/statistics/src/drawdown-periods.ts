/** What something was worth at one moment. */
export interface TimedValue {
  readonly timeUs: number;
  readonly value: number;
}

/** From a peak to where it was reached again. */
export interface DrawdownPeriod {
  readonly peakUs: number;
  readonly lowestUs: number;
  /** Undefined where it was not reached again. */
  readonly recoveredUs: number | undefined;
  /** From the peak to the recovery, or to the end of the series. */
  readonly lastingUs: number;
  /** The deepest fall as a share of the peak, positive. */
  readonly depth: number;
}

/** Every fall below an earlier peak, in order. @param series never falling in time */
export function drawdownPeriods(series: readonly TimedValue[]): readonly DrawdownPeriod[] {
  const periods: DrawdownPeriod[] = [];
  let peak = series[0];
  let lowest: TimedValue | undefined;
  const end = (recoveredUs: number | undefined, endUs: number): void => {
    if (peak === undefined || lowest === undefined) return;
    periods.push({
      peakUs: peak.timeUs,
      lowestUs: lowest.timeUs,
      recoveredUs,
      lastingUs: endUs - peak.timeUs,
      depth: (peak.value - lowest.value) / peak.value,
    });
  };
  for (const point of series) {
    if (peak === undefined || point.value >= peak.value) {
      end(point.timeUs, point.timeUs);
      peak = point;
      lowest = undefined;
    } else if (lowest === undefined || point.value < lowest.value) {
      lowest = point;
    }
  }
  end(undefined, series.at(-1)?.timeUs ?? 0);
  return periods;
}
