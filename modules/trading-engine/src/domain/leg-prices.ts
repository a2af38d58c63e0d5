import type { Decimal, OrderSide } from '@ats/domain';
import type { ExactTake } from './exact.ts';

/** The worst price touched, on the venue's grid: the limit of the leg's order. */
export function limitPrice({ worstPrice }: ExactTake, side: OrderSide, tick: Decimal): Decimal {
  return worstPrice.roundToStep(tick, side === 'buy' ? 'ceiling' : 'floor');
}

/** Quote per base over all levels taken; the best price where nothing is. */
export function averagePrice(take: ExactTake, quantity: Decimal, tick: Decimal): Decimal {
  if (quantity.isZero()) return take.worstPrice;
  return take.notional.divide(quantity, { scale: tick.scale + 6, rounding: 'half-even' });
}

export function stepDown(quantity: Decimal, step: Decimal): Decimal {
  return quantity.roundToStep(step, 'floor').round(step.scale, 'down');
}
