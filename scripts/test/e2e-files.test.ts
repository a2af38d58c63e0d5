import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DISTRIBUTED, LEFT_OUT } from '@ats/e2e';

const FOLDER = join(import.meta.dirname, '../../e2e/test');

describe('the tests from outside', () => {
  it('each run on the distributed profile, or a reason says why not', () => {
    const there = readdirSync(FOLDER).map((file) => file.split('.')[0]);
    expect([...DISTRIBUTED, ...Object.keys(LEFT_OUT)].toSorted()).toEqual(there.toSorted());
  });
});
