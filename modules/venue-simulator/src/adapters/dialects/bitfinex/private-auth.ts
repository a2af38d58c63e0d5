import type {
  AccountKey,
  VenueAccounts,
  VenueAnswer,
  VenueRequest,
} from '../../../app/dialect-server.ts';
import { asFields, type Fields, parseJson } from '../shared/parse.ts';
import { hmac, sameSignature } from '../shared/private.ts';
import { BAD_DIGEST, BAD_KEY, BAD_NONCE, invalid } from './errors.ts';

export interface SignedRequest {
  readonly key: AccountKey;
  readonly params: Fields;
}

/** @returns what a request has to be signed with, in hexadecimal digits. */
export function bitfinexSignature(parts: {
  readonly secret: string;
  readonly path: string;
  readonly nonce: string;
  readonly body: string;
}): string {
  const { secret, path, nonce, body } = parts;
  const payload = `/api${path}${nonce}${body}`;
  return hmac({ algorithm: 'sha384', secret, payload, encoding: 'hex' });
}

/**
 * Checks key and signature, and that each nonce of a key is above the one before.
 * Source: docs.bitfinex.com, "Authenticated endpoints".
 */
export class BitfinexAuthenticator {
  private readonly accounts: VenueAccounts;
  private readonly lastNonces = new Map<string, bigint>();

  constructor(accounts: VenueAccounts) {
    this.accounts = accounts;
  }

  check(request: VenueRequest): SignedRequest | VenueAnswer {
    const { headers, path, body } = request;
    const key = this.accounts.byApiKey(headers['bfx-apikey'] ?? '');
    if (key === undefined) return BAD_KEY;
    const nonce = headers['bfx-nonce'] ?? '';
    if (!/^\d{1,20}$/.test(nonce)) return invalid('nonce');
    const expected = bitfinexSignature({ secret: key.secret, path, nonce, body });
    if (!sameSignature(headers['bfx-signature']?.toLowerCase(), expected)) return BAD_DIGEST;
    if (!this.rises(key.apiKey, nonce)) return BAD_NONCE;
    const params = body === '' ? {} : asFields(parseJson(body));
    return params === undefined ? invalid('body') : { key, params };
  }

  /** An `auth` event; its nonces rise apart from those of requests. */
  checkEvent(event: Fields): AccountKey | VenueAnswer {
    const { apiKey, authSig, authPayload, authNonce } = event;
    const key = this.accounts.byApiKey(String(apiKey));
    if (key === undefined) return BAD_KEY;
    const { secret } = key;
    const payload = String(authPayload);
    const expected = hmac({ algorithm: 'sha384', secret, payload, encoding: 'hex' });
    if (!sameSignature(String(authSig).toLowerCase(), expected)) return BAD_DIGEST;
    const nonce = String(authNonce);
    if (!/^\d{1,20}$/.test(nonce) || payload !== `AUTH${nonce}`) return BAD_DIGEST;
    return this.rises(`stream ${key.apiKey}`, nonce) ? key : BAD_NONCE;
  }

  private rises(name: string, nonce: string): boolean {
    if (BigInt(nonce) <= (this.lastNonces.get(name) ?? -1n)) return false;
    this.lastNonces.set(name, BigInt(nonce));
    return true;
  }
}
