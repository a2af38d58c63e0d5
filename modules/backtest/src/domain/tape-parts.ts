import { sumBadRows } from './bad-row-tally.ts';
import { sliceBatch } from './batch-rows.ts';
import type { Tape, TapeBatch, TapeMarket, TapeRange } from './tape.ts';
import { mergeTapes } from './tape-merge.ts';

/** One tape of several that share its markets, one for each kind of row. */
export function tapeOfParts(whole: {
  readonly name: string;
  readonly markets: readonly TapeMarket[];
  readonly parts: readonly Tape[];
}): Tape {
  const { parts } = whole;
  const [only] = parts;
  return {
    ...whole,
    batches: (range) =>
      only !== undefined && parts.length === 1 ? only.batches(range) : runs(parts, range),
    badRows: () => sumBadRows(parts.map((part) => part.badRows())),
  };
}

/** Rows of several kinds in order: a batch ends where a row of another kind comes between. */
async function* runs(parts: readonly Tape[], range: TapeRange = {}): AsyncGenerator<TapeBatch> {
  const cursor = mergeTapes(parts, range);
  try {
    while (await cursor.load()) {
      let batch: TapeBatch | undefined;
      let from = 0;
      let to = 0;
      while (cursor.next()) {
        if (cursor.batch !== batch || cursor.row !== to) {
          if (batch !== undefined) yield sliceBatch(batch, from, to);
          batch = cursor.batch;
          from = cursor.row;
        }
        to = cursor.row + 1;
      }
      if (batch !== undefined) yield sliceBatch(batch, from, to);
    }
  } finally {
    await cursor.close();
  }
}
