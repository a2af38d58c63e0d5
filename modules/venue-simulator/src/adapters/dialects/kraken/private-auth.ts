import { createHash } from 'node:crypto';
import type {
  AccountKey,
  VenueAccounts,
  VenueAnswer,
  VenueRequest,
} from '../../../app/dialect-server.ts';
import { asFields, parseJson } from '../shared/parse.ts';
import { hmac, sameSignature } from '../shared/private.ts';
import { failure } from './errors.ts';

/**
 * Of a signature that does not fit too: EAPI:Invalid signature is documented, but this is what
 * comes. Source: support.kraken.com, "Common causes of Invalid Key Error".
 */
const INVALID_KEY = failure('EAPI:Invalid key');

export interface SignedRequest {
  readonly key: AccountKey;
  readonly params: ReadonlyMap<string, string>;
}

/** @returns what a request has to be signed with, in base64. */
export function krakenSignature(parts: {
  readonly secret: string;
  readonly path: string;
  readonly nonce: string;
  readonly body: string;
}): string {
  const { secret, path, nonce, body } = parts;
  const digest = createHash('sha256')
    .update(nonce + body)
    .digest();
  return hmac({
    algorithm: 'sha512',
    secret: Buffer.from(secret, 'base64'),
    payload: Buffer.concat([Buffer.from(path), digest]),
    encoding: 'base64',
  });
}

/**
 * Checks key and signature, and that each nonce of a key is above the one before.
 * Source: docs.kraken.com, "Spot REST Authentication".
 */
export class KrakenAuthenticator {
  private readonly accounts: VenueAccounts;
  private readonly lastNonces = new Map<string, bigint>();

  constructor(accounts: VenueAccounts) {
    this.accounts = accounts;
  }

  check(request: VenueRequest): SignedRequest | VenueAnswer {
    const key = this.accounts.byApiKey(request.headers['api-key'] ?? '');
    if (key === undefined) return INVALID_KEY;
    const { body, path } = request;
    const params = paramsOf(request);
    const nonce = params.get('nonce') ?? '';
    if (!/^\d{1,20}$/.test(nonce)) return failure('EAPI:Invalid nonce');
    const expected = krakenSignature({ secret: key.secret, path, nonce, body });
    if (!sameSignature(request.headers['api-sign'], expected)) {
      return INVALID_KEY;
    }
    const last = this.lastNonces.get(key.apiKey) ?? -1n;
    if (BigInt(nonce) <= last) return failure('EAPI:Invalid nonce');
    this.lastNonces.set(key.apiKey, BigInt(nonce));
    return { key, params };
  }
}

/** A form, or a JSON object of plain values. */
function paramsOf({ body, headers }: VenueRequest): ReadonlyMap<string, string> {
  if (!(headers['content-type'] ?? '').includes('json')) return new Map(new URLSearchParams(body));
  const entries = Object.entries(asFields(parseJson(body)) ?? {});
  return new Map(entries.map(([name, value]) => [name, String(value)]));
}
