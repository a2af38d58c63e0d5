/** Samples that a window must have before it says anything. */
const SAMPLES_MIN = 10;

/**
 * Watches how far a venue's clock is from ours. The smallest delay of a window is close to the
 * difference of the clocks, because some frame of a busy venue always comes promptly; delays
 * themselves say little, as a quiet market repeats old times.
 */
export class ClockSkewGuard {
  private readonly limitUs: number;
  private readonly windowUs: number;
  private startedAtUs = 0;
  private samples = 0;
  private smallestUs = Number.POSITIVE_INFINITY;
  private skewed = false;
  private lastSkewUs = 0;

  constructor(options: { readonly limitMs: number; readonly windowMs: number }) {
    this.limitUs = options.limitMs * 1000;
    this.windowUs = options.windowMs * 1000;
  }

  /** Whether the last full window was beyond the limit. */
  get isSkewed(): boolean {
    return this.skewed;
  }

  /** Receive time less venue time in the last full window, microseconds; may be negative. */
  get skewUs(): number {
    return this.lastSkewUs;
  }

  /** @param frame `exchangeTimeUs` 0 is no time at all. */
  observe(frame: { readonly exchangeTimeUs: number; readonly receivedAtUs: number }): void {
    if (frame.exchangeTimeUs === 0) return;
    this.samples += 1;
    const delayUs = frame.receivedAtUs - frame.exchangeTimeUs;
    if (delayUs < this.smallestUs) this.smallestUs = delayUs;
  }

  /** Ends the window when its time is over. @returns whether `isSkewed` changed. */
  evaluate(nowUs: number): boolean {
    if (nowUs - this.startedAtUs < this.windowUs) return false;
    const { samples, smallestUs, skewed } = this;
    this.startedAtUs = nowUs;
    this.samples = 0;
    this.smallestUs = Number.POSITIVE_INFINITY;
    if (samples < SAMPLES_MIN) return false;
    this.lastSkewUs = smallestUs;
    this.skewed = Math.abs(smallestUs) > this.limitUs;
    return this.skewed !== skewed;
  }
}
