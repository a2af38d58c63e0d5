import { createHash } from 'node:crypto';
import { generateURI, ScureBase32Plugin, verifySync } from 'otplib';
import QRCode from 'qrcode';
import type { Entropy } from './entropy.ts';

/** RFC 4226, section 4, asks for 160 bits. */
const SECRET_BYTES = 20;
const STEP_SECONDS = 30;
const CODE = /^\d{6}$/;
const BACKUP_CODES = 10;
/** 64 bits: nobody guesses one, so that a plain digest keeps them. */
const BACKUP_CODE_BYTES = 8;
const base32 = new ScureBase32Plugin();

/** @returns a new secret in base32 */
export const newTotpSecret = (entropy: Entropy): string =>
  base32.encode(entropy.bytes(SECRET_BYTES), { padding: false });

/** The secret as authenticators take it. Source: the key URI format of Google Authenticator. */
export const totpUri = (secret: string, userName: string): string =>
  generateURI({ issuer: 'ATS', label: userName, secret });

/** A QR code as an image for a page and as text for a terminal. */
export async function qrCodes(
  uri: string,
): Promise<{ readonly svg: string; readonly text: string }> {
  const svg = await QRCode.toString(uri, { type: 'svg' });
  return { svg, text: await QRCode.toString(uri, { type: 'utf8' }) };
}

/**
 * Checks a code of the present step or of the ones beside it (RFC 6238, section 5.2).
 * @returns the step, which the caller takes once; undefined for a wrong code
 */
export function totpStep(
  given: { readonly secret: string; readonly code: string },
  nowUs: number,
): number | undefined {
  const { secret, code } = given;
  if (!CODE.test(code)) return undefined;
  const epoch = Math.floor(nowUs / 1_000_000);
  const options = { strategy: 'totp', secret, token: code, epoch, period: STEP_SECONDS } as const;
  const result = verifySync({ ...options, epochTolerance: STEP_SECONDS });
  if (!result.valid) return undefined;
  return Math.floor(epoch / STEP_SECONDS) + ('delta' in result ? result.delta : 0);
}

/** Codes for the day the authenticator is lost; each is good once. */
export function newBackupCodes(entropy: Entropy): readonly string[] {
  return Array.from({ length: BACKUP_CODES }, () => {
    const text = entropy.bytes(BACKUP_CODE_BYTES).toString('hex');
    return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8, 12)}-${text.slice(12)}`;
  });
}

/** What is kept of a secret that nobody can guess. @returns SHA-256 in base64url */
export const digestOf = (secret: string): string =>
  createHash('sha256').update(secret, 'utf8').digest('base64url');
