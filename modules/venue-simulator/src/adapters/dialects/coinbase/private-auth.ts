import { createPrivateKey, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Clock } from '@ats/runtime';
import type {
  AccountKey,
  VenueAccounts,
  VenueAnswer,
  VenueRequest,
} from '../../../app/dialect-server.ts';
import { asFields, asTexts, type Fields, parseJson } from '../shared/parse.ts';
import { hmac, sameSignature } from '../shared/private.ts';
import { json } from '../shared/rest.ts';

/** How far a legacy key's timestamp may be off, in seconds. */
const TIMESTAMP_S_MAX = 30;

/** Errors of authentication have the older generation's form. */
function failure(message: string): VenueAnswer {
  return json(401, { errors: [{ id: 'authentication_error', message }] });
}

const UNAUTHORIZED = failure('invalid api key');
const BAD_SIGNATURE = failure('invalid signature');
const EXPIRED = failure('request timestamp expired');

/** @returns what a request of a legacy key has to be signed with, in hexadecimal digits. */
function coinbaseSignature(parts: {
  readonly secret: string;
  readonly timestamp: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}): string {
  const { secret, timestamp, method, path, body } = parts;
  const payload = timestamp + method + path + body;
  return hmac({ algorithm: 'sha256', secret, payload, encoding: 'hex' });
}

/**
 * Checks a request by the account's kind of key: a secret that is a PEM key signs JWTs (ES256), any
 * other is a legacy secret (HMAC SHA256). Source: docs.cdp.coinbase.com, "Authentication".
 */
export class CoinbaseAuthenticator {
  private readonly accounts: VenueAccounts;
  private readonly clock: Clock;
  private readonly publicKeys = new Map<string, KeyObject>();

  constructor(accounts: VenueAccounts, clock: Clock) {
    this.accounts = accounts;
    this.clock = clock;
  }

  check(request: VenueRequest): AccountKey | VenueAnswer {
    const { authorization } = request.headers;
    return authorization === undefined
      ? this.checkLegacy(request)
      : this.checkToken(request, authorization);
  }

  /** A subscription to an account's channel, by either kind of key. */
  checkSubscription(message: Fields): AccountKey | undefined {
    const { jwt, api_key, channel, signature } = message;
    const timestamp = String(message['timestamp']);
    if (jwt !== undefined) {
      const token = this.readToken(String(jwt));
      return 'problem' in token ? undefined : token.key;
    }
    const key = this.accounts.byApiKey(String(api_key));
    if (key === undefined) return undefined;
    const products = asTexts(message['product_ids']) ?? [];
    const payload = `${timestamp}${String(channel)}${products.join(',')}`;
    const { secret } = key;
    const expected = hmac({ algorithm: 'sha256', secret, payload, encoding: 'hex' });
    const isTimely = Math.abs(Number(timestamp) - this.nowSeconds) <= TIMESTAMP_S_MAX;
    return isTimely && sameSignature(String(signature), expected) ? key : undefined;
  }

  private get nowSeconds(): number {
    return this.clock.nowUs() / 1_000_000;
  }

  private checkLegacy(request: VenueRequest): AccountKey | VenueAnswer {
    const { headers, method, body } = request;
    // The older generation signs the query too.
    const isOlder = request.path.startsWith('/v2/') && request.rawQuery !== '';
    const path = isOlder ? `${request.path}?${request.rawQuery}` : request.path;
    const key = this.accounts.byApiKey(headers['cb-access-key'] ?? '');
    if (key === undefined) return UNAUTHORIZED;
    const timestamp = headers['cb-access-timestamp'] ?? '';
    const { secret } = key;
    const expected = coinbaseSignature({ secret, timestamp, method, path, body });
    if (!sameSignature(headers['cb-access-sign'], expected)) return BAD_SIGNATURE;
    const offS = Math.abs(Number(timestamp) - this.nowSeconds);
    return offS <= TIMESTAMP_S_MAX ? key : EXPIRED;
  }

  private checkToken(request: VenueRequest, authorization: string): AccountKey | VenueAnswer {
    const token = this.readToken(authorization.replace('Bearer ', ''));
    if ('problem' in token) return token.problem;
    // `GET api.coinbase.com/api/v3/brokerage/accounts`; under what name the venue is known is not
    // the venue's to judge here.
    const [, method, path] =
      /^([A-Z]+) (?:https?:\/\/)?[^/]*(\/.*)$/.exec(String(token.payload['uri'])) ?? [];
    return method === request.method && path === request.path ? token.key : BAD_SIGNATURE;
  }

  /** @returns whose token it is, or what is wrong with it. */
  private readToken(
    token: string,
  ): { readonly key: AccountKey; readonly payload: Fields } | { readonly problem: VenueAnswer } {
    const [head = '', claims = '', signature = ''] = token.split('.');
    const header = decoded(head);
    const payload = decoded(claims);
    if (header === undefined || payload === undefined) return { problem: UNAUTHORIZED };
    const key = this.accounts.byApiKey(String(header['kid']));
    if (key === undefined || payload['sub'] !== key.apiKey) return { problem: UNAUTHORIZED };
    const publicKey = this.publicKeyOf(key);
    const signed = Buffer.from(`${head}.${claims}`);
    const bytes = Buffer.from(signature, 'base64url');
    if (header['alg'] !== 'ES256' || publicKey === undefined) return { problem: BAD_SIGNATURE };
    const verifier = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
    if (!verify('sha256', signed, verifier, bytes)) return { problem: BAD_SIGNATURE };
    const now = this.nowSeconds;
    // A client's clock may be ahead of the venue's by as much as a legacy one's.
    const isTimely =
      Number(payload['exp']) > now && Number(payload['nbf']) <= now + TIMESTAMP_S_MAX;
    return isTimely ? { key, payload } : { problem: EXPIRED };
  }

  private publicKeyOf({ apiKey, secret }: AccountKey): KeyObject | undefined {
    if (!secret.startsWith('-----BEGIN')) return undefined;
    const known = this.publicKeys.get(apiKey) ?? createPublicKey(createPrivateKey(secret));
    this.publicKeys.set(apiKey, known);
    return known;
  }
}

const decoded = (part: string): Fields | undefined =>
  asFields(parseJson(Buffer.from(part, 'base64url').toString('utf8')));
