/**
 * A token bucket on the caller's clock: lets `burst` things happen at once and `perSecond` a
 * second in the long run. Starts full.
 */
export class TokenBucket {
  private readonly perUs: number;
  private readonly burst: number;
  private tokens: number;
  private filledAtUs = 0;

  constructor(options: { readonly perSecond: number; readonly burst: number }) {
    this.perUs = options.perSecond / 1_000_000;
    this.burst = options.burst;
    this.tokens = options.burst;
  }

  /** @returns tokens there are now; a whole one is needed to go on. */
  available(nowUs: number): number {
    if (nowUs > this.filledAtUs) {
      const earned = (nowUs - this.filledAtUs) * this.perUs;
      this.tokens = Math.min(this.burst, this.tokens + earned);
      this.filledAtUs = nowUs;
    }
    return this.tokens;
  }

  /** Takes one token if there is one. @returns whether there was */
  take(nowUs: number): boolean {
    if (this.available(nowUs) < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Milliseconds until a token is there, rounded up; 0 when one is. */
  waitMs(nowUs: number): number {
    const missing = 1 - this.available(nowUs);
    return missing <= 0 ? 0 : Math.max(1, Math.ceil(missing / this.perUs / 1000));
  }
}
