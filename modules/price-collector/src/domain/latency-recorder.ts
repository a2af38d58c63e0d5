/** Percentiles of one stage, in whole microseconds. All 0 when nothing was recorded. */
export interface LatencySummary {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

/** Buckets per doubling: a recorded value is off by at most 1/64, 1.6%. */
const SUB_BITS = 6;
const SUB_COUNT = 1 << SUB_BITS;
/** Values from 2^36 (19 hours of microseconds) on share the last bucket. */
const MAGNITUDES = 31;

/**
 * A log-linear histogram of whole numbers in constant memory, as HdrHistogram keeps it: recording
 * costs an index computation and an increment, and allocates nothing.
 */
export class LatencyRecorder {
  private readonly counts = new Float64Array((MAGNITUDES + 1) * SUB_COUNT);
  private total = 0;
  private largest = 0;

  get count(): number {
    return this.total;
  }

  /** Values below 0 count as 0. */
  record(value: number): void {
    const whole = value > 0 ? Math.round(value) : 0;
    this.counts[bucketOf(whole)] = (this.counts[bucketOf(whole)] as number) + 1;
    this.total += 1;
    if (whole > this.largest) this.largest = whole;
  }

  /** @param quantile from 0 to 1. @returns the highest value of the bucket it falls into. */
  quantile(quantile: number): number {
    const rank = Math.max(1, Math.ceil(quantile * this.total));
    let seen = 0;
    for (let bucket = 0; bucket < this.counts.length; bucket += 1) {
      seen += this.counts[bucket] as number;
      if (seen >= rank) return Math.min(highestOf(bucket), this.largest);
    }
    return 0;
  }

  summary(): LatencySummary {
    const max = this.largest;
    return { p50: this.quantile(0.5), p99: this.quantile(0.99), max, count: this.total };
  }

  /** Adds what another recorder holds. */
  merge(other: LatencyRecorder): void {
    for (const [bucket, count] of other.counts.entries()) {
      this.counts[bucket] = (this.counts[bucket] as number) + count;
    }
    this.total += other.total;
    this.largest = Math.max(this.largest, other.largest);
  }
}

function bucketOf(value: number): number {
  if (value < SUB_COUNT) return value;
  const magnitude = Math.floor(Math.log2(value)) - SUB_BITS + 1;
  if (magnitude > MAGNITUDES - 1) return (MAGNITUDES + 1) * SUB_COUNT - 1;
  // The upper half of each doubling is used, as the lower half is the magnitude below.
  return magnitude * SUB_COUNT + Math.floor(value / 2 ** magnitude);
}

function highestOf(bucket: number): number {
  const magnitude = Math.floor(bucket / SUB_COUNT);
  if (magnitude === 0) return bucket;
  return ((bucket % SUB_COUNT) + 1) * 2 ** magnitude - 1;
}
