import type { Decimal, Opportunity, OpportunityLeg, TradeIntent } from '@ats/domain';
import { commonStep } from '@ats/domain';
import type { Line } from './refusal.ts';
import type { KnownMarket } from './rules.ts';

/** Shares of amounts are rounded up: what is held against a limit is never understated. */
const SHARE = { scale: 12, rounding: 'up' } as const;

const shareOf = (amount: Decimal, part: Decimal, whole: Decimal): Decimal =>
  part.equals(whole) ? amount : amount.multiply(part).divide(whole, SHARE);

/** What a trade is worth by itself if `quantity` of it is traded. */
export function tradeLines(
  { opportunity, intent }: { readonly opportunity: Opportunity; readonly intent: TradeIntent },
  {
    quantity,
    rate,
  }: {
    readonly quantity: Decimal;
    /** One unit of the trade's numeraire in that of risk. */
    readonly rate: Decimal;
  },
): readonly Line[] {
  const { buy, sell, numeraire, fees } = opportunity;
  const share = (amount: Decimal): Decimal => shareOf(amount, quantity, opportunity.quantity);
  // A buy may fill whole at its limit price, so an understated notional does not get below this.
  const worth = ({ notional, limitPrice, conversionRate }: OpportunityLeg): Decimal =>
    share(notional).max(limitPrice.multiply(quantity)).multiply(conversionRate);
  const [bought, sold] = [worth(buy), worth(sell)];
  return [
    { name: 'tradeNotional', of: numeraire, value: bought },
    { name: 'venueNotional', of: buy.venue, value: bought.multiply(rate) },
    { name: 'tradeNotional', of: numeraire, value: sold },
    { name: 'venueNotional', of: sell.venue, value: sold.multiply(rate) },
    { name: 'tradeExposure', of: numeraire, value: bought.add(sold).add(share(fees)) },
    { name: 'tradeLoss', of: '', value: share(intent.worstCaseLoss).multiply(rate) },
  ];
}

/** The quantities that both markets take: multiples of `step`, `least` or more. */
export function tradableQuantities(
  { buy, sell }: Pick<Opportunity, 'buy' | 'sell'>,
  markets: { readonly buy: KnownMarket; readonly sell: KnownMarket },
): { readonly step: Decimal; readonly least: Decimal } {
  const step = commonStep(markets.buy.quantityStep, markets.sell.quantityStep);
  const leastOf = ({ limitPrice }: OpportunityLeg, market: KnownMarket): Decimal => {
    const byNotional = market.notionalMin.divide(limitPrice, { scale: 18, rounding: 'up' });
    return market.quantityMin.max(byNotional);
  };
  const least = leastOf(buy, markets.buy).max(leastOf(sell, markets.sell));
  return { step, least: least.roundToStep(step, 'ceiling') };
}
