import { type AssetId, type BookTop, Decimal, type Listing, type VenueId } from '@ats/domain';

/** Prices and sizes of one side of a book, best first, exact. */
export interface Level {
  readonly price: Decimal;
  readonly size: Decimal;
}

/** A listing and its book as it stands. */
export interface Market {
  readonly listing: Listing;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  /** Microseconds since the epoch. */
  readonly receivedAtUs: number;
}

/** What one unit of an asset is worth in the numeraire; an asset without a price is not there. */
export type Values = ReadonlyMap<AssetId, Decimal>;

/** Digits kept of prices and sizes, of amounts of money, and of values of one unit. */
const BOOK_SCALE = 12;
export const MONEY_SCALE = 18;
const VALUE_SCALE = 15;
/** Doubles beyond these are no market data. */
const VALUE_MIN = 1e-12;
const VALUE_MAX = 1e18;
const HALF = Decimal.parse('0.5');
const BPS = Decimal.parse('0.0001');

function levelsOf(prices: Float64Array, sizes: Float64Array, count: number): readonly Level[] {
  const exact = (value: number | undefined): Decimal =>
    value !== undefined && value > VALUE_MIN && value < VALUE_MAX
      ? Decimal.fromNumber(value).round(BOOK_SCALE, 'down')
      : Decimal.ZERO;
  return Array.from({ length: count }, (_, index) => ({
    price: exact(prices[index]),
    size: exact(sizes[index]),
  })).filter(({ price, size }) => price.isPositive() && size.isPositive());
}

export function marketOf(listing: Listing, book: BookTop): Market {
  return {
    listing,
    bids: levelsOf(book.bidPrices, book.bidSizes, book.bidCount),
    asks: levelsOf(book.askPrices, book.askSizes, book.askCount),
    receivedAtUs: book.receivedAtUs,
  };
}

/** What an amount is worth in the numeraire, rounded up in size. */
export function worthOf(amount: Decimal, value: Decimal): Decimal {
  return amount.round(MONEY_SCALE, 'up').multiply(value).round(MONEY_SCALE, 'up');
}

/** The middle of the book; undefined when it has not both sides. */
function middleOf({ bids, asks }: Market): Decimal | undefined {
  const [bid] = bids;
  const [ask] = asks;
  if (bid === undefined || ask === undefined) return undefined;
  return bid.price.add(ask.price).multiply(HALF);
}

/**
 * What assets are worth by the middle of the newest books, through as few books as can be: those
 * against the numeraire, either way round, then those against money that has a value by then.
 */
export function valuesOf(markets: readonly Market[], numeraire: AssetId): Values {
  const values = new Map<AssetId, Decimal>([[numeraire, Decimal.ONE]]);
  const newestFirst = markets.toSorted((a, b) => b.receivedAtUs - a.receivedAtUs);
  for (let before = 0; before < values.size; ) {
    before = values.size;
    const known = new Map(values);
    for (const market of newestFirst) {
      const { base, quote } = market.listing;
      const middle = middleOf(market);
      if (middle === undefined) continue;
      const quoteValue = known.get(quote.id);
      const baseValue = known.get(base.id);
      const set = (asset: AssetId, value: Decimal): void => {
        if (!values.has(asset) && value.isPositive()) values.set(asset, value);
      };
      const at = { scale: VALUE_SCALE, rounding: 'half-even' } as const;
      if (quoteValue !== undefined) {
        set(base.id, middle.multiply(quoteValue).round(at.scale, at.rounding));
      } else if (baseValue !== undefined) {
        set(quote.id, baseValue.divide(middle, at));
      }
    }
  }
  return values;
}

/**
 * What one trade of usual size takes of an asset at a venue: in the quote with the fee, and never
 * less than the venue's own least. Zero where the venue lists nothing with it.
 */
export function leastOf(parts: {
  readonly asset: AssetId;
  readonly venue: VenueId;
  readonly listings: readonly Listing[];
  /** What a trade of usual size is worth, in the numeraire. */
  readonly tradeNotional: Decimal;
  readonly value: Decimal | undefined;
}): Decimal {
  const { asset, venue, tradeNotional, value } = parts;
  const here = parts.listings.filter((one) => one.venue === venue);
  const asBase = here.filter(({ base }) => base.id === asset);
  const asQuote = here.filter(({ quote }) => quote.id === asset);
  if (asBase.length + asQuote.length === 0) return Decimal.ZERO;
  const fee = asQuote.reduce((most, { fees }) => most.max(fees.takerBps), Decimal.ZERO);
  const usual =
    value === undefined || value.isZero()
      ? Decimal.ZERO
      : tradeNotional
          .multiply(Decimal.ONE.add(fee.multiply(BPS)))
          .divide(value, { scale: BOOK_SCALE, rounding: 'up' });
  const least = [
    ...asBase.map(({ quantityMin }) => quantityMin),
    ...asQuote.map(({ notionalMin }) => notionalMin),
  ].reduce((one, other) => one.min(other));
  return usual.max(least);
}

/** What taking levels came to. */
export interface Taken {
  /** Units of base. */
  readonly quantity: Decimal;
  /** Quote, exact. */
  readonly notional: Decimal;
}

/** Takes levels, best first, until either bound or the book's end is reached. */
export function take(
  levels: readonly Level[],
  bound: { readonly quantity?: Decimal; readonly notional?: Decimal },
): Taken {
  let quantity = Decimal.ZERO;
  let notional = Decimal.ZERO;
  for (const { price, size } of levels) {
    let part = size;
    if (bound.quantity !== undefined) part = part.min(bound.quantity.subtract(quantity));
    if (bound.notional !== undefined) {
      const at = { scale: BOOK_SCALE, rounding: 'down' } as const;
      part = part.min(bound.notional.subtract(notional).divide(price, at));
    }
    if (!part.isPositive()) break;
    quantity = quantity.add(part);
    notional = notional.add(part.multiply(price));
  }
  return { quantity, notional };
}

/** Taker fee on an amount of quote, rounded against us. */
export const takerFee = (notional: Decimal, { fees }: Listing): Decimal =>
  notional.round(MONEY_SCALE, 'up').multiply(fees.takerBps.multiply(BPS)).round(MONEY_SCALE, 'up');
