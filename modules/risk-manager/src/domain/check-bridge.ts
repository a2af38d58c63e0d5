import type { Opportunity, OpportunityLeg } from '@ats/domain';
import { listedMarket } from './check-market.ts';
import { plain, type Refusal } from './refusal.ts';
import type { KnownMarket, RiskRules } from './rules.ts';

/**
 * Whether a triangle comes out even: one main leg is paid in the numeraire, the other in a coin,
 * and the bridge trades what that leg pays or brings of it, fee included, back for the numeraire.
 * It may miss it by less than a step of its market. The main legs' markets are known to be listed.
 */
export function bridgeRefusal(opportunity: Opportunity, rules: RiskRules): Refusal | undefined {
  const { buy, sell, bridge, numeraire } = opportunity;
  if (bridge === undefined) return undefined;
  const market = listedMarket(bridge, rules);
  if ('reason' in market) return market;
  const quoteOf = (leg: OpportunityLeg) => (listedMarket(leg, rules) as KnownMarket).quoteId;
  const [main, other] = bridge.side === 'buy' ? [buy, sell] : [sell, buy];
  const isTriangle =
    market.quoteId === numeraire && market.baseId === quoteOf(main) && quoteOf(other) === numeraire;
  if (!isTriangle) {
    const value = [buy, sell, bridge].map(({ instrument }) => instrument).join(', ');
    const detail = `${value} make no triangle that begins and ends in ${numeraire}.`;
    return { reason: 'RISK_INVALID_REQUEST', detail, limit: 'a triangle', value };
  }
  const coins =
    bridge.side === 'buy' ? main.notional.add(main.fee) : main.notional.subtract(main.fee);
  const missed = coins.subtract(bridge.quantity);
  const size = missed.isNegative() ? missed.negate() : missed;
  if (size.lessThan(market.quantityStep)) return undefined;
  const [limit, value] = [plain(coins), plain(bridge.quantity)];
  const pays = bridge.side === 'buy' ? 'The buy leg pays' : 'The sell leg brings';
  const detail = `${pays} ${limit} ${market.baseId}, the bridge trades ${value}.`;
  return { reason: 'RISK_INVALID_REQUEST', detail, limit, value };
}
