/** A token bucket on the caller's clock: `burst` at once, `perSecond` in the long run. */
export class TokenBucket {
  private readonly perSecond: number;
  private readonly burst: number;
  private tokens: number;
  private filledAtUs = 0;

  constructor(options: { readonly perSecond: number; readonly burst: number }) {
    this.perSecond = options.perSecond;
    this.burst = options.burst;
    this.tokens = options.burst;
  }

  /** Takes one token if there is one. */
  take(nowUs: number): boolean {
    this.fill(nowUs);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Milliseconds until a token is there, rounded up; 0 when one is. */
  waitMs(nowUs: number): number {
    this.fill(nowUs);
    if (this.tokens >= 1) return 0;
    return Math.max(1, Math.ceil(((1 - this.tokens) / this.perSecond) * 1000));
  }

  private fill(nowUs: number): void {
    const elapsedUs = Math.max(0, nowUs - this.filledAtUs);
    this.tokens = Math.min(this.burst, this.tokens + (elapsedUs / 1e6) * this.perSecond);
    this.filledAtUs = nowUs;
  }
}

/**
 * Full jitter: a delay between 0 and a bound that doubles with each attempt.
 *
 * @param options `attempt` counts from 0; `random` is in [0, 1).
 * @returns milliseconds
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitterMs(options: {
  readonly attempt: number;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly random: number;
}): number {
  const bound = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(options.attempt, 30));
  return Math.floor(options.random * bound);
}
