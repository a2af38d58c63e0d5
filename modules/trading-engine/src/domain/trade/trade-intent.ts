import {
  type AccountId,
  type Decimal,
  type Listing,
  legsOf,
  type Opportunity,
  requestId,
  type TradeId,
  type TradeIntent,
} from '@ats/domain';
import { worstCaseLoss } from './worst-case.ts';

/** How an opportunity would be traded: what risk needs to know of it before there is a trade. */
export type IntentOf = (
  opportunity: Opportunity,
  /** Undefined where nothing is going to be traded: risk is asked and reserves nothing. */
  tradeId: TradeId | undefined,
) => TradeIntent;

export function intentsOf(options: {
  readonly accountId: AccountId;
  readonly listings: readonly Listing[];
  readonly collarBps: Decimal;
}): IntentOf {
  const { accountId, listings, collarBps } = options;
  const fees = new Map(listings.map((one) => [`${one.venue}:${one.instrument}`, one]));
  return (opportunity, tradeId) => {
    const legs = legsOf(opportunity);
    const markets = legs.flatMap(({ venue, instrument }) => {
      return fees.get(`${venue}:${instrument}`) ?? [];
    });
    // Of a market that is not listed nothing is traded: risk refuses it for that.
    const loss =
      markets.length < legs.length
        ? opportunity.fees
        : worstCaseLoss(opportunity, { listings: markets, collarBps });
    return { accountId, requestId: requestId(tradeId ?? ''), worstCaseLoss: loss };
  };
}
