import { type AssetId, Decimal, type InstrumentId, type VenueId } from '@ats/domain';
import { realisedOf, unrealisedOf } from '../positions/position.ts';
import type { Holding } from '../positions/position-sums.ts';
import { addTo, converted, type RateOf, type Sums, worthOf } from './sums.ts';

/** What things are worth at one moment. */
export interface Prices {
  /** Quote per base on a venue; undefined where no book was ever seen. */
  readonly markOf: (venue: VenueId, instrument: InstrumentId) => Decimal | undefined;
  readonly rateOf: RateOf;
}

/** Profit of holdings in the numeraire: `profit` is realised and unrealised less fees, exactly. */
export interface Valuation {
  readonly profit: Decimal;
  readonly realised: Decimal;
  readonly unrealised: Decimal;
  readonly fees: Decimal;
  /** What was realised, by the money that it is in. */
  readonly realisedIn: Sums;
  readonly feesIn: Sums;
  /** What counts at its cost for want of a mark, and what is left out for want of a rate. */
  readonly unmarked: readonly string[];
  /** False when positions are left out: then profit is not known. */
  readonly whole: boolean;
}

export const quoteOf = (instrument: InstrumentId): AssetId =>
  instrument.slice(instrument.indexOf('/') + 1) as AssetId;

export const baseOf = (instrument: InstrumentId): AssetId =>
  instrument.slice(0, instrument.indexOf('/')) as AssetId;

/**
 * Values holdings by the books. What has no mark counts at what it cost: it has earned nothing yet.
 * What has no rate is left out, profit and loss. Both are named.
 */
export function valuationOf(holdings: Iterable<Holding>, prices: Prices): Valuation {
  const realisedIn = new Map<AssetId, Decimal>();
  const feesIn = new Map<AssetId, Decimal>();
  const unmarked: string[] = [];
  let realised = Decimal.ZERO;
  let unrealised = Decimal.ZERO;
  let whole = true;
  for (const { venue, instrument, position, fees } of holdings) {
    for (const [asset, amount] of fees) addTo(feesIn, asset, amount);
    const quote = quoteOf(instrument);
    const earned = realisedOf(position);
    addTo(realisedIn, quote, earned);
    const open = !position.quantity.isZero();
    const rate = prices.rateOf(quote);
    const mark = open ? prices.markOf(venue, instrument) : Decimal.ZERO;
    if (rate === undefined && (open || !earned.isZero())) {
      unmarked.push(`${instrument} on ${venue} is left out: ${quote} has no price`);
      whole = false;
    } else if (rate !== undefined) {
      realised = realised.add(converted(earned, rate));
      if (mark === undefined) unmarked.push(`${instrument} on ${venue} counts at cost: no book`);
      else if (open) unrealised = unrealised.add(converted(unrealisedOf(position, mark), rate));
    }
  }
  const paid = worthOf(feesIn, prices.rateOf);
  unmarked.push(...paid.missing.map((asset) => `fees in ${asset} are left out: it has no price`));
  const profit = realised.add(unrealised).subtract(paid.worth);
  return { profit, realised, unrealised, fees: paid.worth, realisedIn, feesIn, unmarked, whole };
}
