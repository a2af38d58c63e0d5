/** Lets `burst` things happen at once and `perSecond` a second in the long run. */
export class TokenBucket {
  private readonly perUs: number;
  private readonly burst: number;
  private tokens: number;
  private filledAtUs: number;

  constructor(options: {
    readonly perSecond: number;
    readonly burst: number;
    readonly nowUs: number;
  }) {
    this.perUs = options.perSecond / 1_000_000;
    this.burst = options.burst;
    this.tokens = options.burst;
    this.filledAtUs = options.nowUs;
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

  /** Uses one token up. Ask `available` first. */
  take(): void {
    this.tokens -= 1;
  }
}
