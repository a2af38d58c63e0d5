import { assetIdentity, commonStep, type Listing } from '@ats/domain';
import { Balances } from './balances.ts';
import { BookView } from './book-view.ts';
import type { Bridge } from './bridge.ts';
import { type ConsolidatedView, isCoin, nested } from './consolidated-view.ts';
import { Conversion } from './conversion.ts';
import { fractionOf, Market, type Pair } from './market.ts';
import { ageUsMaxOf, type CrossExchangeSettings } from './settings.ts';

/** Three markets of one venue: a base in a coin, the base in money, the coin in money. */
interface Triangle {
  readonly inCoin: Listing;
  readonly inMoney: Listing;
  readonly coin: Listing;
}

/**
 * The triangles of all venues that begin and end in the numeraire, as pairs: the base is bought in
 * the coin and sold for money, or the other way round, and the coin's own market is the conversion
 * between the two. It is charged its fee, walked for its depth, and traded as the third leg.
 */
export function buildTriangularView(
  listings: readonly Listing[],
  settings: CrossExchangeSettings,
): ConsolidatedView {
  const triangles = trianglesOf(listings, settings.numeraire);
  const balances = new Balances(settings.balances);
  const conversions = unique(triangles.map(({ coin }) => coin)).map(
    (listing) =>
      new Conversion({
        listing,
        book: new BookView(settings.bookDepth),
        numeraireIsBase: false,
        feeRate: fractionOf(listing.fees.takerBps),
      }),
  );
  const conversionOf = new Map(conversions.map((one) => [one.listing, one]));
  const coinOf = new Map(triangles.map(({ inCoin, coin }) => [inCoin, conversionOf.get(coin)]));
  const slippageRate = fractionOf(settings.slippageBps).toNumber();
  const ageUsMax = ({ venue }: Listing): number => ageUsMaxOf(settings, venue);
  const balancesOf = ({ venue, base, quote }: Listing) => ({
    baseBalance: balances.of({ venue, asset: base.id }),
    quoteBalance: balances.of({ venue, asset: quote.id }),
  });
  const markets = unique(triangles.flatMap(({ inCoin, inMoney }) => [inCoin, inMoney])).map(
    (listing, index) =>
      new Market({
        index,
        listing,
        book: new BookView(settings.bookDepth),
        conversion: coinOf.get(listing) ?? null,
        quoteIsNumeraire: listing.quote.id === settings.numeraire,
        ageUsMax: ageUsMax(listing),
        ...balancesOf(listing),
        slippageRate,
      }),
  );
  const pairs = pairsOf(triangles, { markets, conversionOf, ageUsMax, balancesOf });
  const byMarket = nested(markets, ({ listing }) => listing);
  const dependents = conversions.map((conversion) => ({
    conversion,
    dependents: markets.filter((market) => market.conversion === conversion),
  }));
  const byConversion = nested(dependents, ({ conversion }) => conversion.listing);
  return {
    markets,
    pairs,
    pairsOfMarket: markets.map((market) =>
      pairs.filter(({ buy, sell }) => buy === market || sell === market),
    ),
    pairsOfConversion: new Map(
      conversions.map((one) => [one, pairs.filter(({ bridge }) => bridge?.conversion === one)]),
    ),
    balances,
    market: (venue, instrument) => byMarket.get(venue)?.get(instrument),
    conversion: (venue, instrument) => byConversion.get(venue)?.get(instrument),
    unconverted: [],
  };
}

interface Parts {
  readonly markets: readonly Market[];
  readonly conversionOf: ReadonlyMap<Listing, Conversion>;
  readonly ageUsMax: (listing: Listing) => number;
  readonly balancesOf: (listing: Listing) => Pick<Bridge, 'baseBalance' | 'quoteBalance'>;
}

/** Both directions of every triangle. */
function pairsOf(
  triangles: readonly Triangle[],
  { markets, conversionOf, ageUsMax, balancesOf }: Parts,
): readonly Pair[] {
  const marketOf = new Map(markets.map((market) => [market.listing, market]));
  return triangles
    .flatMap(({ inCoin, inMoney, coin }) => {
      const [a, b] = [marketOf.get(inCoin) as Market, marketOf.get(inMoney) as Market];
      const conversion = conversionOf.get(coin) as Conversion;
      const leg = { book: conversion.book, feeRate: fractionOf(coin.fees.takerBps) };
      const bridge: Omit<Bridge, 'side'> = {
        ...{ conversion, leg: { ...leg, conversion: null }, ageUsMax: ageUsMax(coin) },
        ...balancesOf(coin),
      };
      return [
        { buy: a, sell: b, bridge: { ...bridge, side: 'buy' as const } },
        { buy: b, sell: a, bridge: { ...bridge, side: 'sell' as const } },
      ];
    })
    .map(
      (sides, index): Pair => ({
        ...sides,
        index,
        base: sides.buy.listing.base.id,
        sameMoney: false,
        mismatch: false,
        step: commonStep(sides.buy.listing.quantityStep, sides.sell.listing.quantityStep),
      }),
    );
}

function trianglesOf(listings: readonly Listing[], numeraire: string): readonly Triangle[] {
  const inNumeraire = listings.filter(({ quote }) => quote.id === numeraire);
  return listings
    .filter(({ quote }) => isCoin(quote, numeraire))
    .flatMap((inCoin): readonly Triangle[] => {
      const ofVenue = inNumeraire.filter(({ venue }) => venue === inCoin.venue);
      const [inMoney, coin] = [inCoin.base, inCoin.quote].map((asset) =>
        ofVenue.find(({ base }) => assetIdentity(base) === assetIdentity(asset)),
      );
      return inMoney === undefined || coin === undefined ? [] : [{ inCoin, inMoney, coin }];
    });
}

const unique = <Item>(items: readonly Item[]): readonly Item[] => [...new Set(items)];
