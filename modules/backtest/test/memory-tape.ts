import { type InstrumentId, type VenueId, venueId } from '@ats/domain';
import type { Tape, TapeBatch, TapeMarket } from '../src/domain/tape.ts';

export type Row =
  | {
      readonly kind: 'quote';
      readonly atUs: number;
      /** The venue's time; 0 unless told. */
      readonly venueUs?: number;
      readonly bid: number;
      readonly bidSize: number;
      readonly ask: number;
      readonly askSize: number;
    }
  | {
      readonly kind: 'trade';
      readonly atUs: number;
      readonly venueUs?: number;
      readonly price: number;
      readonly size: number;
      readonly aggressor: -1 | 0 | 1;
    };

/** A tape of one market from rows, in batches of a few so that batches end at awkward places. */
export function memoryTape(
  name: { readonly venue: string; readonly instrument: string },
  rows: readonly Row[],
  batchRows = 7,
): Tape {
  const market: TapeMarket = {
    venue: venueId(name.venue) as VenueId,
    instrument: name.instrument as InstrumentId,
  };
  return {
    name: `${name.venue}-${name.instrument}`,
    markets: [market],
    async *batches({ fromUs = 0, toUs = Number.POSITIVE_INFINITY } = {}) {
      const wanted = rows.filter(({ atUs }) => atUs >= fromUs && atUs < toUs);
      let from = 0;
      while (from < wanted.length) {
        const kind = (wanted[from] as Row).kind;
        let to = from;
        while (to < wanted.length && to - from < batchRows && wanted[to]?.kind === kind) to += 1;
        yield batchOf(wanted.slice(from, to));
        from = to;
      }
    },
    badRows: () => ({ count: 0, first: [] }),
  };
}

function batchOf(rows: readonly Row[]): TapeBatch {
  const column = (value: (row: never) => number): Float64Array =>
    Float64Array.from(rows, (row) => value(row as never));
  const base = {
    count: rows.length,
    market: new Uint16Array(rows.length),
    receivedAtUs: Float64Array.from(rows, ({ atUs }) => atUs),
    exchangeTimeUs: Float64Array.from(rows, ({ venueUs = 0 }) => venueUs),
  };
  if (rows[0]?.kind === 'trade') {
    return {
      ...base,
      kind: 'trade',
      price: column(({ price }: { price: number }) => price),
      size: column(({ size }: { size: number }) => size),
      aggressor: Int8Array.from(rows, (row) => (row.kind === 'trade' ? row.aggressor : 0)),
    };
  }
  return {
    ...base,
    kind: 'quote',
    bid: column(({ bid }: { bid: number }) => bid),
    bidSize: column(({ bidSize }: { bidSize: number }) => bidSize),
    ask: column(({ ask }: { ask: number }) => ask),
    askSize: column(({ askSize }: { askSize: number }) => askSize),
  };
}
