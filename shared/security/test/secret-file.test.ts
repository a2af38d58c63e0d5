import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOrMakeSecret } from '../src/index.ts';

describe('a secret in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ats-secret-'));
  const file = (name: string) => ({ path: join(folder, name), field: 'a.field', remedy: 'Mend.' });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is made once, for this user alone, and read ever after', () => {
    const made = readOrMakeSecret(file('deep/own'));
    expect(made).toEqual({ made: true, text: expect.stringMatching(/^[\w-]{43}$/) });
    expect(statSync(file('deep/own').path).mode & 0o777).toBe(0o600);
    expect(readOrMakeSecret(file('deep/own'))).toEqual({ made: false, text: made.text });
    expect(readdirSync(join(folder, 'deep'))).toEqual(['own']);
  });

  it('is refused when others can read it, or when it is something else', () => {
    readOrMakeSecret(file('open'));
    chmodSync(file('open').path, 0o644);
    const refused = {
      code: 'CONFIG_INVALID',
      context: expect.objectContaining({ field: 'a.field' }),
    };
    expect(() => readOrMakeSecret(file('open'))).toThrow(expect.objectContaining(refused));
    writeFileSync(file('other').path, 'hunter2\n', { mode: 0o600 });
    expect(() => readOrMakeSecret(file('other'))).toThrow(expect.objectContaining(refused));
  });
});
