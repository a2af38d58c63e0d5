import { type AssetId, assetIdentity, type Decimal, type Listing } from '@ats/domain';

/** Names that may be traded; `allow` absent means all that are not blocked. */
export interface NameFilter {
  readonly allow: ReadonlySet<string> | undefined;
  readonly block: ReadonlySet<string>;
}

/** What risk knows of a market: which assets its names stand for, and what its venue takes. */
export interface KnownMarket {
  readonly baseId: AssetId;
  /** Equal for equal assets, see `assetIdentity`. */
  readonly baseIdentity: string;
  readonly quoteId: AssetId;
  /** Quote per base. */
  readonly priceTick: Decimal;
  /** Units of base. */
  readonly quantityStep: Decimal;
  readonly quantityMin: Decimal;
  /** In quote. */
  readonly notionalMin: Decimal;
}

/** By venue and instrument: two look-ups of strings that exist, no key to build. */
export type KnownMarkets = ReadonlyMap<string, ReadonlyMap<string, KnownMarket>>;

/** What may be traded at all, whatever the limits say. */
export interface RiskRules {
  readonly venues: NameFilter;
  /** Instruments (`BTC/USDT`) and base assets (`BTC`). */
  readonly symbols: NameFilter;
  readonly markets: KnownMarkets;
}

export function knownMarkets(listings: readonly Listing[]): KnownMarkets {
  const markets = new Map<string, Map<string, KnownMarket>>();
  for (const { venue, instrument, base, quote, ...rules } of listings) {
    const ofVenue = markets.get(venue) ?? new Map<string, KnownMarket>();
    markets.set(venue, ofVenue);
    const { priceTick, quantityStep, quantityMin, notionalMin } = rules;
    ofVenue.set(instrument, {
      ...{ priceTick, quantityStep, quantityMin, notionalMin },
      baseId: base.id,
      baseIdentity: assetIdentity(base),
      quoteId: quote.id,
    });
  }
  return markets;
}
