/** Percentiles of one stage, in whole units as recorded. All 0 when nothing was recorded. */
export interface LatencySummary {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

/** Bits kept after the leading one: a value is told within 1/64, 1.6%. */
const SUB_BITS = 6;
const SUB_COUNT = 1 << SUB_BITS;
/** One row of sub-buckets per doubling up to 2^31: 36 minutes of microseconds. */
const ROWS = 32 - SUB_BITS;
const VALUE_MAX = 2 ** 31 - 1;

/**
 * A log-linear histogram of whole numbers in constant memory, as HdrHistogram keeps it: recording
 * costs a few integer operations and allocates nothing.
 */
export class LatencyRecorder {
  private readonly counts = new Float64Array(ROWS * SUB_COUNT);
  private total = 0;
  private largest = 0;
  private added = 0;

  /** Of all that was recorded, in units as recorded. */
  get sum(): number {
    return this.added;
  }

  get count(): number {
    return this.total;
  }

  /** Values below 0 count as 0; those above the range share its last bucket. */
  record(value: number): void {
    const whole = value > 0 ? Math.round(value) : 0;
    const held = whole < VALUE_MAX ? whole : VALUE_MAX;
    const shift = Math.max(0, 31 - SUB_BITS - Math.clz32(held | 1));
    // Beyond the first two rows a shifted value is in the upper one, so rows follow without a gap.
    const bucket = shift * SUB_COUNT + (held >> shift);
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.total += 1;
    this.added += whole;
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

  /** @param bounds ascending. @returns how many values are within each, to 1.6% of the bound */
  countsWithin(bounds: readonly number[]): readonly number[] {
    let bucket = 0;
    let seen = 0;
    return bounds.map((bound) => {
      for (; bucket < this.counts.length && highestOf(bucket) <= bound; bucket += 1) {
        seen += this.counts[bucket] as number;
      }
      return seen;
    });
  }

  summary(): LatencySummary {
    const max = this.largest;
    return { p50: this.quantile(0.5), p99: this.quantile(0.99), max, count: this.total };
  }

  /** Adds what another recorder holds. */
  merge(other: LatencyRecorder): void {
    const { counts } = this;
    for (let bucket = 0; bucket < counts.length; bucket += 1) {
      counts[bucket] = (counts[bucket] as number) + (other.counts[bucket] as number);
    }
    this.total += other.total;
    this.added += other.added;
    this.largest = Math.max(this.largest, other.largest);
  }
}

function highestOf(bucket: number): number {
  if (bucket < 2 * SUB_COUNT) return bucket;
  const shift = Math.floor(bucket / SUB_COUNT) - 1;
  return (bucket - shift * SUB_COUNT + 1) * 2 ** shift - 1;
}
