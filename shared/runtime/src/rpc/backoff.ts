import pRetry from 'p-retry';
import type { Timers } from '../clock.ts';
import type { RandomStream } from '../random.ts';

export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Full jitter: anything from 0 to the exponential bound.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @param attempt counted from 0 @returns milliseconds
 */
export function fullJitterMs(
  attempt: number,
  random: RandomStream,
  { baseMs, capMs }: BackoffOptions,
): number {
  return random.next() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
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
      const waitMs = fullJitterMs(attemptNumber - 1, options.random, options);
      await options.timers.sleep(Math.max(0, Math.min(waitMs, options.remainingMs())));
      options.onRetry();
    },
  });
}
