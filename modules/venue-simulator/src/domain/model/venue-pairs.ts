import type { Listing } from '@ats/domain';
import type { VenuePair } from './dislocations.ts';
import { ASSET_DEFAULT, MONEY_DEFAULT, type ModelParameters, VENUE_DEFAULT } from './parameters.ts';

/** The money that others are converted to when two venues quote in different money. */
const PIVOT = 'USDT';

/** Listings that are quoted in money, not in another coin. */
export const moneyListings = (listings: readonly Listing[]): readonly Listing[] =>
  listings.filter(({ quote }) => quote.bridge !== true);

/** Every two venues that list one base asset, with what a round trip between them costs. */
export function venuePairs(
  all: readonly Listing[],
  parameters: ModelParameters,
): readonly VenuePair[] {
  const listings = moneyListings(all);
  const quotes = new Set(listings.map((listing): string => listing.quote.id));
  const traded = listings.filter((listing) => !quotes.has(listing.base.id));
  return traded.flatMap((one, at) =>
    traded
      .slice(at + 1)
      .filter((other) => other.base.id === one.base.id && other.venue !== one.venue)
      .map((other) => ({
        base: one.base.id,
        venues: [one.venue, other.venue] as const,
        costBps: roundTripBps({ one, other }, listings, parameters),
      })),
  );
}

function roundTripBps(
  { one, other }: { one: Listing; other: Listing },
  listings: readonly Listing[],
  parameters: ModelParameters,
): number {
  const legsBps = legCostBps(one, parameters) + legCostBps(other, parameters);
  if (one.quote.id === other.quote.id) return legsBps;
  const convert = (leg: Listing): number => conversionCostBps(leg, listings, parameters);
  return legsBps + convert(one) + convert(other);
}

/** Taker fee, half spread and the half tick that rounding costs. */
function legCostBps(leg: Listing, parameters: ModelParameters): number {
  const asset = parameters.assets[leg.base.id] ?? ASSET_DEFAULT;
  const money = parameters.money[leg.quote.id] ?? MONEY_DEFAULT;
  const venue = parameters.venues[leg.venue] ?? VENUE_DEFAULT;
  const price = asset.priceUsd * money.unitsPerUsd;
  const halfTickBps = (0.5 * leg.priceTick.toNumber() * 1e4) / price;
  return leg.fees.takerBps.toNumber() + asset.halfSpreadBps * venue.spreadFactor + halfTickBps;
}

/** What the cheapest conversion of a leg's money costs; 0 where none is needed or listed. */
function conversionCostBps(
  leg: Listing,
  listings: readonly Listing[],
  parameters: ModelParameters,
): number {
  if (leg.quote.id === PIVOT) return 0;
  const costs = listings
    .filter((one) => one.base.id === PIVOT && one.quote.id === leg.quote.id)
    .map((one) => legCostBps(one, parameters));
  return costs.length === 0 ? 0 : Math.min(...costs);
}
