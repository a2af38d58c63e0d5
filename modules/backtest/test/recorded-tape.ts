import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type InstrumentId, venueId } from '@ats/domain';
import type { BookBatch, Tape } from '../src/domain/tape.ts';

const LEVELS = 10;

/** A row of a wide recording, in the texts of the file, best level first. */
export interface RecordedRow {
  readonly atUs: number;
  readonly bids: readonly (readonly [price: string, size: string])[];
  readonly asks: readonly (readonly [price: string, size: string])[];
}

/** Reads a wide CSV whole, the shortest way: it is a check of the readers that products use. */
export function recordedRows(path: string): readonly RecordedRow[] {
  const [, ...lines] = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  return lines.map((line) => {
    const [time = '', , ...cells] = line.split(',');
    const side = (from: number) =>
      Array.from(
        { length: LEVELS },
        (_, at) => [cells[from + at] ?? '', cells[from + at + LEVELS] ?? ''] as const,
      );
    return { atUs: Date.parse(`${time}Z`.replace(' ', 'T')) * 1000, bids: side(0), asks: side(20) };
  });
}

export function tapeOfRows(venue: string, instrument: string, rows: readonly RecordedRow[]): Tape {
  const name = { venue: venueId(venue), instrument: instrument as InstrumentId };
  return {
    name: `${venue}-${instrument}`,
    markets: [name],
    async *batches({ fromUs = 0, toUs = Number.POSITIVE_INFINITY } = {}) {
      const wanted = rows.filter(({ atUs }) => atUs >= fromUs && atUs < toUs);
      for (let from = 0; from < wanted.length; from += 500) {
        yield batchOf(wanted.slice(from, from + 500));
      }
    },
    badRows: () => ({ count: 0, first: [] }),
  };
}

function batchOf(rows: readonly RecordedRow[]): BookBatch {
  const column = (side: 'bids' | 'asks', cell: 0 | 1): Float64Array =>
    Float64Array.from(rows.flatMap((row) => row[side].map((level) => Number(level[cell]))));
  return {
    kind: 'book',
    count: rows.length,
    levels: LEVELS,
    market: new Uint16Array(rows.length),
    receivedAtUs: Float64Array.from(rows, ({ atUs }) => atUs),
    exchangeTimeUs: new Float64Array(rows.length),
    bidCount: new Uint16Array(rows.length).fill(LEVELS),
    askCount: new Uint16Array(rows.length).fill(LEVELS),
    bidPrices: column('bids', 0),
    bidSizes: column('bids', 1),
    askPrices: column('asks', 0),
    askSizes: column('asks', 1),
  };
}
