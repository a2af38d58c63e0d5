import type { Message } from '../../../src/contract.ts';

type BookSnapshot = Message<'ats.marketdata.v1.BookSnapshot'>;

/** One level as it is drawn. */
export interface Rung {
  readonly price: number;
  readonly size: number;
  /** Of this level and all better ones. */
  readonly sum: number;
  /** The sum over the deepest one that is shown, for its bar. */
  readonly percent: number;
}

export interface Ladder {
  /** The best first. */
  readonly bids: readonly Rung[];
  readonly asks: readonly Rung[];
  readonly middle: number;
  readonly spreadBps: number;
}

interface Level {
  readonly price: number;
  readonly size: number;
  readonly sum: number;
}

function summed(prices: readonly number[], sizes: readonly number[]): readonly Level[] {
  let sum = 0;
  return prices.map((price, index) => {
    const size = sizes[index] ?? 0;
    sum += size;
    return { price, size, sum };
  });
}

/** @returns the book with sums and the widths of their bars, one scale for both sides */
export function ladderOf(book: BookSnapshot, { rungs }: { readonly rungs: number }): Ladder {
  const bids = summed(book.bidPrices, book.bidSizes).slice(0, rungs);
  const asks = summed(book.askPrices, book.askSizes).slice(0, rungs);
  const deepest = Math.max(bids.at(-1)?.sum ?? 0, asks.at(-1)?.sum ?? 0) || 1;
  const drawn = (level: Level): Rung => ({ ...level, percent: (level.sum / deepest) * 100 });
  const bid = bids[0]?.price ?? Number.NaN;
  const ask = asks[0]?.price ?? Number.NaN;
  const middle = (bid + ask) / 2;
  const spreadBps = ((ask - bid) / middle) * 10_000;
  return { bids: bids.map(drawn), asks: asks.map(drawn), middle, spreadBps };
}

/** Whether taking so much reaches this level. */
export const isWalked = ({ sum, size }: Rung, quantity: number): boolean => sum - size < quantity;

/** @returns the mean price of taking so much, for looking at; undefined where there is less */
export function meanPrice(levels: readonly Rung[], quantity: number): number | undefined {
  if ((levels.at(-1)?.sum ?? 0) < quantity || quantity <= 0) return undefined;
  const cost = levels
    .filter((level) => isWalked(level, quantity))
    .reduce(
      (sum, { price, size, sum: upTo }) => sum + price * (size - Math.max(0, upTo - quantity)),
      0,
    );
  return cost / quantity;
}

/** A book as a chart of depth: what a price reaches on either side. */
export interface DepthCurve {
  /** Ascending. */
  readonly prices: readonly number[];
  readonly bids: readonly (number | null)[];
  readonly asks: readonly (number | null)[];
}

/** @returns both sides over one axis of prices */
export function depthCurve(book: BookSnapshot): DepthCurve {
  const bids = summed(book.bidPrices, book.bidSizes).toReversed();
  const asks = summed(book.askPrices, book.askSizes);
  return {
    prices: [...bids, ...asks].map(({ price }) => price),
    bids: [...bids.map(({ sum }) => sum), ...asks.map(() => null)],
    asks: [...bids.map(() => null), ...asks.map(({ sum }) => sum)],
  };
}
