import { createHash } from 'node:crypto';
import type {
  AccountKey,
  VenueAccounts,
  VenueAnswer,
  VenueRequest,
} from '../../../app/dialect-server.ts';
import { asFields, type Fields, parseJson, percentDecoded } from '../shared/parse.ts';
import { hmac, sameSignature } from '../shared/private.ts';
import { failure } from './errors.ts';

/** Nonces remembered; the oldest may be used again once it is forgotten. */
const NONCES_MAX = 100_000;
const ALGORITHMS: Readonly<Record<string, 'sha256' | 'sha384' | 'sha512'>> = {
  HS256: 'sha256',
  HS384: 'sha384',
  HS512: 'sha512',
};

const NOT_VERIFIED = failure(401, 'jwt_verification', 'Failed to verify Jwt token.');

export interface SignedRequest {
  readonly key: AccountKey;
  readonly params: URLSearchParams;
}

const decoded = (part: string): Fields | undefined =>
  asFields(parseJson(Buffer.from(part, 'base64url').toString('utf8')));

/** The parameters as `key=value&key[]=value`, not percent-encoded: what `query_hash` is made of. */
function queryText(request: Pick<VenueRequest, 'rawQuery' | 'body'>): string {
  if (request.body === '') return percentDecoded(request.rawQuery);
  return [...paramsOf(request)].map(([name, value]) => `${name}=${value}`).join('&');
}

function paramsOf({ rawQuery, body }: Pick<VenueRequest, 'rawQuery' | 'body'>): URLSearchParams {
  if (body === '') return new URLSearchParams(rawQuery);
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(asFields(parseJson(body)) ?? {})) {
    if (Array.isArray(value)) for (const item of value) params.append(`${name}[]`, String(item));
    else params.append(name, String(value));
  }
  return params;
}

/**
 * Checks the JWT of a request, the hash of its parameters and that its nonce is new.
 * Source: docs.upbit.com, "Authentication".
 */
export class UpbitAuthenticator {
  private readonly accounts: VenueAccounts;
  private readonly nonces = new Set<string>();

  constructor(accounts: VenueAccounts) {
    this.accounts = accounts;
  }

  check(request: VenueRequest): SignedRequest | VenueAnswer {
    const token = this.readToken(request.headers['authorization']);
    if ('status' in token) return token;
    const { key, payload } = token;
    const text = queryText(request);
    const hash = text === '' ? undefined : createHash('sha512').update(text).digest('hex');
    if (payload['query_hash'] !== hash) {
      return failure(401, 'invalid_query_payload', 'Jwt의 query를 검증하는데 실패하였습니다.');
    }
    const nonce = `${key.apiKey} ${String(payload['nonce'])}`;
    if (payload['nonce'] === undefined || this.nonces.has(nonce)) {
      return failure(401, 'nonce_used', '이미 요청한 nonce값이 다시 사용되었습니다.');
    }
    this.remember(nonce);
    return { key, params: paramsOf(request) };
  }

  /** The owner of a WebSocket; its token may be that of a connection before. */
  keyOf(headers: VenueRequest['headers']): AccountKey | undefined {
    const token = this.readToken(headers['authorization']);
    return 'status' in token ? undefined : token.key;
  }

  private readToken(
    authorization = '',
  ): { readonly key: AccountKey; readonly payload: Fields } | VenueAnswer {
    const [, token = ''] = /^Bearer (.+)$/.exec(authorization) ?? [];
    const [head = '', claims = '', signature] = token.split('.');
    const payload = decoded(claims);
    const algorithm = ALGORITHMS[String(decoded(head)?.['alg'])];
    if (payload === undefined || algorithm === undefined) return NOT_VERIFIED;
    const key = this.accounts.byApiKey(String(payload['access_key']));
    if (key === undefined) return failure(401, 'invalid_access_key', '잘못된 엑세스 키입니다.');
    const expected = hmac({
      algorithm,
      secret: key.secret,
      payload: `${head}.${claims}`,
      encoding: 'base64url',
    });
    return sameSignature(signature, expected) ? { key, payload } : NOT_VERIFIED;
  }

  private remember(nonce: string): void {
    this.nonces.add(nonce);
    if (this.nonces.size <= NONCES_MAX) return;
    for (const oldest of this.nonces) {
      this.nonces.delete(oldest);
      return;
    }
  }
}
