import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
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
  const { path } = file;
  const text = randomBytes(SECRET_BYTES).toString('base64url');
  const draft = `${path}.${process.pid}.${text.slice(0, 8)}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, `${text}\n`, { flag: 'wx', mode: 0o600 });
    try {
      // Linking is all or nothing: nobody ever reads half a secret.
      linkSync(draft, path);
    } finally {
      unlinkSync(draft);
    }
    return { text, made: true };
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw unusable(file, `cannot be written (${code})`, cause);
  }
  return { text: readSecret(file), made: false };
}

function readSecret(file: SecretFile): string {
  let stored: string;
  try {
    if ((statSync(file.path).mode & OTHERS) !== 0) throw unusable(file, 'can be read by others');
    stored = readFileSync(file.path, 'utf8').trim();
  } catch (cause) {
    throw cause instanceof AtsError ? cause : unusable(file, 'cannot be read', cause);
  }
  if (!SECRET_PATTERN.test(stored)) throw unusable(file, 'does not hold a secret of ours');
  return stored;
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
