import { readFileSync } from 'node:fs';
import type { RunRecord } from '../../src/domain/run-record.ts';
import { GOLDEN, smallRun, textOf } from '../golden/small-run.ts';

describe('a small run', () => {
  it('leaves the record that is kept, byte for byte', async () => {
    // The formatter has its own lines for the file; everything else is compared as text.
    const kept = JSON.parse(readFileSync(GOLDEN, 'utf8')) as RunRecord;
    expect(textOf(await smallRun())).toBe(textOf(kept));
  });
});
