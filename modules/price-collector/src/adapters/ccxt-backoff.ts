import { fullJitterMs, type RandomStream } from '@ats/runtime';

/** How one stream does. */
export interface StreamHealth {
  failing: boolean;
  /** Vain attempts since it last worked. */
  attempts: number;
}

export interface BackoffLimits {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * When the streams of one venue try again. A stream that fails alone waits for itself; when all
 * of them fail the venue is away, and they wait together: one attempt at a time, not dozens.
 */
export class StreamBackoff {
  private readonly limits: BackoffLimits;
  private readonly random: RandomStream;
  private readonly pause: (delayMs: number) => Promise<void>;
  private readonly streams: StreamHealth[] = [];
  private outages = 0;
  private outage: Promise<void> | undefined;

  constructor(options: {
    readonly limits: BackoffLimits;
    readonly random: RandomStream;
    readonly pause: (delayMs: number) => Promise<void>;
  }) {
    this.limits = options.limits;
    this.random = options.random;
    this.pause = options.pause;
  }

  add(): StreamHealth {
    const stream = { failing: false, attempts: 0 };
    this.streams.push(stream);
    return stream;
  }

  worked(stream: StreamHealth): void {
    stream.failing = false;
    stream.attempts = 0;
    this.outages = 0;
  }

  /** Resolves when the stream is to try again. */
  failed(stream: StreamHealth): Promise<void> {
    stream.failing = true;
    stream.attempts += 1;
    if (this.streams.some(({ failing }) => !failing)) {
      return this.pause(this.delayMs(stream.attempts - 1));
    }
    this.outage ??= this.pause(this.delayMs(this.outages)).finally(() => {
      this.outages += 1;
      this.outage = undefined;
    });
    return this.outage;
  }

  private delayMs(attempt: number): number {
    return fullJitterMs({ attempt, ...this.limits, random: this.random.next() });
  }
}
