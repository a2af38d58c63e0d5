import type { Tape, TapeBatch, TapeRange } from './tape.ts';

/** What a market did in one span of time. Prices are quote per base, volume is in base. */
export interface Bar {
  /** Index into the markets of whoever made the bars. */
  readonly market: number;
  /** Start and length, microseconds; starts are multiples of the length since the epoch, in UTC. */
  readonly startUs: number;
  readonly lengthUs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Rows that it was made of. */
  readonly count: number;
}

/** What bars are made of: trades, or the middle of the best prices, which has no volume. */
export type BarSource = 'trades' | 'mids';

interface OpenBar {
  startUs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  count: number;
}

/**
 * Makes bars of prices as they come, in order of time. A bar is given once time has passed its
 * end, never before; a span without a price has no bar.
 */
export class BarBuilder {
  private readonly lengthUs: number;
  private readonly bars: OpenBar[] = [];
  /** When the first of the open bars ends. */
  private endUs = Number.POSITIVE_INFINITY;

  /** @param lengthUs length of each bar, whole microseconds above 0 */
  constructor(lengthUs: number) {
    this.lengthUs = lengthUs;
  }

  /** Bars that have ended at a time, by market. Call it before `add` of a row of that time. */
  advance(timeUs: number): readonly Bar[] {
    return timeUs < this.endUs ? [] : this.end(timeUs);
  }

  add(market: number, row: { timeUs: number; price: number; size: number }): void {
    const { timeUs, price, size } = row;
    const bar = this.bars[market];
    if (bar === undefined || bar.count === 0) {
      const startUs = Math.floor(timeUs / this.lengthUs) * this.lengthUs;
      const prices = { open: price, high: price, low: price, close: price };
      this.bars[market] = { startUs, ...prices, volume: size, count: 1 };
      this.endUs = Math.min(this.endUs, startUs + this.lengthUs);
      return;
    }
    if (price > bar.high) bar.high = price;
    if (price < bar.low) bar.low = price;
    bar.close = price;
    bar.volume += size;
    bar.count += 1;
  }

  /** Bars that have not ended yet, as they stand. */
  finish(): readonly Bar[] {
    return this.end(Number.POSITIVE_INFINITY);
  }

  private end(timeUs: number): readonly Bar[] {
    const { lengthUs } = this;
    const ended: Bar[] = [];
    this.endUs = Number.POSITIVE_INFINITY;
    for (const [market, bar] of this.bars.entries()) {
      if (bar === undefined || bar.count === 0) continue;
      if (bar.startUs + lengthUs <= timeUs) {
        ended.push({ market, lengthUs, ...bar });
        bar.count = 0;
      } else this.endUs = Math.min(this.endUs, bar.startUs + lengthUs);
    }
    return ended.sort((one, other) => one.startUs - other.startUs);
  }
}

/**
 * A tape as bars of any length, in order of their ends; markets are the tape's. The last bars may
 * be cut off by the end of the tape.
 */
export async function* barsOf(
  tape: Tape,
  options: TapeRange & { readonly lengthUs: number; readonly source: BarSource },
): AsyncGenerator<Bar> {
  const builder = new BarBuilder(options.lengthUs);
  for await (const batch of tape.batches(options)) {
    if ((batch.kind === 'trade') !== (options.source === 'trades')) continue;
    for (let row = 0; row < batch.count; row += 1) {
      const timeUs = batch.receivedAtUs[row] as number;
      const price = priceOf(batch, row);
      if (Number.isNaN(price)) continue;
      yield* builder.advance(timeUs);
      const size = batch.kind === 'trade' ? (batch.size[row] as number) : 0;
      builder.add(batch.market[row] as number, { timeUs, price, size });
    }
  }
  yield* builder.finish();
}

/** The price of a trade, or the middle of a quote or book; NaN where a side is empty. */
function priceOf(batch: TapeBatch, row: number): number {
  switch (batch.kind) {
    case 'trade':
      return batch.price[row] as number;
    case 'quote':
      return ((batch.bid[row] as number) + (batch.ask[row] as number)) / 2;
    case 'book': {
      if (batch.bidCount[row] === 0 || batch.askCount[row] === 0) return Number.NaN;
      const at = row * batch.levels;
      return ((batch.bidPrices[at] as number) + (batch.askPrices[at] as number)) / 2;
    }
  }
}
