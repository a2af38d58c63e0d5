import { Decimal } from './decimal.ts';
import type { Listing } from './instrument.ts';
import type { OrderSide } from './order.ts';

const BPS = Decimal.parse('10000');
const ONE_BPS = Decimal.parse('0.0001');

/** How far beyond the best price a market order may trade, and what it is of. */
interface WorstPriceOf extends Pick<Listing, 'priceTick'> {
  readonly side: OrderSide;
  /** Best price of the other side, quote per base; of a book, so a double. Above zero. */
  readonly best: number;
  readonly collarBps: Decimal;
}

/**
 * The worst price that a market order puts up with: money is reserved for it, risk judges it, and
 * the venue gets it as the limit.
 * @returns quote per base, on the market's tick, above zero
 */
export function worstPrice({ side, best, collarBps, priceTick }: WorstPriceOf): Decimal {
  const away = side === 'buy' ? BPS.add(collarBps) : BPS.subtract(collarBps);
  const price = Decimal.fromNumber(best).multiply(away).multiply(ONE_BPS);
  const rounded = price.roundToStep(priceTick, side === 'buy' ? 'up' : 'down');
  return rounded.isPositive() ? rounded.normalized() : priceTick;
}
