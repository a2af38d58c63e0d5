import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { BadRows, Tape, TapeBatch, TapeMarket, TapeRange } from '../../domain/tape.ts';

/** Percentiles of something that is never negative; NaN where there was nothing to count. */
export interface Quantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

export interface KindReport {
  readonly kind: TapeBatch['kind'];
  readonly rows: number;
  /** Receive times of the first and last row, microseconds since the epoch. */
  readonly fromUs: number;
  readonly untilUs: number;
  /** The best prices, or price, of the first and last row that has any. */
  readonly first: readonly number[];
  readonly last: readonly number[];
  /** Best sizes, or sizes of trades, in base. */
  readonly size: Quantiles;
  /** Between the best prices, basis points of their middle; absent for trades. */
  readonly spreadBps?: Quantiles;
  /** Time between rows of this market and kind, microseconds. */
  readonly intervalUs: Quantiles;
  /** Rows with no bid or no ask, and with a bid at or above the ask. */
  readonly oneSided: number;
  readonly crossed: number;
}

export interface MarketReport {
  readonly market: TapeMarket;
  readonly kinds: readonly KindReport[];
}

export interface TapeReport {
  readonly name: string;
  readonly rows: number;
  readonly markets: readonly MarketReport[];
  readonly badRows: BadRows;
}

/** Sizes and spreads are counted in whole numbers of these. */
const SIZE_UNIT = 1e-8;
const SPREAD_UNIT_BPS = 1e-4;

const histogram = (): RecordableHistogram =>
  createHistogram({ lowest: 1, highest: Number.MAX_SAFE_INTEGER, figures: 2 });

/** Histograms take no 0, so everything is kept one unit higher. */
function record(into: RecordableHistogram, value: number, unit: number): void {
  into.record(Math.min(Math.max(Math.round(value / unit), 0) + 1, Number.MAX_SAFE_INTEGER - 1));
}

function quantiles(from: RecordableHistogram, unit: number): Quantiles {
  const toUnits = (kept: number): number =>
    from.count === 0 ? Number.NaN : round((kept - 1) * unit);
  const at = (percentile: number): number => toUnits(from.percentile(percentile));
  return { p50: at(50), p90: at(90), p99: at(99), max: toUnits(from.max) };
}

/** What a histogram of two digits knows; the rest is noise of binary fractions. */
const round = (value: number): number => Number(value.toPrecision(4));

/** Rows of one market and kind, counted as they pass. */
class KindTally {
  rows = 0;
  private readonly kind: TapeBatch['kind'];
  private fromUs = 0;
  private untilUs = 0;
  private first: readonly number[] = [];
  private readonly last = [0, 0];
  private oneSided = 0;
  private crossed = 0;
  private readonly sizes = histogram();
  private readonly spreads = histogram();
  private readonly intervals = histogram();

  constructor(kind: TapeBatch['kind']) {
    this.kind = kind;
  }

  time(timeUs: number): void {
    if (this.rows === 0) this.fromUs = timeUs;
    else record(this.intervals, timeUs - this.untilUs, 1);
    this.untilUs = timeUs;
    this.rows += 1;
  }

  trade(price: number, size: number): void {
    if (this.first.length === 0) this.first = [price];
    this.last[0] = price;
    record(this.sizes, size, SIZE_UNIT);
  }

  best(bid: number, bidSize: number, ask: number, askSize: number): void {
    if (!Number.isNaN(bidSize)) record(this.sizes, bidSize, SIZE_UNIT);
    if (!Number.isNaN(askSize)) record(this.sizes, askSize, SIZE_UNIT);
    if (Number.isNaN(bid) || Number.isNaN(ask)) {
      this.oneSided += 1;
      return;
    }
    if (this.first.length === 0) this.first = [bid, ask];
    this.last[0] = bid;
    this.last[1] = ask;
    if (bid >= ask) this.crossed += 1;
    else record(this.spreads, ((ask - bid) / (ask + bid)) * 20_000, SPREAD_UNIT_BPS);
  }

  report(): KindReport {
    const { kind, rows, fromUs, untilUs, first, oneSided, crossed } = this;
    return {
      ...{ kind, rows, fromUs, untilUs, first, oneSided, crossed },
      last: this.last.slice(0, first.length),
      size: quantiles(this.sizes, SIZE_UNIT),
      ...(kind === 'trade' ? {} : { spreadBps: quantiles(this.spreads, SPREAD_UNIT_BPS) }),
      intervalUs: quantiles(this.intervals, 1),
    };
  }
}

/** Reads a tape once and says what is in it. Percentiles are right to two digits. */
export async function inspectTape(
  tape: Tape,
  options: { readonly range?: TapeRange; readonly onRows?: (rows: number) => void } = {},
): Promise<TapeReport> {
  const tallies = new Map<TapeBatch['kind'], KindTally[]>();
  let rows = 0;
  for await (const batch of tape.batches(options.range)) {
    let own = tallies.get(batch.kind);
    if (own === undefined) {
      own = tape.markets.map(() => new KindTally(batch.kind));
      tallies.set(batch.kind, own);
    }
    countBatch(batch, own);
    rows += batch.count;
    options.onRows?.(rows);
  }
  const kinds = [...tallies.values()];
  const markets = tape.markets.map((market, at) => ({
    market,
    kinds: kinds.flatMap((own) => {
      const tally = own[at];
      return tally === undefined || tally.rows === 0 ? [] : [tally.report()];
    }),
  }));
  return { name: tape.name, rows, markets, badRows: tape.badRows() };
}

function countBatch(batch: TapeBatch, tallies: readonly KindTally[]): void {
  for (let row = 0; row < batch.count; row += 1) {
    const tally = tallies[batch.market[row] as number] as KindTally;
    tally.time(batch.receivedAtUs[row] as number);
    switch (batch.kind) {
      case 'trade':
        tally.trade(batch.price[row] as number, batch.size[row] as number);
        break;
      case 'quote': {
        const { bid, bidSize, ask, askSize } = batch;
        const [one, two] = [bid[row] as number, bidSize[row] as number];
        tally.best(one, two, ask[row] as number, askSize[row] as number);
        break;
      }
      case 'book':
        countBook(batch, row, tally);
    }
  }
}

function countBook(
  batch: Extract<TapeBatch, { kind: 'book' }>,
  row: number,
  tally: KindTally,
): void {
  const at = row * batch.levels;
  const hasBid = (batch.bidCount[row] as number) > 0;
  const hasAsk = (batch.askCount[row] as number) > 0;
  tally.best(
    hasBid ? (batch.bidPrices[at] as number) : Number.NaN,
    hasBid ? (batch.bidSizes[at] as number) : Number.NaN,
    hasAsk ? (batch.askPrices[at] as number) : Number.NaN,
    hasAsk ? (batch.askSizes[at] as number) : Number.NaN,
  );
}
