import { randomBytes } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AtsError } from '@ats/domain';

/** 256 bits, which are 43 characters. */
const SECRET_BYTES = 32;
const SECRET_PATTERN = /^[A-Za-z0-9_-]{43}$/;
const OTHERS = 0o077;

/** A secret that is kept in a file, and whether it was made just now. */
export interface KeptSecret {
  readonly text: string;
  readonly made: boolean;
}

export interface SecretFile {
  readonly path: string;
  /** The configuration's field of the path, for messages. */
  readonly field: string;
  /** What to do when the file cannot be used. */
  readonly remedy: string;
}

/**
 * Reads the secret that an earlier start made, or makes one, readable by this user alone. A file
 * that others can read, or that holds something else, is refused rather than used. Of two
 * processes that start at once both get the same one.
 * @throws CONFIG_INVALID
 */
export function readOrMakeSecret(file: SecretFile): KeptSecret {
  const text = randomBytes(SECRET_BYTES).toString('base64url');
  const made = makeFile(file, `${text}\n`);
  return { text: made ? text : secretIn(file, readPrivate(file)), made };
}

/** Reads a file that only its owner may read, or makes it whole. @throws CONFIG_INVALID */
export function readOrMakeFile(file: SecretFile, contents: string): string {
  return existsSync(file.path) || !makeFile(file, contents) ? readPrivate(file) : contents;
}

/** @returns false when it is there already: of two who begin at once both get the same one */
export function makeFile(file: SecretFile, contents: string | Uint8Array): boolean {
  const { path } = file;
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(draft, contents, { flag: 'wx', mode: 0o600 });
    try {
      // Linking is all or nothing: nobody ever reads half a secret.
      linkSync(draft, path);
    } finally {
      unlinkSync(draft);
    }
    return true;
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw unusable(file, `cannot be written (${code})`, cause);
  }
}

/** @returns undefined when there is no such file. @throws CONFIG_INVALID */
export function readSecret(file: SecretFile): string | undefined {
  return existsSync(file.path) ? secretIn(file, readPrivate(file)) : undefined;
}

function secretIn(file: SecretFile, text: string): string {
  const stored = text.trim();
  if (!SECRET_PATTERN.test(stored)) throw unusable(file, 'does not hold a secret of ours');
  return stored;
}

function readPrivate(file: SecretFile): string {
  try {
    if ((statSync(file.path).mode & OTHERS) !== 0) throw unusable(file, 'can be read by others');
    return readFileSync(file.path, 'utf8');
  } catch (cause) {
    throw cause instanceof AtsError ? cause : unusable(file, 'cannot be read', cause);
  }
}

function unusable({ path, field, remedy }: SecretFile, why: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `${field}: ${path} ${why}`,
    remedy,
    context: { field, value: path },
    cause,
  });
}
