import { fullJitterMs, type Timers } from '@ats/runtime';
import { jitter } from '../adapters/chance.ts';

/**
 * What a failed request means: `refused` by the server for good, `throttled` (it did nothing, and
 * may do it later), `unreached` (it never got the request), `unknown` (it may have done it).
 */
export type FailureKind = 'refused' | 'throttled' | 'unreached' | 'unknown';

const THROTTLES = new Set([
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'ThrottlingException',
  'TooManyRequestsException',
]);
const UNREACHED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']);

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[field]
    : undefined;
}

/** @returns the code of a failure as the server, the client or the system names it. */
export function failureCode(error: unknown): string {
  const code = fieldOf(error, 'code');
  return String(typeof code === 'string' ? code : (fieldOf(error, 'name') ?? 'unknown'));
}

/** Tells by codes, never by text, what a failed request of the AWS SDK means. */
export function failureKind(error: unknown): FailureKind {
  if (THROTTLES.has(failureCode(error))) return 'throttled';
  if (UNREACHED.has(failureCode(error))) return 'unreached';
  const status = fieldOf(fieldOf(error, '$metadata'), 'httpStatusCode');
  if (status === 429) return 'throttled';
  if (typeof status !== 'number' || status >= 500 || status < 300) return 'unknown';
  return 'refused';
}

export interface RetryPolicy {
  readonly timers: Timers;
  /** Tries in all. */
  readonly attemptsMax: number;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly shouldRetry: (error: unknown) => boolean;
  readonly onRetry: (error: unknown) => void;
}

/** Repeats a request while its failure allows it, after delays with full jitter. */
export async function retried<Result>(
  request: () => Promise<Result>,
  policy: RetryPolicy,
): Promise<Result> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (attempt + 1 >= policy.attemptsMax || !policy.shouldRetry(error)) throw error;
      policy.onRetry(error);
      const { baseMs, maxMs } = policy;
      const random = jitter();
      await policy.timers.sleep(fullJitterMs({ attempt, baseMs, maxMs, random }));
    }
  }
}
