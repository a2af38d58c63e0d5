import type { Opportunity, OpportunityLeg } from '@ats/domain';

/** What is wrong with a request, in the words of its contract. */
export interface Flaw {
  readonly field: string;
  readonly value: string;
  readonly expected: string;
}

type LegName = 'buy' | 'sell' | 'bridge.leg';

function legFlaw(side: LegName, leg: OpportunityLeg): Flaw | undefined {
  if (!leg.limitPrice.isPositive()) {
    return wrong(side, 'limit_price', leg.limitPrice, 'a price above 0');
  }
  if (!leg.averagePrice.isPositive()) {
    return wrong(side, 'average_price', leg.averagePrice, 'above 0');
  }
  if (!leg.notional.isPositive()) {
    return wrong(side, 'notional', leg.notional, 'an amount above 0');
  }
  if (leg.fee.isNegative()) return wrong(side, 'fee', leg.fee, 'an amount of 0 or more');
  if (!leg.conversionRate.isPositive()) {
    return wrong(side, 'conversion_rate', leg.conversionRate, 'above 0');
  }
  if (!(leg.levels >= 1)) return wrong(side, 'levels', leg.levels, 'a count of 1 or more');
  if (!(leg.bookAgeUs >= 0)) {
    return wrong(side, 'book_age_us', leg.bookAgeUs, 'a time of 0 or more');
  }
  if (!(leg.conversionAgeUs >= 0)) {
    return wrong(side, 'conversion_age_us', leg.conversionAgeUs, 'a time of 0 or more');
  }
  if (!Number.isFinite(leg.clockSkewUs)) {
    return wrong(side, 'clock_skew_us', leg.clockSkewUs, 'a time');
  }
  return undefined;
}

function wrong(side: LegName, name: string, value: unknown, expected: string): Flaw {
  return { field: `${side}.${name}`, value: String(value), expected };
}

/** Two legs are at two venues, a triangle's three at one. */
function venueFlaw({ buy, sell, bridge }: Opportunity): Flaw | undefined {
  if (bridge === undefined) {
    if (buy.venue !== sell.venue) return undefined;
    return { field: 'sell.venue', value: sell.venue, expected: 'another venue than the buy leg' };
  }
  for (const [field, { venue }] of Object.entries({
    'sell.venue': sell,
    'bridge.leg.venue': bridge,
  })) {
    if (venue !== buy.venue) return { field, value: venue, expected: 'the venue of the buy leg' };
  }
  if (!bridge.quantity.isPositive()) {
    const value = String(bridge.quantity);
    return { field: 'bridge.quantity', value, expected: 'a quantity above 0' };
  }
  return legFlaw('bridge.leg', bridge);
}

/** The first thing in an opportunity that cannot be true; undefined when it may all be. */
export function flawOf(opportunity: Opportunity): Flaw | undefined {
  const { buy, sell, quantity, grossProfit, fees, slippageReserve, netProfit } = opportunity;
  if (!quantity.isPositive()) {
    return { field: 'quantity', value: String(quantity), expected: 'a quantity above 0' };
  }
  const flaw = legFlaw('buy', buy) ?? legFlaw('sell', sell) ?? venueFlaw(opportunity);
  if (flaw !== undefined) return flaw;
  if (fees.isNegative()) {
    return { field: 'fees', value: String(fees), expected: 'an amount of 0 or more' };
  }
  if (slippageReserve.isNegative()) {
    const value = String(slippageReserve);
    return { field: 'slippage_reserve', value, expected: 'an amount of 0 or more' };
  }
  const net = grossProfit.subtract(fees).subtract(slippageReserve);
  if (!net.equals(netProfit)) {
    const expected = `${net}, what gross profit leaves after fees and reserve`;
    return { field: 'net_profit', value: String(netProfit), expected };
  }
  if (!Number.isFinite(opportunity.netEdgeBps)) {
    return { field: 'net_edge_bps', value: String(opportunity.netEdgeBps), expected: 'a number' };
  }
  const { confidence } = opportunity;
  if (!(confidence >= 0 && confidence <= 1)) {
    return { field: 'confidence', value: String(confidence), expected: 'from 0 to 1' };
  }
  const { decidedAtUs } = opportunity.times;
  if (!(decidedAtUs > 0)) {
    return { field: 'decided_at_us', value: String(decidedAtUs), expected: 'a time after 0' };
  }
  return undefined;
}
