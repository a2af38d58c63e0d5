import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Secret } from '@ats/domain';
import type { Entropy } from '../entropy.ts';
import type { MasterKey } from '../vault/envelope.ts';
import { masterKeyOfPassphrase, masterKeyOfText } from '../vault/master-keys.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { makeFile, readOrMakeSecret, readSecret } from './secret-file.ts';

const REMEDY = 'Put back the file that sealed the vault: without it nothing can be opened.';
const SALT_BYTES = 16;

export interface MasterKeyOptions {
  readonly file: string;
  readonly masterKey?: Secret | undefined;
  readonly passphrase?: Secret | undefined;
  readonly previousKey?: Secret | undefined;
  readonly saltFile: string;
  readonly entropy: Entropy;
}

export type MasterKeys = readonly [MasterKey, ...MasterKey[]];

/**
 * The keys that open the vault, the one that seals first: configured, from a passphrase, or in a
 * file that the first start makes. @throws CONFIG_INVALID
 */
export function openMasterKeys(options: MasterKeyOptions): MasterKeys {
  const { masterKey, passphrase, previousKey, file } = options;
  const before = previousKey === undefined ? [] : keysBefore(previousKey, options);
  if (masterKey !== undefined) return [masterKeyOfText(masterKey.reveal()), ...before];
  if (passphrase !== undefined) {
    return [masterKeyOfPassphrase(passphrase.reveal(), readOrMakeSalt(options)), ...before];
  }
  const kept = readOrMakeSecret({ path: file, field: 'access.masterKeyFile', remedy: REMEDY });
  return [masterKeyOfText(kept.text), ...before, ...fileBefore(file)];
}

/** What was configured before may have been a key or a passphrase. */
function keysBefore(previous: Secret, { saltFile }: MasterKeyOptions): readonly MasterKey[] {
  const asKey = masterKeyOfText(previous.reveal());
  if (!existsSync(saltFile)) return [asKey];
  return [asKey, masterKeyOfPassphrase(previous.reveal(), readFileSync(saltFile))];
}

/** A key that a rotation had begun to replace, where it was killed before its end. */
function fileBefore(file: string): readonly MasterKey[] {
  const path = `${file}.previous`;
  const text = readSecret({ path, field: 'access.masterKeyFile', remedy: REMEDY });
  return text === undefined ? [] : [masterKeyOfText(text)];
}

/** Makes a new key in the file; the old one stays beside it until `drop` is called. */
export async function renewMasterKeyFile(
  file: string,
  entropy: Entropy,
): Promise<{ readonly keys: MasterKeys; drop(): Promise<void> }> {
  const old = await readFile(file, 'utf8');
  const text = entropy.bytes(32).toString('base64url');
  await writeFileAtomically(`${file}.previous`, Buffer.from(old));
  await writeFileAtomically(file, Buffer.from(`${text}\n`));
  return {
    keys: [masterKeyOfText(text), masterKeyOfText(old.trim())],
    drop: () => writeFileAtomically(`${file}.previous`, Buffer.from(`${text}\n`)),
  };
}

function readOrMakeSalt({ saltFile: path, entropy }: MasterKeyOptions): Uint8Array {
  if (existsSync(path)) return readFileSync(path);
  const salt = entropy.bytes(SALT_BYTES);
  const made = makeFile({ path, field: 'access.passphrase', remedy: REMEDY }, salt);
  return made ? salt : readFileSync(path);
}
