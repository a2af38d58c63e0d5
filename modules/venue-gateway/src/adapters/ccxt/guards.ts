import type { CcxtErrors } from '@ats/ccxt';
import type { CcxtClient } from './ccxt-client.ts';

interface Guarded {
  nonce(): number;
  handleErrors(...parts: unknown[]): unknown;
}

/** Two calls of one millisecond would have one nonce, and the second be refused. */
export function keepNonceGrowing(client: CcxtClient): void {
  const guarded = client as unknown as Guarded;
  const nonce = guarded.nonce.bind(client);
  let last = 0;
  guarded.nonce = () => {
    last = Math.max(last + 1, nonce());
    return last;
  };
}

const TOO_MANY: readonly unknown[] = [429, 418];
const SECOND_MS = 1000;

/** Milliseconds that a venue asks to wait, of its headers; 0 where it does not say. */
function retryAfterMs(headers: unknown): number {
  if (typeof headers !== 'object' || headers === null) return 0;
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === 'retry-after');
  const seconds = Number(found?.[1] ?? 0);
  return Number.isFinite(seconds) ? Math.max(0, seconds) * SECOND_MS : 0;
}

/**
 * Statuses say more surely than bodies do whether a request was taken: 429 and 418 were not, of
 * what a failing server did with it nobody knows. ccxt looks at the body first.
 *
 * @param options `serverErrorsMeanRefusal` where a venue refuses everything with status 500
 */
export function readStatusFirst(
  client: CcxtClient,
  options: { readonly errors: CcxtErrors; readonly serverErrorsMeanRefusal: boolean },
): void {
  const guarded = client as unknown as Guarded;
  const handle = guarded.handleErrors.bind(client);
  const { RateLimitExceeded, ExchangeNotAvailable } = options.errors;
  guarded.handleErrors = (...parts) => {
    const [status, reason, , , headers, , response] = parts;
    const text = `${client.id} answered ${String(status)} ${String(reason)}`;
    if (TOO_MANY.includes(status) && RateLimitExceeded !== undefined) {
      const error = new RateLimitExceeded(text as never);
      throw Object.assign(error, { retryAfterMs: retryAfterMs(headers) });
    }
    // A refusal is a list that the venue made; what a proxy says is a page.
    const refuses = options.serverErrorsMeanRefusal && status === 500 && Array.isArray(response);
    const failed = Number(status) >= 500 && !refuses;
    if (failed && ExchangeNotAvailable !== undefined) {
      throw new ExchangeNotAvailable(text as never);
    }
    return handle(...parts);
  };
}
