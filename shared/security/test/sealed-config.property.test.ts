import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AtsError } from '@ats/domain';
import { type LoadedConfig, loadConfig, valueAt, withoutSecrets } from '@ats/runtime';
import fc from 'fast-check';
import { configKeysOf, openSealedConfig, sealConfigValue, systemEntropy } from '../src/index.ts';

const folder = join(import.meta.dirname, '../../../config');
const PATH = 'venueGateway.accounts.kraken.secret';
const keyed = (masterKey: string) => ({
  access: { masterKey },
  security: { folder: mkdtempSync(join(tmpdir(), 'ats-sealed-')) },
});
const values = keyed('a master key of this test');

function sealed(secret: string, path = PATH, from = values): string {
  const [key] = configKeysOf(from, { make: true });
  return sealConfigValue({ path, secret }, key, systemEntropy);
}

function load(yaml: string, assignments: string[] = []): LoadedConfig {
  const file = join(mkdtempSync(join(tmpdir(), 'ats-sealed-')), 'my.yaml');
  writeFileSync(file, yaml);
  const environment = { ATS_ACCESS__MASTER_KEY: 'a master key of this test' };
  return loadConfig({ folder, file, environment, assignments, openSealed: openSealedConfig });
}

function refusal(run: () => unknown): AtsError {
  try {
    run();
  } catch (error) {
    return error as AtsError;
  }
  throw new Error('nothing was refused');
}

const atKraken = (text: string) => `venueGateway: { accounts: { kraken: { secret: '${text}' } } }`;

describe('an encrypted setting', () => {
  test('is open when it is loaded, and shown nowhere', () => {
    const loaded = load(atKraken(sealed('c2VjcmV0')));
    expect(valueAt(loaded.values, PATH.split('.'))).toBe('c2VjcmV0');
    expect(loaded.sealed).toEqual([PATH]);
    const shown = withoutSecrets(loaded.values, loaded.sealed);
    expect(valueAt(shown, PATH.split('.'))).toBe('***');
  });

  test('is shown nowhere under a name that is no secret either', () => {
    const loaded = load(`engine: { account: '${sealed('hidden', 'engine.account')}' }`);
    expect(JSON.stringify(withoutSecrets(loaded.values, loaded.sealed))).not.toContain('hidden');
  });

  test('that was moved to another key is refused, naming the key', () => {
    const yaml = `venueGateway: { accounts: { binance: { secret: '${sealed('s')}' } } }`;
    const { code, message } = refusal(() => load(yaml));
    expect(code).toBe('CONFIG_SEALED');
    expect(message).toContain(
      'venueGateway.accounts.binance.secret: it was changed, or sealed for',
    );
  });

  test('in which any bit was flipped is refused', () => {
    const text = sealed('some secret');
    const bytes = Buffer.from(text.slice('enc:v1:'.length), 'base64url');
    const open = openSealedConfig(values);
    fc.assert(
      fc.property(fc.nat({ max: bytes.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(bytes);
        const at = bit >> 3;
        changed.writeUInt8(changed.readUInt8(at) ^ (1 << (bit & 7)), at);
        const moved = `enc:v1:${changed.toString('base64url')}`;
        expect(refusal(() => open({ path: PATH, text: moved })).code).toBe('CONFIG_SEALED');
      }),
    );
  });

  test('opens whatever text it was made of', () => {
    const open = openSealedConfig(values);
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (secret) => {
        expect(open({ path: PATH, text: sealed(secret) })).toBe(secret);
      }),
    );
  });

  test('of another master key is refused, naming that key', () => {
    const other = keyed('quite another master key');
    const [key] = configKeysOf(other, { make: true });
    const { message } = refusal(() => load(atKraken(sealed('s', PATH, other))));
    expect(message).toContain(`it is sealed by another master key, ${key.id}`);
  });

  test('opens with the key before, while that is configured', () => {
    const next = { ...keyed('the master key that is next'), access: {} as Record<string, string> };
    next.access = {
      masterKey: 'the master key that is next',
      previousKey: values.access.masterKey,
    };
    expect(openSealedConfig(next)({ path: PATH, text: sealed('s') })).toBe('s');
  });

  test('opens with a passphrase', () => {
    const by = { access: { passphrase: 'correct horse battery' }, security: values.security };
    const [key] = configKeysOf(by, { make: true });
    const text = sealConfigValue({ path: PATH, secret: 's' }, key, systemEntropy);
    expect(openSealedConfig(by)({ path: PATH, text })).toBe('s');
  });

  test('needs a master key, and makes none by being read', () => {
    const none = { access: {}, security: { folder: join(tmpdir(), 'ats-no-such-folder') } };
    const { code, message } = refusal(() => openSealedConfig(none));
    expect([code, message]).toEqual(['CONFIG_SEALED', expect.stringContaining('no master key')]);
  });

  test('cannot be the key that opens it', () => {
    const [key] = configKeysOf(values, { make: true });
    const seal = () =>
      sealConfigValue({ path: 'access.masterKey', secret: 's' }, key, systemEntropy);
    expect(refusal(seal).code).toBe('CONFIG_SEALED');
  });

  test('and all others that fail are named together', () => {
    const kraken = "{ secret: 'enc:v1:AAAA', apiKey: 'enc:v1:' }";
    const yaml = `venueGateway: { accounts: { kraken: ${kraken} } }`;
    const { message } = refusal(() => load(yaml));
    expect(message).toContain('kraken.secret: it was cut off');
    expect(message).toContain('kraken.apiKey: it was cut off');
  });
});
