import { type Clock, fullJitterMs, type RandomStream } from '@ats/runtime';

/** How one stream does. */
export interface StreamHealth {
  failing: boolean;
  /** Failures since it last worked for long. */
  attempts: number;
  workingSinceUs: number;
}

export interface BackoffLimits {
  readonly baseMs: number;
  /** What has worked for as long begins anew with the shortest delays. */
  readonly maxMs: number;
}

/**
 * When the streams of one venue try again. A stream that fails alone waits for itself; when all
 * of them fail the venue is away, and they wait together: one attempt at a time, not dozens.
 */
export class StreamBackoff {
  private readonly limits: BackoffLimits;
  private readonly clock: Clock;
  private readonly random: RandomStream;
  private readonly pause: (delayMs: number) => Promise<unknown>;
  private readonly streams: StreamHealth[] = [];
  private outages = 0;
  private outage: Promise<unknown> | undefined;

  constructor(options: {
    readonly limits: BackoffLimits;
    readonly clock: Clock;
    readonly random: RandomStream;
    readonly pause: (delayMs: number) => Promise<unknown>;
  }) {
    this.limits = options.limits;
    this.clock = options.clock;
    this.random = options.random;
    this.pause = options.pause;
  }

  add(): StreamHealth {
    const stream = { failing: false, attempts: 0, workingSinceUs: this.clock.nowUs() };
    this.streams.push(stream);
    return stream;
  }

  worked(stream: StreamHealth): void {
    stream.failing = false;
    stream.workingSinceUs = this.clock.nowUs();
  }

  /** Resolves when the stream is to try again. */
  async failed(stream: StreamHealth): Promise<void> {
    const workedUs = this.clock.nowUs() - stream.workingSinceUs;
    if (!stream.failing && workedUs > this.limits.maxMs * 1000) {
      stream.attempts = 0;
      this.outages = 0;
    }
    stream.failing = true;
    stream.attempts += 1;
    if (this.streams.some(({ failing }) => !failing)) {
      await this.pause(this.delayMs(stream.attempts - 1));
      return;
    }
    this.outage ??= this.pause(this.delayMs(this.outages)).finally(() => {
      this.outages += 1;
      this.outage = undefined;
    });
    await this.outage;
  }

  private delayMs(attempt: number): number {
    return fullJitterMs({ attempt, ...this.limits, random: this.random.next() });
  }
}
