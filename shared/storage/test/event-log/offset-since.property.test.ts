import { type LogRecord, offsetSince, type ReadOptions } from '@ats/storage';
import fc from 'fast-check';

/** A partition whose first records are gone, as after retention. */
function partition(first: number, times: readonly number[]) {
  const records = times.map((loggedAtUs, index) => ({ loggedAtUs, offset: first + index }));
  let reads = 0;
  return {
    reads: () => reads,
    records,
    log: {
      async read({ from, limit = 1 }: ReadOptions) {
        reads += 1;
        return records.filter(({ offset }) => offset >= from).slice(0, limit) as LogRecord[];
      },
    },
  };
}

describe('where a moment is in a log', () => {
  it('is never after the first record of that moment, and never a record too early', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.array(fc.nat(100), { maxLength: 300 }),
        fc.nat(110),
        async (first, times, sinceUs) => {
          const { log, records, reads } = partition(
            first,
            times.toSorted((a, b) => a - b),
          );
          const found = await offsetSince(log, { topic: 'trades', partition: 0, sinceUs });
          const wanted = records.filter(({ loggedAtUs }) => loggedAtUs >= sinceUs);
          expect(records.filter(({ offset }) => offset >= found)).toEqual(wanted);
          expect(reads()).toBeLessThan(30);
        },
      ),
    );
  });
});
