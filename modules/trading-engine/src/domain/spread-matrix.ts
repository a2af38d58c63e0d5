import { topEdgeBps } from './assessment.ts';
import type { Market, Pair } from './market.ts';
import type { SpreadCell } from './strategy.ts';

/** The edge of every pair, for people to look at: made on demand, never on an update. */
export function spreadMatrixOf(input: {
  pairs: readonly Pair[];
  nowUs: number;
  /** Size of `sizedNetBps`, in the numeraire. */
  notional: number;
}): readonly SpreadCell[] {
  const { nowUs, notional } = input;
  return input.pairs.map((pair) => {
    const { buy, sell } = pair;
    const fresh = (market: Market): boolean =>
      market.book.live && market.book.ageUs(nowUs) <= market.ageUsMax;
    return {
      base: pair.base,
      buy: buy.listing.venue,
      buyInstrument: buy.listing.instrument,
      sell: sell.listing.venue,
      sellInstrument: sell.listing.instrument,
      netBps: topEdgeBps(pair),
      sizedNetBps: sizedEdgeBps(pair, notional),
      ageUs: Math.max(buy.book.ageUs(nowUs), sell.book.ageUs(nowUs)),
      stale: !fresh(buy) || !fresh(sell),
    };
  });
}

/** The top edge, worsened by what taking the size does to both mean prices. */
function sizedEdgeBps(pair: Pair, notional: number): number {
  const { buy, sell } = pair;
  const quantity = notional / buy.netAskConverted;
  const bought = meanOverBest(buy, 'ask', quantity);
  const sold = meanOverBest(sell, 'bid', quantity);
  return ((1 + topEdgeBps(pair) / 10_000) * (sold / bought) - 1) * 10_000;
}

/** Mean price of a size over the best price; NaN when the book does not hold the size. */
function meanOverBest(market: Market, side: 'ask' | 'bid', quantity: number): number {
  const { book } = market;
  const prices = side === 'ask' ? book.askPrices : book.bidPrices;
  const sizes = side === 'ask' ? book.askSizes : book.bidSizes;
  const count = side === 'ask' ? book.askCount : book.bidCount;
  let rest = quantity;
  let notional = 0;
  for (let level = 0; level < count && rest > 0; level += 1) {
    const part = Math.min(rest, sizes[level] as number);
    notional += part * (prices[level] as number);
    rest -= part;
  }
  return rest > 0 || count === 0 ? Number.NaN : notional / quantity / (prices[0] as number);
}
