import { Decimal, type Fee } from '@ats/domain';
import type { VenueFill } from './venue-facts.ts';

/** Digits that a share of a fee is cut to; the last fill gets what is left over. */
const SHARE_DIGITS = 12;

/** A fill whose fee is known. */
export type PricedFill = VenueFill & { readonly fee: Fee };

/**
 * Gives each fill its share of what the venue took for the order as a whole, by what it was worth.
 * Shares that were given before stay; the sum is exact. The same fills get the same shares.
 *
 * @param options `given`: shares so far, by trade id
 */
export function shareFee(options: {
  readonly fills: readonly VenueFill[];
  readonly total: Fee;
  readonly given: ReadonlyMap<string, Fee>;
}): readonly PricedFill[] {
  const { total, given } = options;
  const { asset } = total;
  const fills = [...options.fills].sort((a, b) => (a.tradeId < b.tradeId ? -1 : 1));
  let left = total.amount;
  for (const fee of given.values()) left = left.subtract(fee.amount);
  const fresh = fills.filter(({ tradeId }) => !given.has(tradeId));
  let worth = fresh.reduce((sum, one) => sum.add(worthOf(one)), Decimal.ZERO);
  const shares = new Map<string, Fee>(given);
  for (const fill of fresh) {
    const own = worthOf(fill);
    const isLast = !worth.greaterThan(own);
    const share = left.multiply(own);
    const amount = isLast ? left : share.divide(worth, { scale: SHARE_DIGITS, rounding: 'down' });
    shares.set(fill.tradeId, { asset, amount });
    left = left.subtract(amount);
    worth = worth.subtract(own);
  }
  return fills.map((fill) => ({
    ...fill,
    fee: shares.get(fill.tradeId) ?? { asset, amount: Decimal.ZERO },
  }));
}

const worthOf = ({ quantity, price }: VenueFill): Decimal => quantity.multiply(price);
