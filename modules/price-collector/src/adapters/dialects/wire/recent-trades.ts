import type { FeedMarket } from '../../../domain/feed.ts';

/** Trade ids remembered per market: more than any venue repeats after a subscription. */
export const TRADE_IDS_REMEMBERED_MAX = 1024;

/** Kept by market, not by connection: a reconnect makes the venue repeat its latest trades. */
const SEEN = new WeakMap<FeedMarket, Set<string>>();

/** @returns whether the trade is new; true at most once for an id among the recent ones. */
export function isNewTrade(market: FeedMarket, tradeId: string): boolean {
  let ids = SEEN.get(market);
  if (ids === undefined) {
    ids = new Set();
    SEEN.set(market, ids);
  }
  if (ids.has(tradeId)) return false;
  ids.add(tradeId);
  if (ids.size > TRADE_IDS_REMEMBERED_MAX) {
    // A set gives its entries in the order of their insertion, the oldest first.
    for (const oldest of ids) {
      ids.delete(oldest);
      break;
    }
  }
  return true;
}
