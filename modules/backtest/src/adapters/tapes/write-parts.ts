import type { AtsError } from '@ats/domain';
import type { Tape, TapeBatch } from '../../domain/tape.ts';
import { unreadable } from './failure.ts';
import type { TapePart } from './manifest.ts';
import { PartWriter } from './part-writer.ts';
import type { Placing, TapeContent } from './place-tape.ts';
import type { WriteOptions } from './tape-store.ts';

interface MarketTotals {
  rows: number;
  fromUs: number;
  untilUs: number;
}

/** Reads a tape to its end and writes its rows, each kind into files of its own. */
export async function writeParts(
  tape: Tape,
  options: WriteOptions & Placing,
): Promise<TapeContent> {
  const { folder, prefix } = options;
  const writers = new Map<string, { writer: PartWriter; part: MarketTotals; levels: number }>();
  const totals: MarketTotals[] = tape.markets.map(emptyTotals);
  let rows = 0;
  try {
    for await (const batch of tape.batches(options.range)) {
      const levels = batch.kind === 'book' ? batch.levels : 1;
      let own = writers.get(batch.kind);
      if (own === undefined) {
        const markets = () => tape.markets;
        const writer = await PartWriter.open({ kind: batch.kind, levels, folder, prefix, markets });
        own = { writer, part: emptyTotals(), levels };
        writers.set(batch.kind, own);
      }
      await own.writer.append(batch);
      count(batch, totals, own.part);
      rows += batch.count;
      options.onRows?.(rows, batch.receivedAtUs[batch.count - 1] ?? 0);
    }
    for (const { writer } of writers.values()) await writer.finish();
  } catch (cause) {
    for (const { writer } of writers.values()) writer.close();
    throw cause;
  }
  if (rows === 0) throw empty(tape);
  const { count: bad, first, reasons = {} } = tape.badRows();
  return {
    markets: tape.markets.map((market, at) => ({ ...market, ...(totals[at] ?? emptyTotals()) })),
    parts: [...writers].map(([kind, { writer, part, levels }]) => ({
      kind: kind as TapePart['kind'],
      levels,
      ...part,
      files: writer.files,
    })),
    source: await options.source(),
    badRows: { count: bad, first: [...first], reasons: { ...reasons } },
  };
}

const emptyTotals = (): MarketTotals => ({ rows: 0, fromUs: 0, untilUs: 0 });

function count(batch: TapeBatch, totals: readonly MarketTotals[], part: MarketTotals): void {
  for (let row = 0; row < batch.count; row += 1) {
    const timeUs = batch.receivedAtUs[row] as number;
    const total = totals[batch.market[row] as number] as MarketTotals;
    if (total.rows === 0) total.fromUs = timeUs;
    total.rows += 1;
    total.untilUs = timeUs;
  }
  if (part.rows === 0) part.fromUs = batch.receivedAtUs[0] as number;
  part.rows += batch.count;
  part.untilUs = batch.receivedAtUs[batch.count - 1] as number;
}

function empty(tape: Tape): AtsError {
  const { count: bad, first } = tape.badRows();
  const why = bad === 0 ? '' : `; ${bad} bad, the first in line ${first[0]?.line}`;
  return unreadable({
    reference: tape.name,
    why: `it holds no row that can be used${why}`,
    remedy: 'See that venue, instrument and time ask for what is there, and mend bad rows.',
  });
}
