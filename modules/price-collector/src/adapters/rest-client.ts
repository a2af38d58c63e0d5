import { AtsError } from '@ats/domain';
import { type Clock, type Logger, type TimerHandle, type Timers, TokenBucket } from '@ats/runtime';
import CircuitBreaker from 'opossum';
import type { VenueCounters } from '../app/venue-counters.ts';

export interface RestSettings {
  readonly timeoutMs: number;
  readonly requestsPerSecond: number;
  readonly burst: number;
  /** Requests that may wait; one more is refused and counted. */
  readonly queueMax: number;
  readonly bodyBytesMax: number;
  /** The breaker opens at this share of failures, and tries again after `openMs`. */
  readonly breaker: { readonly failurePercentMax: number; readonly openMs: number };
}

interface Request {
  readonly path: string;
  readonly onAnswer: (answer: RestAnswer) => void;
}

export interface RestAnswer {
  readonly url: string;
  readonly body: string;
}

const IN_FLIGHT_MAX = 4;
/** Failures that the breaker must have seen before it may open. */
const BREAKER_VOLUME = 4;
/** How long a venue that says 429 without a Retry-After is left alone. */
const RATE_LIMIT_PAUSE_MS = 5000;
const RATE_LIMIT_PAUSE_MAX_MS = 300_000;

/**
 * Fetches REST answers of one venue: in order, within a rate, over the endpoints in turn, behind
 * a breaker. A request that fails is counted and forgotten: whoever needs the answer asks again
 * in its own time, as a book that is not live does.
 */
export class RestClient {
  private readonly options: RestClientOptions;
  private readonly bucket: TokenBucket;
  private readonly breaker: CircuitBreaker<[string], RestAnswer>;
  private readonly queue: Request[] = [];
  private readonly closing = new AbortController();
  private inFlight = 0;
  private endpoint = 0;
  private pausedUntilUs = 0;
  private timer: TimerHandle | undefined;

  constructor(options: RestClientOptions) {
    const { settings } = options;
    this.options = options;
    this.bucket = new TokenBucket({ perSecond: settings.requestsPerSecond, burst: settings.burst });
    this.breaker = new CircuitBreaker((path: string) => this.request(path), {
      timeout: settings.timeoutMs * Math.max(1, options.endpoints.length),
      errorThresholdPercentage: settings.breaker.failurePercentMax,
      resetTimeout: settings.breaker.openMs,
      volumeThreshold: BREAKER_VOLUME,
      rollingPercentilesEnabled: false,
      // Being told to slow down is an answer, and has its own pause.
      errorFilter: (error: unknown) =>
        error instanceof AtsError && error.code === 'VENUE_RATE_LIMITED',
    });
  }

  /** Asks for a path such as `/api/v3/depth?symbol=BTCUSDT`; `onAnswer` must not throw. */
  get(path: string, onAnswer: (answer: RestAnswer) => void): void {
    if (this.queue.length >= this.options.settings.queueMax) {
      this.options.counters.limit('rest_queue');
      return;
    }
    this.queue.push({ path, onAnswer });
    this.pump();
  }

  close(): void {
    this.queue.length = 0;
    this.timer?.cancel();
    this.closing.abort();
    this.breaker.shutdown();
  }

  private pump(): void {
    while (this.queue.length > 0 && this.inFlight < IN_FLIGHT_MAX && this.timer === undefined) {
      const waitMs = this.waitMs();
      if (waitMs > 0) {
        this.options.counters.limit('rest_budget');
        this.timer = this.options.timers.after(waitMs, () => {
          this.timer = undefined;
          this.pump();
        });
        return;
      }
      const request = this.queue.shift();
      if (request !== undefined) void this.run(request);
    }
  }

  private waitMs(): number {
    const nowUs = this.options.clock.nowUs();
    const pausedMs = Math.ceil((this.pausedUntilUs - nowUs) / 1000);
    if (pausedMs > 0) return pausedMs;
    return this.bucket.take(nowUs) ? 0 : this.bucket.waitMs(nowUs);
  }

  private async run({ path, onAnswer }: Request): Promise<void> {
    const { counters, logger } = this.options;
    this.inFlight += 1;
    try {
      const answer = await this.breaker.fire(path);
      counters.restAnswers += 1;
      if (!this.closing.signal.aborted) onAnswer(answer);
    } catch (error) {
      counters.restFailures += 1;
      if (this.breaker.opened) counters.limit('rest_breaker');
      logger.warn('rest.failed', `${path}: ${(error as Error).message}`);
    } finally {
      this.inFlight -= 1;
      this.pump();
    }
  }

  /** Each endpoint is tried once: the one that answered last comes first. */
  private async request(path: string): Promise<RestAnswer> {
    const { endpoints } = this.options;
    let failure: unknown = failed(path, 'the venue has no rest endpoint in the config');
    for (let tries = 0; tries < endpoints.length; tries += 1) {
      const base = endpoints[this.endpoint % endpoints.length] as string;
      try {
        return await this.requestAt(`${base.replace(/\/$/, '')}${path}`);
      } catch (error) {
        failure = error;
        // A rate limit holds for all endpoints, and a closed client asks nobody.
        if (error instanceof AtsError && error.code === 'VENUE_RATE_LIMITED') break;
        if (this.closing.signal.aborted) break;
        this.endpoint += 1;
      }
    }
    throw failure;
  }

  private async requestAt(url: string): Promise<RestAnswer> {
    const { timeoutMs, bodyBytesMax } = this.options.settings;
    const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(timeoutMs)]);
    const response = await fetch(url, { signal, headers: { accept: 'application/json' } });
    if (response.status === 429 || response.status === 418) throw this.slowDown(response, url);
    if (response.status >= 500) throw failed(url, `the venue answered ${response.status}`);
    return { url, body: await boundedText(response, bodyBytesMax) };
  }

  private slowDown(response: Response, url: string): AtsError {
    const asked = Number(response.headers.get('retry-after')) * 1000;
    const pauseMs = Math.min(asked > 0 ? asked : RATE_LIMIT_PAUSE_MS, RATE_LIMIT_PAUSE_MAX_MS);
    this.pausedUntilUs = this.options.clock.nowUs() + pauseMs * 1000;
    return new AtsError({
      code: 'VENUE_RATE_LIMITED',
      message: `${url} answered ${response.status}; REST rests for ${pauseMs} ms`,
      remedy: 'Lower collector.rest.requestsPerSecond if this repeats.',
      retry: 'safe',
    });
  }
}

export interface RestClientOptions {
  readonly endpoints: readonly string[];
  readonly settings: RestSettings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly counters: VenueCounters;
}

function failed(value: string, why: string): AtsError {
  return new AtsError({
    code: 'VENUE_SNAPSHOT_FAILED',
    message: `${value}: ${why}`,
    remedy: 'Nothing to do if it passes; else check venues.<venue>.rest.',
    retry: 'safe',
    context: { value },
  });
}

async function boundedText(response: Response, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > bytesMax) throw failed(response.url, `the answer is over ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
