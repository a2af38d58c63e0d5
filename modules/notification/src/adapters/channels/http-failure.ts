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

/** What Node says of a connection, such as ECONNREFUSED; never a URL, which may be a secret. */
function reasonOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause ?? originalOf(at)) {
    const code: unknown = Reflect.get(at, 'code');
    if (typeof code === 'string' && /^E[A-Z]+$|^UND_/.test(code)) return code;
    if (at.name === 'TimeoutError' || at.name === 'AbortError') return 'it took too long';
  }
  return 'the connection failed';
}

const originalOf = (error: Error): unknown => Reflect.get(error, 'original');

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
function retryAfterMsIn(text: string | null, nowUs: number): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowUs / 1000);
}
