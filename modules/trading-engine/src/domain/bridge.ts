import { Decimal, type OrderSide, type ReasonCode, type SidedLeg } from '@ats/domain';
import type { Balance } from './balances.ts';
import type { Conversion } from './conversion.ts';
import { type ExactLeg, type ExactTake, type ExactValue, takeExactly } from './exact.ts';
import { averagePrice, limitPrice, stepDown } from './leg-prices.ts';

/**
 * The third market of a triangle. One main leg is paid in a coin; here the coin is bought back or
 * sold again, so that the conversion which values that leg is a trade as well.
 */
export interface Bridge {
  /** What the third leg does with the coin. */
  readonly side: OrderSide;
  readonly conversion: Conversion;
  readonly leg: ExactLeg;
  ageUsMax: number;
  /** The coin's, and the numeraire's, at the venue. */
  readonly baseBalance: Balance;
  readonly quoteBalance: Balance;
}

/** What the third leg takes when the main legs are of a certain size. */
export interface BridgeTake extends ExactTake {
  /** Units of the coin in whole steps: what is left of it is less than a step. */
  readonly quantity: Decimal;
}

/** @returns undefined when the book does not hold as much */
export function bridgeTake(bridge: Bridge, value: ExactValue): BridgeTake | undefined {
  const buys = bridge.side === 'buy';
  const { notional, fee } = buys ? value.buy : value.sell;
  const coins = buys ? notional.add(fee) : notional.subtract(fee);
  const quantity = stepDown(coins, bridge.conversion.listing.quantityStep);
  const take = takeExactly(bridge.leg, buys ? 'ask' : 'bid', quantity);
  return take && { ...take, quantity };
}

/** Whether the venue's balance carries the third leg, at the worst price that it touches. */
export function isAffordable(bridge: Bridge, take: BridgeTake): boolean {
  if (bridge.side === 'sell') return !take.quantity.greaterThan(bridge.baseBalance.exact);
  const most = take.quantity.multiply(take.worstPrice);
  const fee = most.multiply(bridge.leg.feeRate);
  return !most.add(fee).greaterThan(bridge.quoteBalance.exact);
}

/** Whether the venue would refuse so small an order. */
export function isBridgeTooSmall({ conversion }: Bridge, take: BridgeTake): boolean {
  const { quantityMin, notionalMin } = conversion.listing;
  return take.quantity.lessThan(quantityMin) || take.notional.lessThan(notionalMin);
}

/** Whether the third book is gone or too old to trade on. */
export function bridgeBlock(bridge: Bridge, nowUs: number): ReasonCode | undefined {
  const { book } = bridge.conversion;
  if (!book.live) return 'BOOK_NOT_LIVE';
  return book.ageUs(nowUs) > bridge.ageUsMax ? 'BOOK_STALE' : undefined;
}

export function describeBridge(
  { side, conversion, leg }: Bridge,
  take: BridgeTake,
  nowUs: number,
): SidedLeg {
  const { listing, book } = conversion;
  return {
    venue: listing.venue,
    instrument: listing.instrument,
    side,
    quantity: take.quantity,
    limitPrice: limitPrice(take, side, listing.priceTick),
    averagePrice: averagePrice(take, take.quantity, listing.priceTick),
    notional: take.notional,
    fee: take.fee,
    conversionRate: Decimal.ONE,
    levels: take.levels,
    bookAgeUs: leg.book.ageUs(nowUs),
    conversionAgeUs: 0,
    clockSkewUs: book.clockSkewUs,
  };
}
