import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AtsError, Secret } from '@ats/domain';
import type { Token } from '../domain/permissions.ts';

/** 256 bits, which are 43 characters. */
const TOKEN_BYTES = 32;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;
const OTHERS = 0o077;

/** A token that allows everything, and whether it was made just now. */
export interface GeneratedToken {
  readonly token: Token;
  readonly made: boolean;
}

/**
 * Reads the token that an earlier start made, or makes one, readable by this user alone. A file
 * that others can read, or that holds something else, is refused rather than used.
 * @throws CONFIG_INVALID
 */
export function readOrMakeToken(path: string): GeneratedToken {
  const text = randomBytes(TOKEN_BYTES).toString('base64url');
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${text}\n`, { flag: 'wx', mode: 0o600 });
    return { token: allowingAll(text), made: true };
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw unusable(path, `cannot be written (${code})`, cause);
  }
  let stored: string;
  try {
    if ((statSync(path).mode & OTHERS) !== 0) throw unusable(path, 'can be read by others');
    stored = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw cause instanceof AtsError ? cause : unusable(path, 'cannot be read', cause);
  }
  if (!TOKEN_PATTERN.test(stored)) throw unusable(path, 'does not hold a token');
  return { token: allowingAll(stored), made: false };
}

const allowingAll = (text: string): Token => ({
  name: 'generated',
  token: new Secret(text),
  accounts: ['*'],
  actions: ['*'],
});

function unusable(path: string, why: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `gateway.tokenFile: ${path} ${why}`,
    remedy: 'Remove the file to have a new token made, or configure gateway.tokens.',
    context: { field: 'gateway.tokenFile', value: path },
    cause,
  });
}
