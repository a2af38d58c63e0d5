declare const brand: unique symbol;
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A venue's name in the config, such as `binance`. Lower case, digits and dashes. */
export type VenueId = Branded<'VenueId'>;
/** An asset pair in common names, `BASE/QUOTE`, such as `BTC/USDT`. */
export type InstrumentId = Branded<'InstrumentId'>;
/** One asset in its common name, such as `BTC`. */
export type AssetId = Branded<'AssetId'>;
/** One instrument on one venue: `venue:BASE/QUOTE`. */
export type MarketId = Branded<'MarketId'>;
/** An opportunity's id: the same inputs give the same id on every replay. */
export type OpportunityId = Branded<'OpportunityId'>;

export const venueId = (text: string): VenueId => text as VenueId;
export const assetId = (text: string): AssetId => text as AssetId;
export const opportunityId = (text: string): OpportunityId => text as OpportunityId;

export function instrumentId(pair: { base: string; quote: string }): InstrumentId {
  return `${pair.base}/${pair.quote}` as InstrumentId;
}

export function marketId(market: { venue: string; instrument: string }): MarketId {
  return `${market.venue}:${market.instrument}` as MarketId;
}
