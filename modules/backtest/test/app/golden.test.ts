import { readFileSync } from 'node:fs';
import { GOLDEN, smallRun, textOf } from '../golden/small-run.ts';

describe('a small run', () => {
  it('leaves the record that is kept', async () => {
    const kept: unknown = JSON.parse(readFileSync(GOLDEN, 'utf8'));
    expect(JSON.parse(textOf(await smallRun()))).toEqual(kept);
  });
});
