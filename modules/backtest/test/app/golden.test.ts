import { readFileSync } from 'node:fs';
import { GOLDEN, smallRun, textOf } from '../golden/small-run.ts';

describe('a small run', () => {
  it('leaves the record that is kept', async () => {
    expect(textOf(await smallRun())).toBe(readFileSync(GOLDEN, 'utf8'));
  });
});
