import { Decimal, type Opportunity, type OpportunityLeg, type SidedLeg } from '@ats/domain';

/** Digits of money that is a share of other money. */
const MONEY_SCALE = 18;

/**
 * An opportunity with a smaller quantity, at the same limit prices. Money is its share of what it
 * was, rounded against us: the best levels are taken first, so that less of them costs no more a
 * unit, and brings no less. A bridge keeps to the step of its market: what that leaves of the coin
 * is less than a step.
 */
export function resized(
  opportunity: Opportunity,
  quantity: Decimal,
  bridgeStep: Decimal = Decimal.ONE,
): Opportunity {
  const { buy, sell, bridge } = opportunity;
  if (quantity.equals(opportunity.quantity)) return opportunity;
  const share = (amount: Decimal, rounding: 'floor' | 'ceiling'): Decimal =>
    // Cut to the scale of the result first: digits of rates and quantities would outgrow a decimal.
    (amount.scale > MONEY_SCALE ? amount.round(MONEY_SCALE, rounding) : amount)
      .multiply(quantity)
      .divide(opportunity.quantity, { scale: MONEY_SCALE, rounding })
      .normalized();
  const legOf = (leg: OpportunityLeg, rounding: 'floor' | 'ceiling'): OpportunityLeg => {
    return { ...leg, notional: share(leg.notional, rounding), fee: share(leg.fee, 'ceiling') };
  };
  const bridgeOf = (leg: SidedLeg): SidedLeg => ({
    ...leg,
    ...legOf(leg, leg.side === 'buy' ? 'ceiling' : 'floor'),
    quantity: share(leg.quantity, 'floor').roundToStep(bridgeStep, 'floor').normalized(),
  });
  const grossProfit = share(opportunity.grossProfit, 'floor');
  const fees = share(opportunity.fees, 'ceiling');
  const slippageReserve = share(opportunity.slippageReserve, 'ceiling');
  return {
    ...opportunity,
    quantity,
    buy: legOf(buy, 'ceiling'),
    sell: legOf(sell, 'floor'),
    ...(bridge === undefined ? {} : { bridge: bridgeOf(bridge) }),
    grossProfit,
    fees,
    slippageReserve,
    netProfit: grossProfit.subtract(fees).subtract(slippageReserve),
  };
}
