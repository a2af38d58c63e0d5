import { Decimal, type Listing, legsOf, type Opportunity } from '@ats/domain';
import { bounded, NUMERAIRE_SCALE } from '../book-decimal.ts';

const BPS = Decimal.parse('0.0001');
const TWO = Decimal.parse('2');

/**
 * What a trade can lose at worst when not all of its legs fill and what is open is closed at the
 * edge of the collar, fees of filling and closing included, in the numeraire: the larger of the two
 * main legs' losses. Of a triangle base and coin can both be left open: its bridge's loss is added.
 */
export function worstCaseLoss(
  opportunity: Opportunity,
  costs: {
    /** The market of each leg, in the order of `legsOf`. */
    readonly listings: readonly Pick<Listing, 'fees'>[];
    readonly collarBps: Decimal;
  },
): Decimal {
  const [buy = Decimal.ZERO, sell = Decimal.ZERO, bridge = Decimal.ZERO] = legsOf(opportunity).map(
    ({ quantity, limitPrice, conversionRate }, index) => {
      const fee = costs.listings[index]?.fees.takerBps ?? Decimal.ZERO;
      const bps = costs.collarBps.add(fee.multiply(TWO));
      const notional = quantity.multiply(limitPrice);
      const value = bounded(notional, 18).multiply(bounded(conversionRate, 18));
      return bounded(value, NUMERAIRE_SCALE).multiply(bounded(bps.multiply(BPS), 10));
    },
  );
  return buy.max(sell).add(bridge);
}

/**
 * The smallest quantity of base that some venue takes at a price: what is less cannot be traded
 * by itself. @param price of one base in each listing's quote
 */
export function smallestQuantity(
  markets: readonly { readonly listing: Listing; readonly price: Decimal }[],
): Decimal {
  let smallest: Decimal | undefined;
  for (const { listing, price } of markets) {
    if (!price.isPositive()) continue;
    const byNotional = listing.notionalMin.divide(price, { scale: 18, rounding: 'up' });
    const least = listing.quantityMin
      .max(byNotional)
      .roundToStep(listing.quantityStep, 'ceiling')
      .normalized();
    smallest = smallest === undefined ? least : smallest.min(least);
  }
  return smallest ?? Decimal.ZERO;
}
