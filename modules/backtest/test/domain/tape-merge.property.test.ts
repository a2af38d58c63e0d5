import fc from 'fast-check';
import { mergeTapes, type Tape } from '../../src/index.ts';
import { memoryTape, tradeBatch } from '../adapters/tapes/memory-tape.ts';

const NAMES = ['a:X/Y', 'b:X/Y', 'c:X/Y'];

/** For each tape its batches, each a list of steps of time; small ones so that times are equal. */
const tapes = fc.array(fc.array(fc.array(fc.nat(2), { maxLength: 5 }), { maxLength: 4 }), {
  maxLength: 4,
});

interface Row {
  readonly at: number;
  readonly tape: number;
  readonly price: number;
  readonly market: string;
}

function build(steps: readonly (readonly (readonly number[])[])[]) {
  const rows: Row[] = [];
  const made = steps.map((batches, tape): Tape => {
    let at = 0;
    const own = [NAMES[tape % 3] as string, NAMES[(tape + 1) % 3] as string];
    const read = batches.map((batch) =>
      tradeBatch(
        batch.map((step) => {
          at += step;
          const price = rows.length + 1;
          rows.push({ at, tape, price, market: own[price % 2] as string });
          return { at, price, market: price % 2 };
        }),
      ),
    );
    return memoryTape({ markets: own, batches: read });
  });
  return { rows, made };
}

async function merged(made: readonly Tape[]): Promise<Row[]> {
  const cursor = mergeTapes(made);
  const seen: Row[] = [];
  while (await cursor.load()) {
    while (cursor.next()) {
      const { batch, row, timeUs: at, tape } = cursor;
      const found = cursor.markets[cursor.market];
      const price = batch.kind === 'trade' ? (batch.price[row] as number) : 0;
      seen.push({ at, tape, price, market: `${found?.venue}:${found?.instrument}` });
    }
  }
  await cursor.close();
  return seen;
}

describe('merged tapes', () => {
  it('have the order of a stable sort by time, whatever the batches', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, async (steps) => {
        const { rows, made } = build(steps);
        // Rows were made tape after tape, so that a stable sort leaves ties in order of tapes.
        expect(await merged(made)).toEqual(rows.toSorted((one, other) => one.at - other.at));
      }),
      { numRuns: 300 },
    );
  });

  it('merge the parts of a tape, and end when they are closed early', async () => {
    const parts = [
      memoryTape({
        markets: ['a:X/Y'],
        batches: [
          tradeBatch([
            { at: 1, price: 1 },
            { at: 4, price: 4 },
          ]),
        ],
      }),
      memoryTape({ markets: ['a:X/Y'], batches: [tradeBatch([{ at: 2, price: 2 }])] }),
    ];
    const whole: Tape = { ...memoryTape({ markets: ['a:X/Y'], batches: [] }), parts };
    expect((await merged([whole])).map(({ price }) => price)).toEqual([1, 2, 4]);
    const cursor = mergeTapes([whole]);
    await cursor.load();
    expect(cursor.next()).toBe(true);
    await cursor.close();
    expect(await cursor.load()).toBe(false);
    expect(cursor.next()).toBe(false);
  });
});
