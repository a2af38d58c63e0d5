import { AtsError } from '@ats/domain';
import { configKeys, EXIT, matchesPath } from '@ats/runtime';
import { configKeysOf, sealConfigValue, systemEntropy } from '@ats/security';
import { loadLayers } from '../app/configuration.ts';
import { askSecret } from '../app/person.ts';
import { type ConfigOptions, noSuchKey } from './config.ts';

/** Encrypts a secret for one key of a file, under the master key of the vault. */
export async function encryptValue(key: string, options: ConfigOptions): Promise<number> {
  const loaded = loadLayers(options, () => undefined);
  const path = key.split('.');
  const known = configKeys(loaded.schema ?? {}).filter(({ path: one }) => matchesPath(path, one));
  if (known.length === 0) throw noSuchKey(key, loaded);
  if (known.every(({ node, section }) => section || !takesText(node.type))) throw notText(key);
  const [master] = configKeysOf(loaded.values, { make: true });
  const secret = await askSecret(`The secret for ${key}`);
  if (secret === '') throw empty(key);
  const value = sealConfigValue({ path: key, secret }, master, systemEntropy);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ key, value, masterKeyId: master.id })}\n`);
    return EXIT.ok;
  }
  const under = path.slice(0, -1).join('.');
  process.stderr.write(`Paste it under ${under}; it opens for ${key} alone.\n`);
  process.stdout.write(`${path.at(-1)}: ${value}\n`);
  return EXIT.ok;
}

const takesText = (type: string | readonly string[] | undefined): boolean =>
  type === undefined || [type].flat().includes('string');

const notText = (key: string): AtsError =>
  new AtsError({
    code: 'CONFIG_INVALID',
    message: `${key} is no text: it cannot be encrypted`,
    remedy: 'Encrypt secrets only, such as venueGateway.accounts.kraken.secret.',
    context: { field: 'key', value: key },
  });

const empty = (key: string): AtsError =>
  new AtsError({
    code: 'CONFIG_INVALID',
    message: `the secret for ${key} is empty`,
    remedy: 'Type it at the prompt, or give it as one line of input.',
    context: { field: key, value: '' },
  });
