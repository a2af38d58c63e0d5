import { Decimal, type Listing, type Opportunity, type OpportunityLeg } from '@ats/domain';
import { bounded, NUMERAIRE_SCALE } from '../book-decimal.ts';

const BPS = Decimal.parse('0.0001');
const TWO = Decimal.parse('2');

/**
 * What a trade can lose at worst when only one leg fills and is closed at the edge of the collar,
 * both fees included: the larger of the two legs' losses, in the numeraire.
 */
export function worstCaseLoss(
  opportunity: Pick<Opportunity, 'buy' | 'sell' | 'quantity'>,
  costs: {
    readonly buy: Pick<Listing, 'fees'>;
    readonly sell: Pick<Listing, 'fees'>;
    readonly collarBps: Decimal;
  },
): Decimal {
  const lossOf = (leg: OpportunityLeg, { fees }: Pick<Listing, 'fees'>): Decimal => {
    const bps = costs.collarBps.add(fees.takerBps.multiply(TWO));
    const notional = opportunity.quantity.multiply(leg.limitPrice);
    const value = bounded(notional, 18).multiply(bounded(leg.conversionRate, 18));
    return bounded(value, NUMERAIRE_SCALE).multiply(bounded(bps.multiply(BPS), 10));
  };
  return lossOf(opportunity.buy, costs.buy).max(lossOf(opportunity.sell, costs.sell));
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
