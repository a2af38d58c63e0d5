import type { Tape, TapeMarket, TapeRange } from '../../domain/tape.ts';

/** A time without a row of a market. */
export interface Silence {
  readonly fromUs: number;
  readonly untilUs: number;
}

export interface MarketGaps {
  readonly market: TapeMarket;
  readonly rows: number;
  /** Silences above the limit; `longest` has the longest of them, longest first. */
  readonly silences: number;
  readonly silentUs: number;
  readonly longest: readonly Silence[];
  /** How often the venue's own time fell back, and how far at most, microseconds. */
  readonly fallsBack: number;
  readonly fallsBackUsMax: number;
  /** Rows whose venue time is after their receipt, and how far at most: a clock is wrong. */
  readonly fromFuture: number;
  readonly fromFutureUsMax: number;
}

export interface GapsOptions {
  readonly aboveUs: number;
  readonly range?: TapeRange;
  readonly onRows?: (rows: number) => void;
}

/** Silences that are told of each market. */
const LONGEST_MAX = 20;

class GapTally {
  rows = 0;
  silences = 0;
  silentUs = 0;
  readonly longest: Silence[] = [];
  fallsBack = 0;
  fallsBackUsMax = 0;
  fromFuture = 0;
  fromFutureUsMax = 0;
  private lastUs = 0;
  /** By kind: books and trades of a venue have clocks of their own. */
  private readonly exchangeUs = { quote: 0, book: 0, trade: 0 };

  add(row: {
    kind: 'quote' | 'book' | 'trade';
    timeUs: number;
    exchangeTimeUs: number;
    aboveUs: number;
  }): void {
    const { kind, timeUs, exchangeTimeUs, aboveUs } = row;
    if (this.rows > 0 && timeUs - this.lastUs > aboveUs) {
      this.silence({ fromUs: this.lastUs, untilUs: timeUs });
    }
    this.rows += 1;
    this.lastUs = timeUs;
    if (exchangeTimeUs === 0) return;
    const back = this.exchangeUs[kind] - exchangeTimeUs;
    if (back > 0) {
      this.fallsBack += 1;
      this.fallsBackUsMax = Math.max(this.fallsBackUsMax, back);
    }
    this.exchangeUs[kind] = exchangeTimeUs;
    if (exchangeTimeUs <= timeUs) return;
    this.fromFuture += 1;
    this.fromFutureUsMax = Math.max(this.fromFutureUsMax, exchangeTimeUs - timeUs);
  }

  private silence(silence: Silence): void {
    const length = silence.untilUs - silence.fromUs;
    this.silences += 1;
    this.silentUs += length;
    const { longest } = this;
    const shorter = longest.findIndex((one) => one.untilUs - one.fromUs < length);
    longest.splice(shorter < 0 ? longest.length : shorter, 0, silence);
    longest.splice(LONGEST_MAX);
  }
}

/** Finds the longest silences of each market, and where the venue's own time jumps. */
export async function findGaps(tape: Tape, options: GapsOptions): Promise<readonly MarketGaps[]> {
  const { aboveUs, range, onRows } = options;
  const tallies = tape.markets.map(() => new GapTally());
  const row = {
    kind: 'quote' as 'quote' | 'book' | 'trade',
    timeUs: 0,
    exchangeTimeUs: 0,
    aboveUs,
  };
  let rows = 0;
  for await (const batch of tape.batches(range)) {
    row.kind = batch.kind;
    for (let at = 0; at < batch.count; at += 1) {
      row.timeUs = batch.receivedAtUs[at] as number;
      row.exchangeTimeUs = batch.exchangeTimeUs[at] as number;
      (tallies[batch.market[at] as number] as GapTally).add(row);
    }
    rows += batch.count;
    onRows?.(rows);
  }
  return tape.markets.map((market, at) => {
    const { silences, silentUs, longest, fallsBack, fallsBackUsMax, fromFuture, fromFutureUsMax } =
      tallies[at] as GapTally;
    const jumps = { fallsBack, fallsBackUsMax, fromFuture, fromFutureUsMax };
    return { market, rows: tallies[at]?.rows ?? 0, silences, silentUs, longest, ...jumps };
  });
}
