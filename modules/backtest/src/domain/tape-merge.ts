import type { Tape, TapeBatch, TapeMarket, TapeRange } from './tape.ts';

/**
 * Walks the rows of several tapes in order of receive time; at equal times the tape that was named
 * first goes first, and within a tape its order stands. Nothing is allocated for a row:
 *
 *     while (await cursor.load()) while (cursor.next()) use(cursor.batch, cursor.row);
 */
export interface TapeCursor {
  /** Those of all tapes, each once. */
  readonly markets: readonly TapeMarket[];
  /** Where the current row stands; good until `next` or `load` is called. */
  readonly batch: TapeBatch;
  readonly row: number;
  /** Receive time of the current row, microseconds since the epoch. */
  readonly timeUs: number;
  /** Index of the current row's market into `markets` of the cursor. */
  readonly market: number;
  /** Index of the tape that the current row is of. */
  readonly tape: number;
  /**
   * Goes to the next row without waiting. @returns false when a tape has to be read on first, or
   * all have ended
   */
  next(): boolean;
  /** Reads on where that is needed. @returns false when all tapes have ended */
  load(): Promise<boolean>;
  close(): Promise<void>;
}

interface Source {
  readonly batches: AsyncIterator<TapeBatch>;
  readonly tape: number;
  /** The tape's market indices as the cursor's. */
  readonly markets: Uint16Array;
  batch: TapeBatch;
  /** The next row that was not given yet. */
  row: number;
  timeUs: number;
  state: 'loaded' | 'empty' | 'ended';
}

const NO_BATCH: TapeBatch = {
  kind: 'trade',
  count: 0,
  market: new Uint16Array(),
  receivedAtUs: new Float64Array(),
  exchangeTimeUs: new Float64Array(),
  price: new Float64Array(),
  size: new Float64Array(),
  aggressor: new Int8Array(),
};

class Cursor implements TapeCursor {
  readonly markets: readonly TapeMarket[];
  batch: TapeBatch = NO_BATCH;
  row = 0;
  timeUs = 0;
  market = 0;
  tape = 0;
  private readonly sources: readonly Source[];
  private current: Source | undefined;
  /** Until when the current source is ahead of all others, and whether it wins at that time. */
  private boundUs = Number.NEGATIVE_INFINITY;
  private winsTies = false;
  private isClosed = false;

  constructor(tapes: readonly Tape[], range: TapeRange) {
    const { markets, indices } = commonMarkets(tapes);
    this.markets = markets;
    this.sources = tapes.flatMap((tape, index) =>
      (tape.parts ?? [tape]).map((part) => ({
        batches: part.batches(range)[Symbol.asyncIterator](),
        tape: index,
        markets: indicesOf(part, indices),
        batch: NO_BATCH,
        row: 0,
        timeUs: 0,
        state: 'empty' as const,
      })),
    );
  }

  next(): boolean {
    const source = this.current;
    if (source === undefined || source.state !== 'loaded') return this.choose();
    const { timeUs } = source;
    if (timeUs < this.boundUs || (this.winsTies && timeUs === this.boundUs)) {
      this.give(source);
      return true;
    }
    return this.choose();
  }

  async load(): Promise<boolean> {
    if (this.isClosed) return false;
    for (const source of this.sources) {
      while (source.state === 'empty') await fill(source);
    }
    return this.sources.some((source) => source.state === 'loaded');
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.current = undefined;
    for (const source of this.sources) {
      source.state = 'ended';
      await source.batches.return?.();
    }
  }

  /** Finds the source whose row is the earliest, and how far it may go on before another. */
  private choose(): boolean {
    let best: Source | undefined;
    let bestAt = 0;
    let boundUs = Number.POSITIVE_INFINITY;
    let boundAt = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.sources.length; at += 1) {
      const source = this.sources[at] as Source;
      if (source.state === 'empty') {
        this.current = undefined;
        return false;
      }
      if (source.state === 'ended') continue;
      if (best === undefined || source.timeUs < best.timeUs) {
        if (best !== undefined) {
          boundUs = best.timeUs;
          boundAt = bestAt;
        }
        best = source;
        bestAt = at;
      } else if (source.timeUs < boundUs) {
        boundUs = source.timeUs;
        boundAt = at;
      }
    }
    this.current = best;
    if (best === undefined) return false;
    this.boundUs = boundUs;
    this.winsTies = bestAt < boundAt;
    this.give(best);
    return true;
  }

  private give(source: Source): void {
    const { batch, row } = source;
    this.batch = batch;
    this.row = row;
    this.timeUs = source.timeUs;
    this.tape = source.tape;
    this.market = source.markets[batch.market[row] as number] as number;
    source.row = row + 1;
    if (row + 1 < batch.count) source.timeUs = batch.receivedAtUs[row + 1] as number;
    else source.state = 'empty';
  }
}

async function fill(source: Source): Promise<void> {
  const read = await source.batches.next();
  if (read.done === true) {
    source.state = 'ended';
    return;
  }
  if (read.value.count === 0) return;
  source.batch = read.value;
  source.row = 0;
  source.timeUs = read.value.receivedAtUs[0] as number;
  source.state = 'loaded';
}

const keyOf = (market: TapeMarket): string => `${market.venue}:${market.instrument}`;

/** Every market once, and where each stands. */
function commonMarkets(tapes: readonly Pick<Tape, 'markets'>[]): {
  readonly markets: readonly TapeMarket[];
  readonly indices: ReadonlyMap<string, number>;
} {
  const markets: TapeMarket[] = [];
  const indices = new Map<string, number>();
  for (const market of tapes.flatMap((tape) => tape.markets)) {
    const key = keyOf(market);
    if (indices.has(key)) continue;
    indices.set(key, markets.length);
    markets.push(market);
  }
  return { markets, indices };
}

/** The indices of a tape's markets among those of several tapes. */
function indicesOf(tape: Pick<Tape, 'markets'>, indices: ReadonlyMap<string, number>): Uint16Array {
  return Uint16Array.from(tape.markets, (market) => indices.get(keyOf(market)) ?? 0);
}

/**
 * Merges tapes in order of receive time, in constant memory: one batch of each is held.
 *
 * @throws what the tapes throw while they are read
 */
export function mergeTapes(tapes: readonly Tape[], range: TapeRange = {}): TapeCursor {
  return new Cursor(tapes, range);
}
