import { BookView } from '../../src/domain/book-view.ts';

/** A book view from `[price, size]` levels, best first. */
export function bookOf(
  bids: readonly (readonly [number, number])[],
  asks: readonly (readonly [number, number])[],
  depthMax = 50,
): BookView {
  const view = new BookView(depthMax);
  const column = (levels: readonly (readonly [number, number])[], at: 0 | 1): Float64Array =>
    Float64Array.from(levels, (level) => level[at]);
  view.copy({
    kind: 'book',
    venue: 'test' as never,
    instrument: 'A/B' as never,
    exchangeTimeUs: 0,
    receivedAtUs: 1,
    bookAtUs: 1,
    sequence: 1,
    bidCount: bids.length,
    askCount: asks.length,
    bidPrices: column(bids, 0),
    bidSizes: column(bids, 1),
    askPrices: column(asks, 0),
    askSizes: column(asks, 1),
  });
  return view;
}
