import type { Decimal } from '@ats/domain';
import type { SimulatedMarket } from '../simulated-market.ts';
import { notionalOf, stepsOf } from './money.ts';
import type { OrderRecord } from './order-record.ts';
import type { AccountRefusal, NewAccountOrder } from './orders.ts';
import { sweep } from './sweep.ts';

export interface Measured {
  readonly lots: number;
  readonly priceTicks: number;
  /** What a market order will trade for, at most. */
  readonly notional: Decimal;
}

/** Checks an order against its market's rules, and counts it in ticks and lots. */
export function measure(
  request: NewAccountOrder,
  market: SimulatedMarket,
  owner: number,
): Measured | AccountRefusal {
  if (request.type === 'limit') return measureLimit(request, market);
  const { quantity, side } = request;
  const lots = quantity === undefined ? undefined : lotsOf(quantity, market);
  if (typeof lots === 'string') return lots;
  const quoteAmount = lots === undefined ? request.quoteAmount : undefined;
  if (lots === undefined && quoteAmount === undefined) return 'QUANTITY_INVALID';
  const found = sweep(market, { side, owner, lots, quoteAmount });
  const { notionalMin } = market.listing;
  if (lots === undefined) {
    if (quoteAmount?.lessThan(notionalMin)) return 'NOTIONAL_TOO_SMALL';
    return found.lots === 0 ? 'QUANTITY_TOO_SMALL' : { ...found, priceTicks: 0 };
  }
  const tooSmall = found.lots === lots && found.notional.lessThan(notionalMin);
  return tooSmall ? 'NOTIONAL_TOO_SMALL' : { lots, priceTicks: 0, notional: found.notional };
}

/** As `measure`, for what a limit order rests with. */
export function measureLimit(
  request: { price?: Decimal | undefined; quantity?: Decimal | undefined },
  market: SimulatedMarket,
): Measured | AccountRefusal {
  const { price, quantity } = request;
  const { listing } = market;
  if (price === undefined || price.isNegative() || price.isZero()) return 'PRICE_INVALID';
  const priceTicks = stepsOf(price, listing.priceTick);
  if (priceTicks === undefined) return 'PRICE_OFF_TICK';
  if (quantity === undefined) return 'QUANTITY_INVALID';
  const lots = lotsOf(quantity, market);
  if (typeof lots === 'string') return lots;
  const notional = notionalOf(listing, { priceTicks, lots });
  return notional.lessThan(listing.notionalMin)
    ? 'NOTIONAL_TOO_SMALL'
    : { lots, priceTicks, notional };
}

function lotsOf(quantity: Decimal, { listing }: SimulatedMarket): number | AccountRefusal {
  if (quantity.isNegative() || quantity.isZero()) return 'QUANTITY_INVALID';
  if (quantity.lessThan(listing.quantityMin)) return 'QUANTITY_TOO_SMALL';
  return stepsOf(quantity, listing.quantityStep) ?? 'QUANTITY_OFF_STEP';
}

/** Whether a post-only order would take at another price. */
export function wouldTake({ market, side }: OrderRecord, priceTicks: number): boolean {
  const best = market.engine.bestPriceTicks(side === 'bid' ? 'ask' : 'bid');
  return side === 'bid' ? priceTicks >= best : priceTicks <= best;
}
