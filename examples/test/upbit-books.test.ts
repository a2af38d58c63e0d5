import { join } from 'node:path';
import { replayFrames } from '@ats/price-collector';
import { systemClock, systemTimers } from '@ats/runtime';
import { dialect } from '../exchanges/upbit-books.ts';

const FIXTURES = join(import.meta.dirname, '../../modules/price-collector/test/fixtures');

describe('the adapter for the books of Upbit', () => {
  const replay = (dialects: readonly (typeof dialect)[]) =>
    replayFrames({
      ...{ file: join(FIXTURES, 'simulated-upbit.jsonl.gz'), dialects },
      ...{ clock: systemClock, timers: systemTimers },
    });

  it('builds the books that the native one builds of the same recording', async () => {
    const [own, native] = await Promise.all([replay([{ ...dialect, speaks: () => true }]), replay([])]);
    expect(Object.keys(own.books).length).toBeGreaterThan(0);
    expect(own).toMatchObject({ books: native.books });
  });
});
