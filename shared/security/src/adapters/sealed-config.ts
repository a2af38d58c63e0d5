import { existsSync } from 'node:fs';
import { AtsError, Secret } from '@ats/domain';
import { type ConfigTree, type OpenSealed, SEALED_PREFIX, valueAt } from '@ats/runtime';
import type { Entropy } from '../entropy.ts';
import { type MasterKey, masterKeyIdOf, seal, unseal } from '../vault/envelope.ts';
import { type MasterKeys, openMasterKeys } from './master-key-file.ts';
import { systemEntropy } from './system-entropy.ts';

/** What the key itself is found by cannot be sealed by it. */
const NEVER_SEALED = [
  ...['security.folder', 'access.masterKey', 'access.passphrase', 'access.previousKey'],
];

/** A sealed value proves its own path: it opens nowhere else. */
const documentOf = (path: string): string => `config:${path}`;

/** @returns the text to write into a file in place of the secret. @throws CONFIG_INVALID */
export function sealConfigValue(
  { path, secret }: { readonly path: string; readonly secret: string },
  key: MasterKey,
  entropy: Entropy,
): string {
  if (NEVER_SEALED.includes(path)) throw notSealable(path);
  const contents = Buffer.from(secret, 'utf8');
  const sealed = seal({ name: documentOf(path), contents }, key, entropy);
  return `${SEALED_PREFIX}${sealed.toString('base64url')}`;
}

/** Opens the encrypted values of files with the master key that the settings lead to. */
export const openSealedConfig: OpenSealed = (values) => {
  const keys = configKeysOf(values, { make: false });
  return ({ path, text }) => {
    if (NEVER_SEALED.includes(path)) throw notSealable(path);
    const sealed = Buffer.from(text.slice(SEALED_PREFIX.length), 'base64url');
    const id = masterKeyIdOf(sealed);
    if (id === undefined) throw refused(path, 'it was cut off or changed');
    const key = keys.find((one) => one.id === id);
    if (key === undefined) throw refused(path, `it is sealed by another master key, ${id}`);
    const contents = unseal({ name: documentOf(path), sealed }, key);
    if (contents === undefined) throw refused(path, 'it was changed, or sealed for another key');
    return contents.toString('utf8');
  };
};

/**
 * The keys of the vault, from settings that are not parsed yet.
 * @throws CONFIG_INVALID, CONFIG_SEALED
 */
export function configKeysOf(values: ConfigTree, { make }: { readonly make: boolean }): MasterKeys {
  const text = (path: string): string | undefined => {
    const value = valueAt(values, path.split('.'));
    return value === undefined || value === null ? undefined : String(value);
  };
  const secret = (path: string) => {
    const found = text(path);
    return found === undefined ? undefined : new Secret(found);
  };
  const folder = text('security.folder') ?? '.';
  const [masterKey, passphrase] = [secret('access.masterKey'), secret('access.passphrase')];
  const [file, saltFile] = [`${folder}/master-key`, `${folder}/passphrase-salt`];
  const kept = passphrase === undefined ? file : saltFile;
  if (!make && masterKey === undefined && !existsSync(kept)) throw noKey(kept);
  const previousKey = secret('access.previousKey');
  const entropy = systemEntropy;
  return openMasterKeys({ masterKey, passphrase, previousKey, file, saltFile, entropy });
}

const refused = (path: string, why: string): AtsError =>
  new AtsError({ code: 'CONFIG_SEALED', message: why, context: { field: path, value: '***' } });

const noKey = (file: string): AtsError =>
  new AtsError({
    code: 'CONFIG_SEALED',
    message: `there is no master key: neither access.masterKey nor ${file}`,
    context: { field: 'access.masterKey', value: file },
  });

const notSealable = (path: string): AtsError =>
  new AtsError({
    code: 'CONFIG_SEALED',
    message: 'the key that opens encrypted values is found by it: it cannot be encrypted',
    remedy: 'Give it in the environment: ATS_ACCESS__MASTER_KEY or ATS_ACCESS__PASSPHRASE.',
    context: { field: path, value: '***' },
  });
