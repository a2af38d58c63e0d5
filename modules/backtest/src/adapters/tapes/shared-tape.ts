import { sliceBatch } from '../../domain/batch-rows.ts';
import type { BadRows, Tape, TapeBatch, TapeMarket, TapeRange } from '../../domain/tape.ts';
import { tapeOfParts } from '../../domain/tape-parts.ts';

/** A tape in memory that every thread sees: what a worker is handed is not copied. */
export interface SharedTape {
  readonly name: string;
  readonly markets: readonly TapeMarket[];
  readonly badRows: BadRows;
  readonly parts: readonly SharedPart[];
}

interface SharedPart {
  readonly name: string;
  readonly markets: readonly TapeMarket[];
  /** In order of receive time, on shared memory. */
  readonly batches: readonly TapeBatch[];
}

type Column = Float64Array | Uint16Array | Int8Array;

/** Columns begin at multiples of a double, and memory is handed out in pages. */
const ALIGNMENT = 8;
const PAGE_BYTES = 4096;
const upTo = (bytes: number, multiple: number): number => Math.ceil(bytes / multiple) * multiple;

/**
 * Reads a tape once, into memory that threads share.
 * @param bytesMax most that it may take
 * @returns the tape and its bytes; undefined where it takes more
 * @throws what the tape throws
 */
export async function shareTape(
  tape: Tape,
  bytesMax: number,
): Promise<{ readonly tape: SharedTape; readonly bytes: number } | undefined> {
  const { name, markets } = tape;
  const parts: SharedPart[] = [];
  let bytes = 0;
  for (const part of tape.parts ?? [tape]) {
    const batches: TapeBatch[] = [];
    for await (const batch of part.batches()) {
      const shared = shareBatch(batch);
      bytes += shared.bytes;
      if (bytes > bytesMax) return undefined;
      batches.push(shared.batch);
    }
    parts.push({ name: part.name, markets: part.markets, batches });
  }
  return { tape: { name, markets, badRows: tape.badRows(), parts }, bytes };
}

/** A tape over what was shared. Its batches stay as they are: nobody may change them. */
export function tapeOfShared({ name, markets, badRows, parts }: SharedTape): Tape {
  const tapes = parts.map(
    (part): Tape => ({
      name: part.name,
      markets: part.markets,
      badRows: () => badRows,
      batches: (range) => within(part.batches, range),
    }),
  );
  return { ...tapeOfParts({ name, markets, parts: tapes }), badRows: () => badRows };
}

/** The rows of a half-open range of receive times. */
async function* within(
  batches: readonly TapeBatch[],
  { fromUs = Number.NEGATIVE_INFINITY, toUs = Number.POSITIVE_INFINITY }: TapeRange = {},
): AsyncGenerator<TapeBatch> {
  for (const batch of batches) {
    const { receivedAtUs, count } = batch;
    if ((receivedAtUs[count - 1] as number) < fromUs) continue;
    if ((receivedAtUs[0] as number) >= toUs) return;
    let from = 0;
    while ((receivedAtUs[from] as number) < fromUs) from += 1;
    let to = count;
    while (to > from && (receivedAtUs[to - 1] as number) >= toUs) to -= 1;
    if (to > from) yield sliceBatch(batch, from, to);
  }
}

/** A copy of a batch whose columns lie one behind the other in one piece of shared memory. */
function shareBatch(batch: TapeBatch): { readonly batch: TapeBatch; readonly bytes: number } {
  const columns = Object.entries(batch).flatMap(([name, column]) =>
    ArrayBuffer.isView(column) ? [[name, used(batch, name, column as Column)] as const] : [],
  );
  const size = columns.reduce((sum, [, { byteLength }]) => sum + upTo(byteLength, ALIGNMENT), 0);
  const memory = new SharedArrayBuffer(size);
  let offset = 0;
  const copies = columns.map(([name, column]) => {
    const Shared = column.constructor as new (on: object, at: number, length: number) => Column;
    const copy = new Shared(memory, offset, column.length);
    copy.set(column);
    offset += upTo(column.byteLength, ALIGNMENT);
    return [name, copy] as const;
  });
  return { batch: { ...batch, ...Object.fromEntries(copies) }, bytes: upTo(size, PAGE_BYTES) };
}

/** The entries of a column that are in use. */
function used(batch: TapeBatch, name: string, column: Column): Column {
  const isLevels = batch.kind === 'book' && /(Prices|Sizes)$/.test(name);
  return column.subarray(0, batch.count * (isLevels ? batch.levels : 1));
}
