import { type AssetId, assetIdentity, type Decimal, type Listing } from '@ats/domain';

/** Most that one trade may be worth in one money. */
export interface MoneyLimits {
  /** Largest leg, in that money. */
  readonly notionalMax: Decimal;
  /** Both legs and their fees together, in that money. */
  readonly exposureMax: Decimal;
}

/** Names that may be traded; `allow` absent means all that are not blocked. */
export interface NameFilter {
  readonly allow: ReadonlySet<string> | undefined;
  readonly block: ReadonlySet<string>;
}

/** What risk knows of a market: which assets its names stand for. */
export interface KnownMarket {
  readonly baseId: AssetId;
  /** Equal for equal assets, see `assetIdentity`. */
  readonly baseIdentity: string;
  readonly quoteId: AssetId;
}

/** By venue and instrument: two look-ups of strings that exist, no key to build. */
export type KnownMarkets = ReadonlyMap<string, ReadonlyMap<string, KnownMarket>>;

/** Every limit that can be held without knowing positions. */
export interface RiskLimits {
  /** By the money that profit is counted in; a money without limits is refused. */
  readonly money: ReadonlyMap<string, MoneyLimits>;
  readonly venues: NameFilter;
  /** Most that one leg on a venue may be worth, in the numeraire; absent ones have no own limit. */
  readonly venueNotionalMax: ReadonlyMap<string, Decimal>;
  /** Instruments (`BTC/USDT`) and base assets (`BTC`). */
  readonly symbols: NameFilter;
  readonly bookAgeUsMax: number;
  readonly clockSkewUsMax: number;
  /** Gross profit over the cost of the buy leg, basis points. */
  readonly spreadCeilingBps: Decimal;
  readonly markets: KnownMarkets;
}

export function knownMarkets(listings: readonly Listing[]): KnownMarkets {
  const markets = new Map<string, Map<string, KnownMarket>>();
  for (const { venue, instrument, base, quote } of listings) {
    const ofVenue = markets.get(venue) ?? new Map<string, KnownMarket>();
    markets.set(venue, ofVenue);
    const known = { baseId: base.id, baseIdentity: assetIdentity(base), quoteId: quote.id };
    ofVenue.set(instrument, known);
  }
  return markets;
}
