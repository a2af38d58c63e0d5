import type { InstrumentId, VenueId } from '@ats/domain';

/** A market as a tape names it: an instrument on a venue. */
export interface TapeMarket {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
}

/** Half-open range of receive times, whole microseconds since the epoch; absent fields mean all. */
export interface TapeRange {
  readonly fromUs?: number;
  readonly toUs?: number;
}

/**
 * Rows of one kind in columns, in order of `receivedAtUs`. The first `count` entries of each column
 * are in use. A batch and its columns are only good until the next one is asked for: readers reuse
 * them.
 */
interface TapeBatchBase {
  readonly count: number;
  /** Index into the tape's `markets`. */
  readonly market: Uint16Array;
  /** Whole microseconds since the epoch, never falling within a tape. */
  readonly receivedAtUs: Float64Array;
  /** The venue's own time; 0 where it is not known. */
  readonly exchangeTimeUs: Float64Array;
}

/** Best prices, quote per base, and their sizes in base. NaN stands for an empty side. */
export interface QuoteBatch extends TapeBatchBase {
  readonly kind: 'quote';
  readonly bid: Float64Array;
  readonly bidSize: Float64Array;
  readonly ask: Float64Array;
  readonly askSize: Float64Array;
}

/** Whole books, best level first. Row `r` holds its levels from `r * levels` on. */
export interface BookBatch extends TapeBatchBase {
  readonly kind: 'book';
  /** Room for levels in each row and side. */
  readonly levels: number;
  readonly bidCount: Uint16Array;
  readonly askCount: Uint16Array;
  readonly bidPrices: Float64Array;
  readonly bidSizes: Float64Array;
  readonly askPrices: Float64Array;
  readonly askSizes: Float64Array;
}

/** Public trades. */
export interface TradeBatch extends TapeBatchBase {
  readonly kind: 'trade';
  readonly price: Float64Array;
  readonly size: Float64Array;
  /** The side that took: 1 a buyer, -1 a seller, 0 unknown. */
  readonly aggressor: Int8Array;
}

export type TapeBatch = QuoteBatch | BookBatch | TradeBatch;

/** Rows that could not be read, and the first of them for a person. */
export interface BadRows {
  readonly count: number;
  readonly first: readonly { readonly line: number; readonly problem: string }[];
  /** How many there were of each reason. */
  readonly reasons?: Readonly<Record<string, number>>;
}

/**
 * Recorded market data of one or more markets, in order of receive time, read in constant memory.
 * Several tapes are merged by whoever reads them; equal times keep the order of the tapes.
 */
export interface Tape {
  readonly name: string;
  readonly markets: readonly TapeMarket[];
  /**
   * The same rows as tapes of one kind each, where there are several; at equal times the former
   * comes first. `mergeTapes` reads these, since rows of one kind come in long batches.
   */
  readonly parts?: readonly Tape[];
  /** How many rows there are, bad ones and unwanted ones too, where that is known. */
  readonly rowsExpected?: number;
  /** @throws {AtsError} TAPE_UNREADABLE; TAPE_BAD_ROW where the tape was opened strictly */
  batches(range?: TapeRange): AsyncIterable<TapeBatch>;
  /** What was skipped so far. */
  badRows(): BadRows;
}
