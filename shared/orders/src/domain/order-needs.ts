import {
  type AssetId,
  assetId,
  Decimal,
  type Listing,
  type NewOrder,
  type Order,
} from '@ats/domain';
import { type AssetAmount, neededFor, worstCaseFee } from './hold.ts';

/** Digits at which the worst fee is rounded up: as fine as any venue's smallest unit. */
const FEE_SCALE = 12;

/** What holds are computed with: the assets of an instrument and the venue's dearest rate. */
export interface HoldTerms {
  readonly base: AssetId;
  readonly quote: AssetId;
  /** Basis points of the notional, charged in quote: the larger of the taker's and maker's rate. */
  readonly dearestFeeBps: Decimal;
}

/** What holds of orders on a listing are computed with. */
export function holdTermsOf({ base, quote, fees }: Listing): HoldTerms {
  const dearestFeeBps = fees.takerBps.max(fees.makerBps);
  return { base: base.id, quote: quote.id, dearestFeeBps };
}

/** The assets of an instrument by its name, `BASE/QUOTE`. */
export function assetsOf({ instrument }: Pick<NewOrder, 'instrument'>): {
  readonly base: AssetId;
  readonly quote: AssetId;
} {
  const [base = '', quote = ''] = instrument.split('/');
  return { base: assetId(base), quote: assetId(quote) };
}

/** The price that an order is reserved at: its limit, or the worst that is put up with. */
export const reservedPrice = ({ terms, worstPrice }: Pick<Order, 'terms' | 'worstPrice'>) =>
  terms.limitPrice ?? worstPrice;

/**
 * What must be reserved for `quantity` units of base of an order at `price`, in quote per base:
 * money or goods, and the worst fee. The gateway reserves by it and the OMS releases by it, so
 * that both come to the same figures.
 */
export function neededForQuantity(source: {
  readonly side: NewOrder['side'];
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly market: HoldTerms;
}): readonly AssetAmount[] {
  const { side, quantity, price, market } = source;
  const { base, quote, dearestFeeBps: rateBps } = market;
  const basis = quantity.multiply(price);
  const fee = worstCaseFee({ asset: quote, basis, rateBps, scale: FEE_SCALE });
  return neededFor({ side, base, quote, quantity, worstPrice: price, fee });
}

/** @returns the larger amount of each asset: what covers either of two needs */
export function largerOf(
  one: readonly AssetAmount[],
  other: readonly AssetAmount[],
): readonly AssetAmount[] {
  const assets = new Set([...one, ...other].map(({ asset }) => asset));
  const amountIn = (parts: readonly AssetAmount[], asset: AssetId): Decimal =>
    parts.find((part) => part.asset === asset)?.amount ?? Decimal.ZERO;
  return [...assets].map((asset) => ({
    asset,
    amount: amountIn(one, asset).max(amountIn(other, asset)),
  }));
}
