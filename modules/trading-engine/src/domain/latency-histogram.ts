/** Percentiles of one stage, whole microseconds. All 0 when nothing was recorded. */
export interface LatencySummary {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

/** Bits kept after the leading one: a value is told within 1/32, 3%. */
const SUB_BITS = 5;
const SUB_COUNT = 1 << SUB_BITS;
/** One row of sub-buckets per doubling up to 2^31 microseconds, 36 minutes. */
const ROWS = 32 - SUB_BITS;
const VALUE_MAX = 2 ** 31 - 1;

/** A log-linear histogram in constant memory: recording is a few integer operations. */
export class LatencyHistogram {
  private readonly counts = new Float64Array(ROWS * SUB_COUNT);
  private count = 0;
  private max = 0;

  /** Values below 0 count as 0, values above the range as its end. */
  record(valueUs: number): void {
    const value = valueUs > 0 ? Math.min(Math.round(valueUs), VALUE_MAX) : 0;
    const shift = Math.max(0, 31 - SUB_BITS - Math.clz32(value | 1));
    // Beyond the first 64 values a shifted value is 32 to 63, so the rows follow without a gap.
    const bucket = shift * SUB_COUNT + (value >> shift);
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.count += 1;
    if (value > this.max) this.max = value;
  }

  /** @returns the highest value of the bucket that holds the quantile, 0 to 1. */
  quantile(quantile: number): number {
    const rank = Math.max(1, Math.ceil(quantile * this.count));
    let seen = 0;
    for (let bucket = 0; bucket < this.counts.length; bucket += 1) {
      seen += this.counts[bucket] as number;
      if (seen >= rank) return Math.min(this.max, highestOf(bucket));
    }
    return 0;
  }

  summary(): LatencySummary {
    const { max, count } = this;
    return { p50: this.quantile(0.5), p99: this.quantile(0.99), max, count };
  }
}

function highestOf(bucket: number): number {
  if (bucket < 2 * SUB_COUNT) return bucket;
  const shift = Math.floor(bucket / SUB_COUNT) - 1;
  const sub = bucket - shift * SUB_COUNT;
  return (sub + 1) * 2 ** shift - 1;
}
