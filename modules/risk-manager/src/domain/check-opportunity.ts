import {
  Decimal,
  marketId,
  type Opportunity,
  type OpportunityLeg,
  type ReasonCode,
  type RiskDecision,
} from '@ats/domain';
import type { Halt } from './halt.ts';
import type { NameFilter, RiskLimits } from './limits.ts';
import { flawOf } from './soundness.ts';

/** What a decision depends on beside limits and the opportunity itself. */
export interface RiskState {
  readonly nowUs: number;
  readonly halt: Halt | undefined;
  /** Approvals that the rate limit has left; one is needed. */
  readonly rateAvailable: number;
}

interface Refusal {
  readonly reason: ReasonCode;
  readonly detail: string;
  readonly limit: string;
  readonly value: string;
}

const TEN_THOUSAND = Decimal.parse('10000');
const SIDES = ['buy', 'sell'] as const;
type Side = (typeof SIDES)[number];

/**
 * Decides on one opportunity. Pure: the same inputs give the same decision. The first limit that
 * refuses, in the order of the code, gives the reason.
 */
export function checkOpportunity(
  opportunity: Opportunity,
  limits: RiskLimits,
  state: RiskState,
): RiskDecision {
  const opportunityId = opportunity.id;
  const refusal =
    unsound(opportunity) ??
    halted(state) ??
    venuesAndSymbols(opportunity, limits) ??
    identity(opportunity, limits) ??
    freshness(opportunity, limits, state) ??
    ceiling(opportunity, limits) ??
    amounts(opportunity, limits) ??
    rate(state);
  if (refusal !== undefined) return { opportunityId, verdict: 'refused', ...refusal };
  const detail = 'Within every limit.';
  return { opportunityId, verdict: 'approved', reason: 'APPROVED', detail, limit: '', value: '' };
}

const plain = (value: Decimal): string => value.normalized().toString();

/** Microseconds as milliseconds in words. */
const inMs = (timeUs: number): string => `${timeUs / 1000} ms`;

function unsound(opportunity: Opportunity): Refusal | undefined {
  const flaw = flawOf(opportunity);
  if (flaw === undefined) return undefined;
  const { field, value, expected } = flaw;
  const detail = `${field} is ${value}, expected ${expected}.`;
  return { reason: 'RISK_INVALID_REQUEST', detail, limit: expected, value };
}

function halted({ halt }: RiskState): Refusal | undefined {
  if (halt === undefined) return undefined;
  const detail = `Trading is halted by ${halt.actor}: ${halt.reason}.`;
  return { reason: 'RISK_HALTED', detail, limit: 'halted', value: halt.reason };
}

/** @param second another name of the same thing; either may be on a list */
function refusedBy(
  { allow, block }: NameFilter,
  first: string,
  second: string,
): 'blocked' | 'allowed' | undefined {
  if (block.has(first) || block.has(second)) return 'blocked';
  if (allow !== undefined && !allow.has(first) && !allow.has(second)) return 'allowed';
  return undefined;
}

function venuesAndSymbols(opportunity: Opportunity, limits: RiskLimits): Refusal | undefined {
  for (const side of SIDES) {
    const { venue, instrument } = opportunity[side];
    const venueList = refusedBy(limits.venues, venue, venue);
    if (venueList !== undefined) {
      const detail =
        venueList === 'blocked'
          ? `Venue ${venue} is blocked.`
          : `Venue ${venue} is not among the allowed venues.`;
      return { reason: 'RISK_VENUE_BLOCKED', detail, limit: venueList, value: venue };
    }
    const symbolList = refusedBy(limits.symbols, instrument, opportunity.base);
    if (symbolList !== undefined) {
      const detail =
        symbolList === 'blocked'
          ? `${instrument} is blocked.`
          : `${instrument} is not among the allowed symbols.`;
      return { reason: 'RISK_SYMBOL_BLOCKED', detail, limit: symbolList, value: instrument };
    }
  }
  return undefined;
}

