import type { Tape, TapeBatch, TapeRange } from '../domain/tape.ts';
import type { Lane } from './lane.ts';
import { BatchPool, type OwnedBatch } from './owned-batch.ts';

/** One tape as it is read. */
interface Source {
  readonly batches: AsyncIterator<TapeBatch>;
  /** The run's index of each market of the tape; below 0 where it is not listed. */
  readonly marketOf: Int32Array;
  batch: OwnedBatch | undefined;
  row: number;
  ended: boolean;
}

export interface TapeFeedOptions {
  /** With the run's index of each of their markets. */
  readonly tapes: readonly { readonly tape: Tape; readonly marketOf: Int32Array }[];
  readonly range: TapeRange;
  /** One for each venue. */
  readonly lanes: readonly Lane[];
  /** The lane of each market of the run. */
  readonly laneOf: Int32Array;
  readonly horizonUs: number;
}

const ROWS_AT_ONCE = 512;

/**
 * Merges tapes by receive time, gives every row its time at the venue and its arrival, and hands
 * rows over in order of arrival. Nothing in here waits but `fill`.
 */
export class TapeFeed {
  private readonly options: TapeFeedOptions;
  private readonly sources: readonly Source[];
  private readonly pool = new BatchPool();
  private readonly slackUs: number;
  /** Receive time of the newest row that was read. */
  private readUs = Number.NEGATIVE_INFINITY;
  private order = 0;
  private allRead = false;
  /** Rows of markets that are not listed. */
  unlisted = 0;

  constructor(options: TapeFeedOptions) {
    this.options = options;
    this.sources = options.tapes.map(({ tape, marketOf }) => ({
      batches: tape.batches(options.range)[Symbol.asyncIterator](),
      marketOf,
      batch: undefined,
      row: 0,
      ended: false,
    }));
    this.slackUs = options.lanes.some(({ isModelled }) => isModelled) ? options.horizonUs : 0;
  }

  /** Rows up to then are known: nothing that is read later can be due before. */
  get knownUs(): number {
    return this.allRead ? Number.POSITIVE_INFINITY : this.readUs - this.slackUs;
  }

  /** Every row that was true at its venue by then has been read. */
  hasSeen(timeUs: number): boolean {
    return this.allRead || this.readUs - this.options.horizonUs > timeUs;
  }

  /** The lane whose next row arrives first; undefined where more has to be read to know. */
  next(): Lane | undefined {
    const { lanes } = this.options;
    let first: Lane | undefined;
    let firstUs = Number.POSITIVE_INFINITY;
    let firstOrder = 0;
    for (let index = 0; index < lanes.length; index += 1) {
      const lane = lanes[index] as Lane;
      if (lane.head === lane.tail) continue;
      const at = lane.head & lane.mask;
      const dueUs = lane.arrivalsUs[at] as number;
      const order = lane.orders[at] as number;
      if (dueUs < firstUs || (dueUs === firstUs && order < firstOrder)) {
        first = lane;
        firstUs = dueUs;
        firstOrder = order;
      }
    }
    return firstUs <= this.knownUs ? first : undefined;
  }

  get ended(): boolean {
    return this.allRead && this.options.lanes.every(({ head, tail }) => head === tail);
  }

  /** A row has been delivered: its place may be used again. */
  done(lane: Lane): void {
    const at = lane.head & lane.mask;
    const batch = lane.batches[at] as OwnedBatch;
    lane.batches[at] = undefined;
    lane.head += 1;
    if (lane.seen < lane.head) lane.seen = lane.head;
    this.drop(batch);
  }

  private drop(batch: OwnedBatch): void {
    batch.left -= 1;
    if (batch.left === 0) this.pool.release(batch);
  }

  /** Reads some rows. @returns whether it could; else `fill` has to wait for tapes */
  read(): boolean {
    if (this.allRead) return true;
    const { sources } = this;
    for (let index = 0; index < sources.length; index += 1) {
      const { batch, ended } = sources[index] as Source;
      if (batch === undefined && !ended) return false;
    }
    for (let count = 0; count < ROWS_AT_ONCE; count += 1) {
      const source = this.earliest();
      if (source === undefined) {
        this.allRead = true;
        return true;
      }
      if (!this.take(source)) return true;
    }
    return true;
  }

  /** Waits for the next rows of every tape that has none in hand. */
  async fill(): Promise<void> {
    for (const source of this.sources) {
      while (source.batch === undefined && !source.ended) {
        const { value, done } = await source.batches.next();
        if (done === true) source.ended = true;
        else if (value.count > 0) {
          source.batch = this.pool.copy(value, source.marketOf);
          source.row = 0;
        }
      }
    }
  }

  async close(): Promise<void> {
    for (const { batches } of this.sources) await batches.return?.();
  }

  private earliest(): Source | undefined {
    const { sources } = this;
    let first: Source | undefined;
    let firstUs = Number.POSITIVE_INFINITY;
    for (let index = 0; index < sources.length; index += 1) {
      const source = sources[index] as Source;
      if (source.batch === undefined) continue;
      const receivedUs = source.batch.receivedAtUs[source.row] as number;
      if (receivedUs < firstUs) {
        first = source;
        firstUs = receivedUs;
      }
    }
    return first;
  }

  /** @returns false when the source has to be waited for */
  private take(source: Source): boolean {
    const batch = source.batch as OwnedBatch;
    const { row } = source;
    const market = batch.markets[row] as number;
    this.readUs = batch.receivedAtUs[row] as number;
    source.row += 1;
    const isLast = source.row === batch.count;
    if (isLast) source.batch = undefined;
    if (market < 0) {
      this.unlisted += 1;
      this.drop(batch);
    } else {
      const lane = this.options.lanes[this.options.laneOf[market] as number] as Lane;
      lane.push(batch, row, this.order);
      this.order += 1;
    }
    return !isLast;
  }
}
