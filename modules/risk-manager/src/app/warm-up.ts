import {
  opportunityFromWire,
  opportunityMessage,
  riskDecisionFromWire,
  riskDecisionToWire,
} from '@ats/contracts';
import {
  assetId,
  Decimal,
  type Opportunity,
  type OpportunityLeg,
  opportunityId,
  venueId,
} from '@ats/domain';
import { checkOpportunity } from '../domain/check-opportunity.ts';
import type { KnownMarket, RiskLimits } from '../domain/limits.ts';

/** Enough for the compiler to have seen to the path; takes a few tens of milliseconds. */
const ROUNDS = 500;

/**
 * Runs the path of a check with a made-up opportunity until it is compiled. Opportunities are
 * rare and worth most when they are fresh: without this the first hundred answers take twice as
 * long. Decides nothing, counts nothing, uses no rate up.
 */
export function warmUp(limits: RiskLimits, nowUs: number): void {
  const sample = sampleOf(limits, nowUs);
  if (sample === undefined) return;
  const state = { nowUs, halt: undefined, rateAvailable: 1 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const asked = opportunityFromWire(opportunityMessage(sample));
    riskDecisionFromWire(riskDecisionToWire(checkOpportunity(asked, limits, state)));
  }
}

interface Entry {
  readonly venue: string;
  readonly instrument: string;
  readonly market: KnownMarket;
}

function sampleOf(limits: RiskLimits, nowUs: number): Opportunity | undefined {
  const [numeraire] = limits.money.keys();
  const entries: Entry[] = [...limits.markets].flatMap(([venue, markets]) =>
    [...markets].map(([instrument, market]) => ({ venue, instrument, market })),
  );
  for (const buy of entries) {
    const sell = entries.find(
      ({ venue, market }) => market.baseIdentity === buy.market.baseIdentity && venue !== buy.venue,
    );
    if (sell === undefined || numeraire === undefined) continue;
    const gross = Decimal.parse('0.2');
    return {
      id: opportunityId('warm-up'),
      base: buy.market.baseId,
      numeraire: assetId(numeraire),
      quantity: Decimal.parse('0.00100'),
      buy: legOf(buy, numeraire, '97000.10'),
      sell: legOf(sell, numeraire, '97200.30'),
      grossProfit: gross,
      fees: Decimal.ZERO,
      slippageReserve: Decimal.ZERO,
      netProfit: gross,
      netEdgeBps: 20.6,
      confidence: 0.5,
      times: { frameAtUs: nowUs, bookAtUs: nowUs, decidedAtUs: nowUs, riskAnsweredAtUs: 0 },
    };
  }
  return undefined;
}

function legOf(entry: Entry, numeraire: string, price: string): OpportunityLeg {
  const { market } = entry;
  const venue = venueId(entry.venue);
  const instrument = entry.instrument as OpportunityLeg['instrument'];
  const limitPrice = Decimal.parse(price);
  return {
    venue,
    instrument,
    limitPrice,
    averagePrice: limitPrice,
    notional: limitPrice.multiply(Decimal.parse('0.00100')),
    fee: Decimal.ZERO,
    conversionRate: Decimal.ONE,
    ...(market.quoteId === numeraire ? {} : { conversion: { venue, instrument } }),
    levels: 1,
    bookAgeUs: 0,
    conversionAgeUs: 0,
    clockSkewUs: 0,
  };
}