function identity(opportunity: Opportunity, limits: RiskLimits): Refusal | undefined {
  const reason = 'ASSET_IDENTITY_MISMATCH';
  let first = '';
  for (const side of SIDES) {
    const leg = opportunity[side];
    const market = limits.markets.get(leg.venue)?.get(leg.instrument);
    if (market === undefined) {
      const detail = `${leg.venue} does not list ${leg.instrument} in the configuration.`;
      return { reason, detail, limit: 'a listed market', value: marketId(leg) };
    }
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

function freshness(
  opportunity: Opportunity,
  limits: RiskLimits,
  { nowUs }: RiskState,
): Refusal | undefined {
  const sinceUs = Math.max(0, nowUs - opportunity.times.decidedAtUs);
  for (const side of SIDES) {
    const leg = opportunity[side];
    const ageUs = Math.max(leg.bookAgeUs, leg.conversionAgeUs) + sinceUs;
    if (ageUs > limits.bookAgeUsMax) {
      const [limit, value] = [inMs(limits.bookAgeUsMax), inMs(ageUs)];
      const which = leg.conversionAgeUs > leg.bookAgeUs ? 'conversion book' : 'book';
      const whose = `The ${which} of the ${side} leg on ${leg.venue}`;
      const detail = `${whose} is ${value} old; ${limit} is the most.`;
      return { reason: 'RISK_BOOK_AGE_MAX', detail, limit, value };
    }
    if (Math.abs(leg.clockSkewUs) > limits.clockSkewUsMax) {
      const [limit, value] = [inMs(limits.clockSkewUsMax), inMs(leg.clockSkewUs)];
      const detail = `The clock of ${leg.venue} is ${value} off; ${limit} either way is the most.`;
      return { reason: 'RISK_CLOCK_SKEW_MAX', detail, limit, value };
    }
  }
  return undefined;
}

/** Measured on the legs, so that a gross profit that was understated does not pass below it. */
function ceiling(opportunity: Opportunity, limits: RiskLimits): Refusal | undefined {
  const { buy, sell } = opportunity;
  const cost = buy.notional.multiply(buy.conversionRate);
  const proceeds = sell.notional.multiply(sell.conversionRate);
  const edge = proceeds.subtract(cost).multiply(TEN_THOUSAND);
  if (edge.compare(cost.multiply(limits.spreadCeilingBps)) <= 0) return undefined;
  const limit = plain(limits.spreadCeilingBps);
  const value = plain(edge.divide(cost, { scale: 2, rounding: 'up' }));
  const detail = `A gross edge of ${value} bps is too good to be true; ${limit} bps is the most.`;
  return { reason: 'RISK_SPREAD_CEILING', detail, limit, value };
}

/**
 * What a leg is worth at worst, in the numeraire: a buy may fill whole at its limit price, so a
 * notional that was understated does not get below this.
 */
function worth(leg: OpportunityLeg, quantity: Decimal): Decimal {
  return leg.notional.max(leg.limitPrice.multiply(quantity)).multiply(leg.conversionRate);
}

function amounts(opportunity: Opportunity, limits: RiskLimits): Refusal | undefined {
  const { buy, sell, quantity, numeraire } = opportunity;
  const most = limits.money.get(numeraire);
  if (most === undefined) {
    const detail = `There are no limits in ${numeraire}: add risk.money.${numeraire}.`;
    return { reason: 'RISK_NOTIONAL_MAX', detail, limit: '0', value: numeraire };
  }
  const worths = { buy: worth(buy, quantity), sell: worth(sell, quantity) };
  for (const side of SIDES) {
    const { venue } = opportunity[side];
    const says = (value: string): string =>
      `The ${side} leg on ${venue} is worth ${value} ${numeraire};`;
    if (worths[side].greaterThan(most.notionalMax)) {
      const [limit, value] = [plain(most.notionalMax), plain(worths[side])];
      const detail = `${says(value)} ${limit} is the most for one leg.`;
      return { reason: 'RISK_NOTIONAL_MAX', detail, limit, value };
    }
    const venueMost = limits.venueNotionalMax.get(venue);
    if (venueMost !== undefined && worths[side].greaterThan(venueMost)) {
      const [limit, value] = [plain(venueMost), plain(worths[side])];
      const detail = `${says(value)} ${limit} is the most on that venue.`;
      return { reason: 'RISK_VENUE_NOTIONAL_MAX', detail, limit, value };
    }
  }
  const exposure = worths.buy.add(worths.sell).add(opportunity.fees);
  if (!exposure.greaterThan(most.exposureMax)) return undefined;
  const [limit, value] = [plain(most.exposureMax), plain(exposure)];
  const detail = `Both legs and fees expose ${value} ${numeraire}; ${limit} is the most.`;
  return { reason: 'RISK_EXPOSURE_MAX', detail, limit, value };
}

function rate({ rateAvailable }: RiskState): Refusal | undefined {
  if (rateAvailable >= 1) return undefined;
  const value = rateAvailable.toFixed(3);
  const detail = `Approvals come too fast: ${value} are left, 1 is needed.`;
  return { reason: 'RISK_RATE_LIMIT', detail, limit: '1', value };
}
