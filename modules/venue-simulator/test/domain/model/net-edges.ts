import type { SimMarket, SimVenue } from '../../../src/domain/sim-market.ts';

/** A trade that would pay after all fees at the tops of the books. */
export interface NetEdge {
  readonly base: string;
  readonly buyVenue: string;
  readonly sellVenue: string;
  readonly netBps: number;
}

const NUMERAIRE = 'USDT';

interface Money {
  /** Numeraire paid for one unit of the money, and got for one, fees included. */
  readonly pays: number;
  readonly gets: number;
}

const feeOf = (market: SimMarket): number => market.listing.fees.takerBps.toNumber() / 10_000;

/** Recomputes every edge from nothing but the public books, as plainly as can be. */
export function netEdges(venues: Iterable<SimVenue>): NetEdge[] {
  const markets = [...venues].flatMap((venue) => [...venue.markets.values()]);
  const money = moneyRates(markets);
  const traded = markets.filter((market) => market.listing.base.id !== NUMERAIRE);
  return traded.flatMap((buy) =>
    traded.flatMap((sell) => {
      if (buy === sell || buy.listing.base.id !== sell.listing.base.id) return [];
      const sameMoney = buy.listing.quote.id === sell.listing.quote.id;
      const paid = sameMoney ? 1 : money.get(buy.listing.quote.id)?.pays;
      const got = sameMoney ? 1 : money.get(sell.listing.quote.id)?.gets;
      if (paid === undefined || got === undefined) return [];
      const cost = buy.book.asks.price(0) * (1 + feeOf(buy)) * paid;
      const proceeds = sell.book.bids.price(0) * (1 - feeOf(sell)) * got;
      const netBps = (proceeds / cost - 1) * 10_000;
      if (!(netBps > 0)) return [];
      const { venue: buyVenue, base } = buy.listing;
      return [{ base: base.id, buyVenue, sellVenue: sell.listing.venue, netBps }];
    }),
  );
}

function moneyRates(markets: readonly SimMarket[]): Map<string, Money> {
  const rates = new Map<string, Money>([[NUMERAIRE, { pays: 1, gets: 1 }]]);
  for (const market of markets) {
    if (market.listing.base.id !== NUMERAIRE) continue;
    const { bids, asks } = market.book;
    const fee = feeOf(market);
    // One unit of the money is bought by selling the numeraire at the bid, and the other way.
    rates.set(market.listing.quote.id, {
      pays: 1 / (bids.price(0) * (1 - fee)),
      gets: 1 / (asks.price(0) * (1 + fee)),
    });
  }
  return rates;
}
