import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { type Entropy, newId } from './entropy.ts';

const ALGORITHM = 'HS256';
const ISSUER = 'ats';
const SECOND_US = 1_000_000;
/** Nothing longer is looked at. */
const TOKEN_LENGTH_MAX = 4096;

/** What a token is for; one for another use is refused. */
export type Audience = 'ats' | 'ats-refresh' | 'ats-challenge';

/** A key that signs, as the vault keeps it. */
export interface SigningKey {
  readonly id: string;
  /** 256 bits in base64url. */
  readonly secret: string;
  readonly createdAtUs: number;
}

/** What a token says. */
export interface Claims {
  readonly userName: string;
  readonly sessionId: string;
  /** Of a refresh token: which of the session's, counted from 1. */
  readonly generation?: number | undefined;
  readonly expiresAtUs: number;
}

export const newSigningKey = (entropy: Entropy, createdAtUs: number): SigningKey => {
  return { id: newId(entropy), secret: entropy.bytes(32).toString('base64url'), createdAtUs };
};

/** Signs tokens with the newest key and reads those of every key that is kept (RFC 7519). */
export class TokenSigner {
  private readonly keys: ReadonlyMap<string, KeyObject>;
  private readonly newest: string;

  /** @param keys the newest first */
  constructor(keys: readonly [SigningKey, ...SigningKey[]]) {
    // As a KeyObject: a text would be made one at each call, which costs twenty times the rest.
    this.keys = new Map(
      keys.map(({ id, secret }) => [id, createSecretKey(Buffer.from(secret, 'base64url'))]),
    );
    this.newest = keys[0].id;
  }

  sign(claims: Claims, audience: Audience, nowUs: number): string {
    const { userName, sessionId, generation, expiresAtUs } = claims;
    const iat = Math.floor(nowUs / SECOND_US);
    const exp = Math.floor(expiresAtUs / SECOND_US);
    const said = { sub: userName, sid: sessionId, gen: generation, iat, exp };
    const payload = Object.fromEntries(
      Object.entries(said).filter(([, value]) => value !== undefined),
    );
    const key = this.keys.get(this.newest) as KeyObject;
    const options = { algorithm: ALGORITHM, keyid: this.newest, issuer: ISSUER, audience } as const;
    return jwt.sign(payload, key, options);
  }

  /** @returns undefined for a token that is forged, expired, or for another use */
  read(token: string, audience: Audience, nowUs: number): Claims | undefined {
    if (token.length > TOKEN_LENGTH_MAX) return undefined;
    try {
      const id = jwt.decode(token, { complete: true })?.header.kid;
      const key = id === undefined ? undefined : this.keys.get(id);
      if (key === undefined) return undefined;
      const clockTimestamp = Math.floor(nowUs / SECOND_US);
      const options = {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience,
        clockTimestamp,
      } as const;
      const payload = jwt.verify(token, key, { ...options, algorithms: [ALGORITHM] });
      return typeof payload === 'string' ? undefined : claimsOf(payload);
    } catch {
      return undefined;
    }
  }
}

function claimsOf(payload: jwt.JwtPayload): Claims | undefined {
  const { sub, exp, sid, gen } = payload as Readonly<Record<string, unknown>>;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof exp !== 'number')
    return undefined;
  return {
    userName: sub,
    sessionId: sid,
    generation: typeof gen === 'number' ? gen : undefined,
    expiresAtUs: exp * SECOND_US,
  };
}
