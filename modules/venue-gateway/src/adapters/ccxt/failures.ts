import type { CcxtErrors } from '@ats/ccxt';
import type {
  Ambiguous,
  RateLimited,
  RejectReason,
  Unavailable,
} from '../../app/venue-connector.ts';

/** What an error of ccxt means, by its class: texts are for people. */
export type Failure =
  /** The venue answered and refused. */
  | { readonly kind: 'refused'; readonly reason: RejectReason; readonly detail: string }
  | { readonly kind: 'not-found'; readonly detail: string }
  /** The venue has an order of this client order id. */
  | { readonly kind: 'duplicate'; readonly detail: string }
  /** The venue asks for fewer calls, or did not take this one's nonce: it did nothing. */
  | RateLimited
  | Ambiguous;

const DETAIL_LENGTH_MAX = 300;
/** A nonce that was overtaken on its way: the next try has a higher one. */
const NONCE_RETRY_MS = 5;

const REFUSALS: readonly (readonly [string, RejectReason])[] = [
  ['InsufficientFunds', 'INSUFFICIENT_FUNDS'],
  ['OrderImmediatelyFillable', 'POST_ONLY_WOULD_TAKE'],
  ['InvalidOrder', 'INVALID_ORDER'],
  ['BadSymbol', 'UNKNOWN_INSTRUMENT'],
  // Bitfinex's code for a size that is too small, among others.
  ['PermissionDenied', 'VENUE_REFUSED'],
  ['AuthenticationError', 'NOT_PERMITTED'],
  ['ExchangeError', 'VENUE_REFUSED'],
];

export type Classify = (error: unknown) => Failure;

/** @returns what tells ccxt's errors apart */
export function failureClassifier(errors: CcxtErrors): Classify {
  const is = (error: unknown, name: string): boolean => {
    const found = errors[name];
    return found !== undefined && error instanceof found;
  };
  return (error) => {
    const text = error instanceof Error ? error.message : String(error);
    const detail = text.slice(0, DETAIL_LENGTH_MAX);
    if (is(error, 'InvalidNonce')) {
      return { kind: 'rate-limited', retryAfterMs: NONCE_RETRY_MS, detail };
    }
    if (is(error, 'RateLimitExceeded') || is(error, 'DDoSProtection')) {
      const { retryAfterMs = 0 } = error as { readonly retryAfterMs?: number };
      return { kind: 'rate-limited', retryAfterMs, detail };
    }
    if (is(error, 'OrderNotFound')) return { kind: 'not-found', detail };
    if (is(error, 'DuplicateOrderId')) return { kind: 'duplicate', detail };
    // An answer that cannot be read, no answer, and whatever is thrown after the request left.
    if (is(error, 'OperationFailed') || !is(error, 'BaseError')) {
      return { kind: 'ambiguous', detail };
    }
    const [, reason] = REFUSALS.find(([name]) => is(error, name)) ?? [];
    return reason === undefined
      ? { kind: 'ambiguous', detail }
      : { kind: 'refused', reason, detail };
  };
}

/** The same for a question, where nothing can have happened. */
export function asUnavailable(failure: Failure): Unavailable | RateLimited {
  if (failure.kind === 'rate-limited') return failure;
  return { kind: 'unavailable', detail: failure.detail };
}
