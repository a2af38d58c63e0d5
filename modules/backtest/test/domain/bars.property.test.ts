import fc from 'fast-check';
import { type Bar, barsOf } from '../../src/index.ts';
import { memoryTape, tradeBatch } from '../adapters/tapes/memory-tape.ts';

async function barsFrom(rows: Parameters<typeof tradeBatch>[0], lengthUs: number): Promise<Bar[]> {
  const tape = memoryTape({ markets: ['a:X/Y', 'b:X/Y'], batches: [tradeBatch(rows)] });
  const bars: Bar[] = [];
  for await (const bar of barsOf(tape, { lengthUs, source: 'trades' })) bars.push(bar);
  return bars;
}

describe('bars', () => {
  it('hold every row of their span once, and are those of a naive grouping', async () => {
    const rows = fc.array(
      fc.record({ step: fc.nat(30), market: fc.nat(1), price: fc.integer({ min: 1, max: 9 }) }),
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 25 }), async (steps, lengthUs) => {
        let at = 0;
        const timed = steps.map(({ step, market, price }) => {
          at += step;
          return { at, market, price };
        });
        const spans = Map.groupBy(timed, (row) => `${row.market} ${Math.floor(row.at / lengthUs)}`);
        const wanted = [...spans.values()].map((own) => {
          const prices = own.map(({ price }) => price);
          return {
            market: own[0]?.market,
            startUs: Math.floor((own[0]?.at ?? 0) / lengthUs) * lengthUs,
            lengthUs,
            open: prices[0],
            high: Math.max(...prices),
            low: Math.min(...prices),
            close: prices.at(-1),
            volume: prices.length,
            count: prices.length,
          };
        });
        const bars = await barsFrom(timed, lengthUs);
        expect(bars).toHaveLength(wanted.length);
        expect(bars).toEqual(expect.arrayContaining(wanted));
        const ends = bars.map(({ startUs }) => startUs);
        expect(ends).toEqual(ends.toSorted((one, other) => one - other));
      }),
    );
  });
});
