import { type Asset, assetIdentity, commonStep, Decimal, type Listing } from '@ats/domain';
import { Balances } from './balances.ts';
import { BookView } from './book-view.ts';
import { Conversion } from './conversion.ts';
import { fractionOf, Market, type Pair } from './market.ts';
import { ageUsMaxOf, type CrossExchangeSettings } from './settings.ts';

/** A market's book that converts money, and the markets whose net prices hang on it. */
export interface ConversionMarket {
  readonly conversion: Conversion;
  readonly dependents: readonly Market[];
}

/**
 * All markets that can be compared, grouped by base asset, with the pairs they make. Built once
 * from the listings; afterwards only numbers in it change.
 */
export interface ConsolidatedView {
  readonly markets: readonly Market[];
  readonly pairs: readonly Pair[];
  /** Pairs that a market's own book takes part in, by market index. */
  readonly pairsOfMarket: readonly (readonly Pair[])[];
  /** By conversion: pairs that are compared through it. */
  readonly pairsOfConversion: ReadonlyMap<Conversion, readonly Pair[]>;
  readonly balances: Balances;
  /** @returns the market of an event; undefined when it is not compared. */
  market(venue: string, instrument: string): Market | undefined;
  conversion(venue: string, instrument: string): ConversionMarket | undefined;
  /** Moneys that no listing converts: their markets meet only markets of the same money. */
  readonly unconverted: readonly string[];
}

export function buildConsolidatedView(
  all: readonly Listing[],
  settings: CrossExchangeSettings,
): ConsolidatedView {
  // A trade of two legs would leave some of the coin behind that one of them is paid in.
  const listings = all.filter(({ quote }) => !isCoin(quote, settings.numeraire));
  const conversions = conversionsOf(listings, settings);
  const balances = new Balances(settings.balances);
  const converting = new Set(conversions.map((one) => one.listing));
  const slippageRate = fractionOf(settings.slippageBps).toNumber();
  const markets = listings
    .filter((listing) => !converting.has(listing) && listing.base.id !== settings.numeraire)
    .map((listing, index) => {
      const quoteIsNumeraire = listing.quote.id === settings.numeraire;
      return new Market({
        index,
        listing,
        book: new BookView(settings.bookDepth),
        conversion: quoteIsNumeraire ? null : conversionFor(listing, conversions),
        quoteIsNumeraire,
        ageUsMax: ageUsMaxOf(settings, listing.venue),
        baseBalance: balances.of({ venue: listing.venue, asset: listing.base.id }),
        quoteBalance: balances.of({ venue: listing.venue, asset: listing.quote.id }),
        slippageRate,
      });
    });
  const pairs = pairsOf(markets);
  const byMarket = nested(markets, (market) => market.listing);
  const dependents = conversions.map((conversion) => ({
    conversion,
    dependents: markets.filter((market) => market.conversion === conversion),
  }));
  const byConversion = nested(dependents, (one) => one.conversion.listing);
  return {
    markets,
    pairs,
    pairsOfMarket: markets.map((market) =>
      pairs.filter((pair) => pair.buy === market || pair.sell === market),
    ),
    pairsOfConversion: new Map(
      conversions.map((conversion) => [
        conversion,
        pairs.filter((pair) => !pair.sameMoney && usesConversion(pair, conversion)),
      ]),
    ),
    balances,
    market: (venue, instrument) => byMarket.get(venue)?.get(instrument),
    conversion: (venue, instrument) => byConversion.get(venue)?.get(instrument),
    unconverted: [
      ...new Set(
        markets
          .filter((market) => !market.quoteIsNumeraire && market.conversion === null)
          .map((market) => market.listing.quote.id as string),
      ),
    ],
  };
}

/** Whether an asset that others are quoted in is no money. */
export const isCoin = ({ bridge, id }: Asset, numeraire: string): boolean =>
  bridge === true && id !== numeraire;

const usesConversion = (pair: Pair, conversion: Conversion): boolean =>
  pair.buy.conversion === conversion || pair.sell.conversion === conversion;

/** Two levels of maps, so that a look-up on the hot path joins no strings. */
export function nested<Item>(
  items: readonly Item[],
  listingOf: (item: Item) => Listing,
): ReadonlyMap<string, ReadonlyMap<string, Item>> {
  const byVenue = new Map<string, Map<string, Item>>();
  for (const item of items) {
    const { venue, instrument } = listingOf(item);
    const byInstrument = byVenue.get(venue) ?? new Map<string, Item>();
    byInstrument.set(instrument, item);
    byVenue.set(venue, byInstrument);
  }
  return byVenue;
}

/** The listings that have the numeraire against a money that some market is quoted in. */
function conversionsOf(
  listings: readonly Listing[],
  settings: CrossExchangeSettings,
): Conversion[] {
  const { numeraire } = settings;
  const isBase = (listing: Listing): boolean => listing.base.id === numeraire;
  const moneys = new Set(
    listings.filter((listing) => !isBase(listing)).map((listing) => listing.quote.id as string),
  );
  return listings
    .filter((listing) =>
      isBase(listing)
        ? moneys.has(listing.quote.id)
        : listing.quote.id === numeraire && moneys.has(listing.base.id),
    )
    .map(
      (listing) =>
        new Conversion({
          listing,
          book: new BookView(settings.bookDepth),
          numeraireIsBase: isBase(listing),
          feeRate: settings.chargeConversionFees ? fractionOf(listing.fees.takerBps) : Decimal.ZERO,
        }),
    );
}

/** Prefers a conversion on the market's own venue, then the order of the configuration. */
function conversionFor(listing: Listing, conversions: readonly Conversion[]): Conversion | null {
  const money = assetIdentity(listing.quote);
  const fitting = conversions.filter((one) => {
    const other = one.numeraireIsBase ? one.listing.quote : one.listing.base;
    return assetIdentity(other) === money;
  });
  return fitting.find((one) => one.listing.venue === listing.venue) ?? fitting[0] ?? null;
}

function pairsOf(markets: readonly Market[]): Pair[] {
  const pairs: Pair[] = [];
  for (const buy of markets) {
    for (const sell of markets) {
      const same = buy.listing.base.id === sell.listing.base.id;
      if (buy === sell || !same || buy.listing.venue === sell.listing.venue) continue;
      const sameQuoteName = buy.listing.quote.id === sell.listing.quote.id;
      const sameMoney = assetIdentity(buy.listing.quote) === assetIdentity(sell.listing.quote);
      pairs.push({
        index: pairs.length,
        base: buy.listing.base.id,
        buy,
        sell,
        sameMoney,
        mismatch:
          assetIdentity(buy.listing.base) !== assetIdentity(sell.listing.base) ||
          (sameQuoteName && !sameMoney),
        step: commonStep(buy.listing.quantityStep, sell.listing.quantityStep),
        bridge: undefined,
      });
    }
  }
  return pairs;
}
