import { AtsError } from '@ats/domain';

/** Codes with which a connection was never made: the brokers cannot have got anything. */
const UNREACHED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']);
const DEPTH_MAX = 10;

interface Failure {
  readonly code?: unknown;
  readonly apiId?: unknown;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** The ends of a failure's chains of causes. */
function roots(error: unknown, depth = 0): Failure[] {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return [];
  const failure = error as Failure;
  const below = [
    ...(failure.errors ?? []),
    ...(failure.cause === undefined ? [] : [failure.cause]),
  ];
  return below.length === 0 ? [failure] : below.flatMap((one) => roots(one, depth + 1));
}

/** @returns whether Kafka has answered with one of these errors, by their names. */
export function hasApiError(error: unknown, ...names: readonly string[]): boolean {
  return roots(error).some(({ apiId }) => typeof apiId === 'string' && names.includes(apiId));
}

/** @returns whether no broker can have got the request. */
function neverReached(error: unknown): boolean {
  const ends = roots(error);
  return ends.length > 0 && ends.every(({ code }) => UNREACHED.has(String(code)));
}

export function kafkaUnavailable(what: string, cause?: unknown): AtsError {
  const why = cause === undefined ? '' : `: ${String(cause)}`;
  return new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `eventLog.url: Kafka ${what}${why}`,
    remedy: 'See that the brokers of eventLog.url can be reached and have leaders for its topics.',
    retry: cause === undefined || neverReached(cause) ? 'safe' : 'unknown',
    context: { field: 'eventLog.url' },
    cause,
  });
}
