import { Decimal, legsOf, type Opportunity, type OpportunityLeg } from '@ats/domain';
import { bridgeRefusal } from './check-bridge.ts';
import {
  generalRefusal,
  inMs,
  listedMarket,
  listRefusal,
  orderRefusal,
  type RiskState,
  rateRefusal,
} from './check-market.ts';
import { plain, type Refusal } from './refusal.ts';
import { flawOf } from './soundness.ts';

const TEN_THOUSAND = Decimal.parse('10000');
const US_PER_MS = 1000;
const SIDES = ['buy', 'sell'] as const;
type Side = (typeof SIDES)[number];

/**
 * What of an opportunity has nothing to do with its size. Pure: the same inputs give the same
 * answer. The first that refuses, in the order of the code, gives the reason.
 */
export function checkOpportunity(opportunity: Opportunity, state: RiskState): Refusal | undefined {
  return (
    unsound(opportunity) ??
    generalRefusal(state) ??
    lists(opportunity, state) ??
    identity(opportunity, state) ??
    bridgeRefusal(opportunity, state.rules) ??
    freshness(opportunity, state) ??
    ceiling(opportunity, state) ??
    orders(opportunity, state) ??
    rateRefusal(state)
  );
}

function unsound(opportunity: Opportunity): Refusal | undefined {
  const flaw = flawOf(opportunity);
  if (flaw === undefined) return undefined;
  const { field, value, expected } = flaw;
  const detail = `${field} is ${value}, expected ${expected}.`;
  return { reason: 'RISK_INVALID_REQUEST', detail, limit: expected, value };
}

function lists({ buy, sell, bridge }: Opportunity, { rules }: RiskState): Refusal | undefined {
  return (
    listRefusal(buy, rules) ??
    listRefusal(sell, rules) ??
    (bridge === undefined ? undefined : listRefusal(bridge, rules))
  );
}

function orders(opportunity: Opportunity, state: RiskState): Refusal | undefined {
  for (const leg of legsOf(opportunity)) {
    const { venue, instrument, side, limitPrice: price } = leg;
    const refusal = orderRefusal({ venue, instrument, side, price }, state);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function identity(opportunity: Opportunity, { rules }: RiskState): Refusal | undefined {
  const reason = 'ASSET_IDENTITY_MISMATCH';
  let first = '';
  for (const side of SIDES) {
    const leg = opportunity[side];
    const market = listedMarket(leg, rules);
    if ('reason' in market) return market;
    if (market.baseId !== opportunity.base) {
      const detail = `The ${side} leg trades ${market.baseId}, not ${opportunity.base}.`;
      return { reason, detail, limit: opportunity.base, value: market.baseId };
    }
    if (first !== '' && market.baseIdentity !== first) {
      const detail = `The legs trade different assets: ${first} and ${market.baseIdentity}.`;
      return { reason, detail, limit: first, value: market.baseIdentity };
    }
    first = market.baseIdentity;
    const refusal = money(leg, side, { quote: market.quoteId, numeraire: opportunity.numeraire });
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** A leg paid in other money than the numeraire has been converted, and no other leg has. */
function money(
  leg: OpportunityLeg,
  side: Side,
  { quote, numeraire }: { readonly quote: string; readonly numeraire: string },
): Refusal | undefined {
  const same = quote === numeraire;
  if (same ? leg.conversionRate.equals(Decimal.ONE) : leg.conversion !== undefined)
    return undefined;
  const detail = same
    ? `The ${side} leg is in ${numeraire} and yet converted at ${plain(leg.conversionRate)}.`
    : `The ${side} leg is in ${quote} and nothing converts it to ${numeraire}.`;
  return { reason: 'ASSET_IDENTITY_MISMATCH', detail, limit: numeraire, value: quote };
}

function freshness(opportunity: Opportunity, { limits, nowUs }: RiskState): Refusal | undefined {
  const sinceUs = Math.max(0, nowUs - opportunity.times.decidedAtUs);
  const ageMax = usOf(limits.limit('bookAge').max);
  const skewMax = usOf(limits.limit('clockSkew').max);
  for (const side of ['buy', 'sell', 'bridge'] as const) {
    const leg = opportunity[side];
    if (leg === undefined) continue;
    const ageUs = Math.max(leg.bookAgeUs, leg.conversionAgeUs) + sinceUs;
    if (ageUs > ageMax) {
      const [limit, value] = [inMs(ageMax), inMs(ageUs)];
      const which = leg.conversionAgeUs > leg.bookAgeUs ? 'conversion book' : 'book';
      const whose = `The ${which} of the ${side} leg on ${leg.venue}`;
      const detail = `${whose} is ${value} old; ${limit} is the most.`;
      return { reason: 'RISK_BOOK_AGE_MAX', detail, limit, value };
    }
    if (Math.abs(leg.clockSkewUs) > skewMax) {
      const [limit, value] = [inMs(skewMax), inMs(leg.clockSkewUs)];
      const detail = `The clock of ${leg.venue} is ${value} off; ${limit} either way is the most.`;
      return { reason: 'RISK_CLOCK_SKEW_MAX', detail, limit, value };
    }
  }
  return undefined;
}

const usOf = (max: Decimal | undefined): number =>
  max === undefined ? Number.POSITIVE_INFINITY : max.toNumber() * US_PER_MS;

/** Measured on the legs, so that a gross profit that was understated does not pass below it. */
function ceiling({ buy, sell }: Opportunity, { limits }: RiskState): Refusal | undefined {
  const { max } = limits.limit('spread');
  if (max === undefined) return undefined;
  const cost = buy.notional.multiply(buy.conversionRate);
  const proceeds = sell.notional.multiply(sell.conversionRate);
  const edge = proceeds.subtract(cost).multiply(TEN_THOUSAND);
  if (edge.compare(cost.multiply(max)) <= 0) return undefined;
  const limit = plain(max);
  const value = plain(edge.divide(cost, { scale: 2, rounding: 'up' }));
  const detail = `A gross edge of ${value} bps is too good to be true; ${limit} bps is the most.`;
  return { reason: 'RISK_SPREAD_CEILING', detail, limit, value };
}
