import type { Clock } from '@ats/runtime';
import type {
  AccountKey,
  VenueAccounts,
  VenueAnswer,
  VenueRequest,
} from '../../../app/dialect-server.ts';
import { toMillis } from '../shared/numbers.ts';
import { asCount } from '../shared/parse.ts';
import { hmac, sameSignature } from '../shared/private.ts';
import { failure, mandatory } from './errors.ts';

const RECV_WINDOW_MS = { fallback: 5000, min: 1, max: 60_000 };
/** How far ahead of the venue a client's clock may be. */
const AHEAD_MS_MAX = 1000;

export interface SignedRequest {
  readonly key: AccountKey;
  /** Query and body parameters together, as Binance takes them. */
  readonly params: URLSearchParams;
}

export const isSigned = (signed: SignedRequest | VenueAnswer): signed is SignedRequest =>
  'key' in signed;

/**
 * Checks the key, the time and the HMAC SHA256 of all parameters but the signature itself.
 * Source: binance-spot-api-docs, rest-api.md, "SIGNED request security".
 */
export function authenticate(
  request: VenueRequest,
  deps: { readonly accounts: VenueAccounts; readonly clock: Clock },
): SignedRequest | VenueAnswer {
  const key = keyOf(request.headers['x-mbx-apikey'], deps.accounts);
  if (!('account' in key)) return key;
  const params = new URLSearchParams([...request.query, ...new URLSearchParams(request.body)]);
  const { rawQuery, body } = request;
  const expected = binanceSignature({ secret: key.secret, rawQuery, body });
  return problemOf(params, expected, deps.clock) ?? { key, params };
}

/**
 * As `authenticate`, for a request over the WebSocket API: its parameters are signed in
 * alphabetical order, the key among them.
 */
export function authenticateParams(
  params: URLSearchParams,
  deps: { readonly accounts: VenueAccounts; readonly clock: Clock },
): SignedRequest | VenueAnswer {
  const key = keyOf(params.get('apiKey') ?? undefined, deps.accounts);
  if (!('account' in key)) return key;
  const signed = [...params].filter(([name]) => name !== 'signature').sort();
  const payload = signed.map(([name, value]) => `${name}=${value}`).join('&');
  const expected = hmac({ algorithm: 'sha256', secret: key.secret, payload, encoding: 'hex' });
  return problemOf(params, expected, deps.clock) ?? { key, params };
}

function keyOf(apiKey: string | undefined, accounts: VenueAccounts): AccountKey | VenueAnswer {
  if (apiKey === undefined) return failure(-2014, 'API-key format invalid.', 401);
  const invalid = failure(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
  return accounts.byApiKey(apiKey) ?? invalid;
}

/** @returns what is wrong with the time or the signature of a request, if anything. */
function problemOf(
  params: URLSearchParams,
  expected: string,
  clock: Clock,
): VenueAnswer | undefined {
  const timestamp = asCount(params.get('timestamp'), {
    fallback: -1,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  });
  if (timestamp === undefined || timestamp < 0) return mandatory('timestamp');
  const recvWindow = asCount(params.get('recvWindow'), RECV_WINDOW_MS);
  if (recvWindow === undefined) return failure(-1131, "'recvWindow' must be less than 60000.");
  const now = toMillis(clock.nowUs());
  if (timestamp > now + AHEAD_MS_MAX) {
    return failure(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
  }
  if (timestamp < now - recvWindow) {
    return failure(-1021, 'Timestamp for this request is outside of the recvWindow.');
  }
  const given = params.get('signature');
  if (given === null) return mandatory('signature');
  return sameSignature(given.toLowerCase(), expected)
    ? undefined
    : failure(-1022, 'Signature for this request is not valid.');
}

/** @returns what a request has to be signed with, in hexadecimal digits. */
export function binanceSignature(parts: {
  readonly secret: string;
  readonly rawQuery: string;
  readonly body: string;
}): string {
  const payload = withoutSignature(parts.rawQuery) + withoutSignature(parts.body);
  return hmac({ algorithm: 'sha256', secret: parts.secret, payload, encoding: 'hex' });
}

/** The text as the client signed it. */
function withoutSignature(text: string): string {
  return text.replace(/(^|&)signature=[^&]*/, '');
}
