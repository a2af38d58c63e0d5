import pRetry from 'p-retry';
import type { Timers } from '../clock.ts';
import type { RandomStream } from '../random.ts';

export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Full jitter: a delay between 0 and a bound that doubles with each attempt.
 *
 * @param options `attempt` counts from 0; `random` is in [0, 1).
 * @returns whole milliseconds
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitterMs(
  options: BackoffOptions & { readonly attempt: number; readonly random: number },
): number {
  const bound = Math.min(options.maxMs, options.baseMs * 2 ** Math.min(options.attempt, 30));
  return Math.floor(options.random * bound);
}

export interface RetryOptions extends BackoffOptions {
  readonly timers: Timers;
  readonly random: RandomStream;
  /** Repetitions after the first try. */
  readonly retriesMax: number;
  readonly shouldRetry: (error: unknown) => boolean;
  /** Milliseconds left for the whole call; no wait goes beyond it. */
  readonly remainingMs: () => number;
  readonly onRetry: () => void;
}

/** Repeats `run` while its errors allow it; waits with full jitter on the injected timers. */
export function withRetry<Result>(
  run: () => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  return pRetry(run, {
    retries: options.retriesMax,
    minTimeout: 0,
    maxTimeout: 0,
    shouldRetry: ({ error }) => options.shouldRetry(error) && options.remainingMs() > 0,
    async onFailedAttempt({ error, attemptNumber, retriesLeft }) {
      if (retriesLeft === 0 || !options.shouldRetry(error)) return;
      const { baseMs, maxMs } = options;
      const random = options.random.next();
      const waitMs = fullJitterMs({ attempt: attemptNumber - 1, baseMs, maxMs, random });
      await options.timers.sleep(Math.max(0, Math.min(waitMs, options.remainingMs())));
      options.onRetry();
    },
  });
}
