import { type InstrumentId, type OrderBook, venueId } from '@ats/domain';
import {
  FrameReplay,
  frameTimeUs,
  nativeDialects,
  type ReplayWatcher,
  readFrames,
} from '@ats/price-collector';
import { BadRowTally } from '../../domain/bad-row-tally.ts';
import type { BadRows, Tape, TapeBatch, TapeMarket, TapeRange } from '../../domain/tape.ts';
import { BookRows, TradeRows } from './batch-builders.ts';
import { CheckedRows } from './checked-rows.ts';
import { isWanted, type MarketChoice } from './markets.ts';

export interface FrameTapeOptions extends MarketChoice {
  readonly strict?: boolean;
  readonly bookLevels: number;
}

/** Frames whose rows are given in one batch. */
const ROWS_MAX = 2048;
const EMPTY_BOOK = { bids: { copyTop: () => 0 }, asks: { copyTop: () => 0 } };

/** Books and trades of a recording of frames, as the production dialects read them. */
class FrameTape implements Tape {
  readonly name: string;
  readonly markets: readonly TapeMarket[];
  private readonly options: FrameTapeOptions;
  private readonly indices: ReadonlyMap<string, number>;
  private tally = new BadRowTally();

  constructor(file: string, markets: readonly TapeMarket[], options: FrameTapeOptions) {
    this.name = file;
    this.markets = markets;
    this.options = options;
    this.indices = new Map(markets.map((market, index) => [keyOf(market), index]));
  }

  badRows(): BadRows {
    return this.tally.value();
  }

  async *batches(range: TapeRange = {}): AsyncGenerator<TapeBatch> {
    this.tally = new BadRowTally();
    const collector = new RowCollector(this.indices, this.options.bookLevels);
    const filter = new CheckedRows({
      name: this.name,
      strict: this.options.strict === true,
      range,
      tally: this.tally,
      lineOf: (row) => collector.lineOf(row),
    });
    const replay = new FrameReplay(nativeDialects, (venue) => collector.watcher(venue));
    for await (const frames of readFrames(this.name)) {
      for (const frame of frames) {
        collector.begin(frameTimeUs(frame));
        replay.push(frame);
        if (!collector.isReady) continue;
        for (const rows of collector.take()) {
          const batch = filter.filter(rows);
          if (batch !== undefined) yield batch;
          if (filter.ended) return;
        }
      }
    }
    for (const rows of collector.takeAll()) {
      const batch = filter.filter(rows);
      if (batch !== undefined) yield batch;
    }
  }
}

const keyOf = (market: { venue: string; instrument: string }): string =>
  `${market.venue}:${market.instrument}`;

interface Run {
  readonly rows: BookRows | TradeRows;
  /** Lines of the rows. */
  readonly lines: number[];
}

/** Rows of a replay in their order: a batch ends where a row of another kind follows. */
class RowCollector {
  private readonly indices: ReadonlyMap<string, number>;
  private readonly levels: number;
  private runs: Run[] = [];
  private timeUs = 0;
  private line = 0;
  /** Lines of the batch that is looked at, and those before it. */
  private lines: readonly number[] = [];

  constructor(indices: ReadonlyMap<string, number>, levels: number) {
    this.indices = indices;
    this.levels = levels;
  }

  get isReady(): boolean {
    return this.runs.length > 1 || (this.runs[0]?.rows.count ?? 0) >= ROWS_MAX;
  }

  /** The next frame is of this time. */
  begin(timeUs: number): void {
    this.timeUs = timeUs;
    this.line += 1;
  }

  /** Batches that nothing more is added to. */
  *take(): Generator<BookRows | TradeRows> {
    const full = (this.runs.at(-1)?.rows.count ?? 0) >= ROWS_MAX;
    const open = full ? undefined : this.runs.pop();
    yield* this.takeAll();
    if (open !== undefined) this.runs.push(open);
  }

  *takeAll(): Generator<BookRows | TradeRows> {
    const { runs } = this;
    this.runs = [];
    for (const { rows, lines } of runs) {
      this.lines = lines;
      yield rows;
    }
  }

  /** The line of a row of the batch that was taken last. */
  lineOf(row: number): number {
    return this.lines[row] ?? this.line;
  }

  watcher(venue: string): ReplayWatcher {
    const indexOf = (instrument: InstrumentId): number | undefined =>
      this.indices.get(keyOf({ venue, instrument }));
    const pushBook = (
      instrument: InstrumentId,
      book: OrderBook | typeof EMPTY_BOOK,
      exchangeTimeUs: number,
    ): void => {
      const market = indexOf(instrument);
      if (market === undefined) return;
      const { rows, lines } = this.run('book');
      lines.push(this.line);
      (rows as BookRows).push({ market, timeUs: this.timeUs, exchangeTimeUs }, book);
    };
    return {
      book: ({ instrument, book }, exchangeTimeUs) => pushBook(instrument, book, exchangeTimeUs),
      bookDropped: ({ instrument }) => pushBook(instrument, EMPTY_BOOK, 0),
      trade: ({ instrument }, trade) => {
        const market = indexOf(instrument);
        if (market === undefined) return;
        const { rows, lines } = this.run('trade');
        lines.push(this.line);
        const { exchangeTimeUs } = trade;
        (rows as TradeRows).push({ market, timeUs: this.timeUs, exchangeTimeUs }, trade);
      },
    };
  }

  private run(kind: 'book' | 'trade'): Run {
    const last = this.runs.at(-1);
    if (last?.rows.kind === kind) return last;
    const rows = kind === 'book' ? new BookRows(this.levels) : new TradeRows();
    const run = { rows, lines: [] };
    this.runs.push(run);
    return run;
  }
}

/** Reads a recording once to learn its markets. @throws TAPE_UNREADABLE, TAPE_INVALID */
export async function openFrameTape(file: string, options: FrameTapeOptions): Promise<Tape> {
  const markets = new Map<string, TapeMarket>();
  const note = (venue: string, instrument: InstrumentId): void => {
    const market = { venue: venueId(venue), instrument };
    if (isWanted(market, options)) markets.set(keyOf(market), market);
  };
  const replay = new FrameReplay(nativeDialects, (venue) => ({
    book: ({ instrument }) => note(venue, instrument),
    bookDropped: () => undefined,
    trade: ({ instrument }) => note(venue, instrument),
  }));
  for await (const frames of readFrames(file)) for (const frame of frames) replay.push(frame);
  return new FrameTape(file, [...markets.values()], options);
}
