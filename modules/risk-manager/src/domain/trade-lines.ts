import {
  commonStep,
  Decimal,
  legsOf,
  type Opportunity,
  type SidedLeg,
  type TradeIntent,
} from '@ats/domain';
import type { Line } from './refusal.ts';
import type { KnownMarket } from './rules.ts';

/** Shares of amounts are rounded up: what is held against a limit is never understated. */
const SHARE = { scale: 12, rounding: 'up' } as const;

/** Digits of money before it is multiplied: those of rates on top would outgrow a decimal. */
const MONEY_SCALE = 18;

const cut = (amount: Decimal): Decimal =>
  amount.scale > MONEY_SCALE ? amount.round(MONEY_SCALE, 'up') : amount;

const shareOf = (amount: Decimal, part: Decimal, whole: Decimal): Decimal =>
  part.equals(whole) ? cut(amount) : cut(amount).multiply(part).divide(whole, SHARE);

/** What the order of a leg may be where `quantity` of the trade is approved. */
export function legQuantity(leg: SidedLeg, opportunity: Opportunity, quantity: Decimal): Decimal {
  return leg === opportunity.bridge
    ? shareOf(leg.quantity, quantity, opportunity.quantity)
    : quantity;
}

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
  const { numeraire, fees } = opportunity;
  const share = (amount: Decimal): Decimal => shareOf(amount, quantity, opportunity.quantity);
  // A buy may fill whole at its limit price, so an understated notional does not get below this.
  const worth = (leg: SidedLeg): Decimal =>
    cut(
      cut(
        share(leg.notional).max(leg.limitPrice.multiply(legQuantity(leg, opportunity, quantity))),
      ).multiply(leg.conversionRate),
    );
  const lines: Line[] = [];
  let all = share(fees);
  for (const leg of legsOf(opportunity)) {
    const value = worth(leg);
    all = all.add(value);
    lines.push({ name: 'tradeNotional', of: numeraire, value });
    lines.push({ name: 'venueNotional', of: leg.venue, value: value.multiply(rate) });
  }
  return [
    ...lines,
    { name: 'tradeExposure', of: numeraire, value: all },
    { name: 'tradeLoss', of: '', value: share(intent.worstCaseLoss).multiply(rate) },
  ];
}

/**
 * The quantities that all markets of a trade take: multiples of `step`, `least` or more. A bridge
 * is held to what its market takes at least, in proportion.
 * @param markets of the legs, in the order of `legsOf`
 */
export function tradableQuantities(
  opportunity: Opportunity,
  markets: readonly KnownMarket[],
): { readonly step: Decimal; readonly least: Decimal } {
  const [buy, sell] = markets as readonly [KnownMarket, KnownMarket];
  const step = commonStep(buy.quantityStep, sell.quantityStep);
  let least = Decimal.ZERO;
  for (const [index, leg] of legsOf(opportunity).entries()) {
    const { notionalMin, quantityMin, quantityStep } = markets[index] as KnownMarket;
    const byNotional = notionalMin.divide(leg.limitPrice, { scale: 18, rounding: 'up' });
    const own = quantityMin.max(byNotional).roundToStep(quantityStep, 'ceiling');
    least = least.max(
      leg === opportunity.bridge
        ? own.add(quantityStep).multiply(opportunity.quantity).divide(leg.quantity, SHARE)
        : own,
    );
  }
  return { step, least: least.roundToStep(step, 'ceiling') };
}
