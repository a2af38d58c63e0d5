import { createHmac, timingSafeEqual } from 'node:crypto';
import { Decimal } from '@ats/domain';

const DECIMAL = /^\d{1,20}(\.\d{0,18})?$/;

/** @returns a decimal of 0 or more; undefined when the text is none. */
export function asDecimal(text: string | null | undefined): Decimal | undefined {
  return text !== null && text !== undefined && DECIMAL.test(text)
    ? Decimal.parse(text)
    : undefined;
}

/** @returns whether a client's signature is the one expected, whatever its length. */
export function sameSignature(given: string | undefined, expected: string): boolean {
  if (given === undefined) return false;
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** HMAC of text or bytes. */
export function hmac(input: {
  readonly algorithm: 'sha256' | 'sha384' | 'sha512';
  readonly secret: string | Buffer;
  readonly payload: string | Buffer;
  readonly encoding: 'hex' | 'base64' | 'base64url';
}): string {
  return createHmac(input.algorithm, input.secret).update(input.payload).digest(input.encoding);
}

/** A decimal without trailing zeros: `1.50` is `1.5`. */
export const plain = (value: Decimal): string => value.normalized().toString();
