import type { AtsError } from '@ats/domain';
import { channelFailed } from '../../app/channel.ts';

/** Statuses worth another try though they are the caller's fault: a key can be mended meanwhile. */
const PASSING = new Set([401, 403, 408, 425, 429]);

/**
 * What an HTTP answer that is no success means.
 * @param said its body, cut short
 */
export function refusedBy(answer: {
  readonly who: string;
  readonly status: number;
  readonly said: string;
  /** The header as it came, seconds or a date. */
  readonly retryAfter: string | null;
  readonly nowUs: number;
}): AtsError {
  const { who, status, said, retryAfter, nowUs } = answer;
  const passing = status >= 500 || PASSING.has(status);
  const retryAfterMs = retryAfterMsIn(retryAfter, nowUs);
  return channelFailed({
    what: `${who} answered ${status}: ${said.slice(0, 200)}`,
    retry: passing ? 'safe' : 'never',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** No answer: the other side may have taken it all the same. */
export function noAnswer(who: string, cause: unknown): AtsError {
  return channelFailed({
    what: `${who} did not answer: ${reasonOf(cause)}`,
    retry: 'unknown',
    cause,
  });
}

/** How deep an error's causes are looked at. */
const CAUSES_MAX = 5;

/** What Node says of a connection, such as ECONNREFUSED; never a URL, which may be a secret. */
function reasonOf(error: unknown): string {
  let at = error;
  for (let depth = 0; depth < CAUSES_MAX && typeof at === 'object' && at !== null; depth += 1) {
    const code: unknown = Reflect.get(at, 'code');
    if (typeof code === 'string' && /^(E[A-Z]+|UND_[A-Z_]+)$/.test(code)) return code;
    const name: unknown = Reflect.get(at, 'name');
    if (name === 'TimeoutError' || name === 'AbortError') return 'it took too long';
    at = Reflect.get(at, 'cause') ?? Reflect.get(at, 'original');
  }
  return 'the connection failed';
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
function retryAfterMsIn(text: string | null, nowUs: number): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowUs / 1000);
}
