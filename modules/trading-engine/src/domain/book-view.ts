import type { BookTop } from '@ats/domain';
import { LevelDecimals } from './level-decimals.ts';

/**
 * The engine's own copy of one book's best levels, in arrays that are made once. An update
 * overwrites them in place: nothing is allocated. Prices are quote per base, sizes are base;
 * index 0 is the best level.
 */
export class BookView {
  readonly depthMax: number;
  readonly bidPrices: Float64Array;
  readonly bidSizes: Float64Array;
  readonly askPrices: Float64Array;
  readonly askSizes: Float64Array;
  /** The same levels exactly. */
  readonly exact: {
    readonly bidPrices: LevelDecimals;
    readonly bidSizes: LevelDecimals;
    readonly askPrices: LevelDecimals;
    readonly askSizes: LevelDecimals;
  };
  bidCount = 0;
  askCount = 0;
  /** False until the first book, and after a status that forbids its use. */
  live = false;
  /** Microseconds since the epoch; 0 before the first book. */
  receivedAtUs = 0;
  exchangeTimeUs = 0;
  bookAtUs = 0;
  sequence = 0;

  constructor(depthMax: number) {
    this.depthMax = depthMax;
    this.bidPrices = new Float64Array(depthMax);
    this.bidSizes = new Float64Array(depthMax);
    this.askPrices = new Float64Array(depthMax);
    this.askSizes = new Float64Array(depthMax);
    this.exact = {
      bidPrices: new LevelDecimals(this.bidPrices),
      bidSizes: new LevelDecimals(this.bidSizes),
      askPrices: new LevelDecimals(this.askPrices),
      askSizes: new LevelDecimals(this.askSizes),
    };
  }

  /** Takes over a published book; levels beyond `depthMax` are left out. */
  copy(top: BookTop): void {
    const bidCount = Math.min(top.bidCount, this.depthMax);
    const askCount = Math.min(top.askCount, this.depthMax);
    const { bidPrices, bidSizes, askPrices, askSizes } = top;
    for (let index = 0; index < bidCount; index += 1) {
      this.bidPrices[index] = bidPrices[index] as number;
      this.bidSizes[index] = bidSizes[index] as number;
    }
    for (let index = 0; index < askCount; index += 1) {
      this.askPrices[index] = askPrices[index] as number;
      this.askSizes[index] = askSizes[index] as number;
    }
    this.bidCount = bidCount;
    this.askCount = askCount;
    this.live = true;
    this.receivedAtUs = top.receivedAtUs;
    this.exchangeTimeUs = top.exchangeTimeUs;
    this.bookAtUs = top.bookAtUs;
    this.sequence = top.sequence;
  }

  /** Forgets the levels: a dropped book offers nothing. */
  drop(): void {
    this.live = false;
    this.bidCount = 0;
    this.askCount = 0;
  }

  /** Best bid, or NaN: every comparison with an empty side is then false. */
  get bestBid(): number {
    return this.bidCount > 0 ? (this.bidPrices[0] as number) : Number.NaN;
  }

  get bestAsk(): number {
    return this.askCount > 0 ? (this.askPrices[0] as number) : Number.NaN;
  }

  /** Venue time minus receive time of the last frame; 0 when the venue sends none. */
  get clockSkewUs(): number {
    return this.exchangeTimeUs === 0 ? 0 : this.exchangeTimeUs - this.receivedAtUs;
  }

  /** Negative differences, which a clock that was set back can make, count as 0. */
  ageUs(nowUs: number): number {
    return Math.max(0, nowUs - this.receivedAtUs);
  }
}
