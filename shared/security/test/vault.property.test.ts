import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { systemEntropy } from '../src/index.ts';
import { masterKeyIdOf, seal, unseal } from '../src/vault/envelope.ts';
import { masterKeyOf, masterKeyOfPassphrase } from '../src/vault/master-keys.ts';

const master = masterKeyOf(randomBytes(32));

describe('sealed documents', () => {
  it('give back what was sealed, and nothing after any bit was flipped', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.nat(7), (contents, at, bit) => {
        const sealed = seal({ name: 'people', contents }, master, systemEntropy);
        const opened = unseal({ name: 'people', sealed }, master);
        expect(opened?.equals(contents)).toBe(true);
        const place = at % sealed.length;
        sealed[place] = (sealed[place] ?? 0) ^ (1 << bit);
        expect(unseal({ name: 'people', sealed }, master)).toBeUndefined();
      }),
    );
  });

  it('open under their own name and key alone', () => {
    const sealed = seal({ name: 'people', contents: Buffer.from('x') }, master, systemEntropy);
    expect(unseal({ name: 'keys', sealed }, master)).toBeUndefined();
    const other = masterKeyOf(randomBytes(32));
    expect(unseal({ name: 'people', sealed }, other)).toBeUndefined();
    // A key that pretends to be the right one opens nothing either.
    expect(unseal({ name: 'people', sealed }, { ...other, id: master.id })).toBeUndefined();
    expect(masterKeyIdOf(sealed)).toBe(master.id);
  });

  it('are cut short or grown for nobody', () => {
    const sealed = seal({ name: 'people', contents: Buffer.from('x') }, master, systemEntropy);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(
        unseal({ name: 'people', sealed: sealed.subarray(0, length) }, master),
      ).toBeUndefined();
    }
    const grown = Buffer.concat([sealed, Buffer.of(0)]);
    expect(unseal({ name: 'people', sealed: grown }, master)).toBeUndefined();
  });

  it('have the same key for the same passphrase and salt', async () => {
    const salt = Buffer.alloc(16, 7);
    const [one, two, other] = await Promise.all([
      masterKeyOfPassphrase('correct horse battery', salt),
      masterKeyOfPassphrase('correct horse battery', salt),
      masterKeyOfPassphrase('correct horse battery!', salt),
    ]);
    expect(one.id).toBe(two.id);
    expect(one.id).not.toBe(other.id);
  });
});
