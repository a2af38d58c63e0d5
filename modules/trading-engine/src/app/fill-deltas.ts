import { type ArbitrageTrade, Decimal, type TradeOrder } from '@ats/domain';
import type { Fill } from '../domain/strategy.ts';

/** Digits of the mean price of what filled between two states of an order. */
const PRICE = { scale: 12, rounding: 'half-even' } as const;

/** Turns the changes of trades' orders into fills, for the strategy. */
export class FillDeltas {
  private readonly listeners = new Set<(fill: Fill) => void>();

  onFill(listener: (fill: Fill) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  changed(before: ArbitrageTrade, after: ArbitrageTrade): void {
    const orders = [...before.legs, ...before.unwinds];
    for (const order of [...after.legs, ...after.unwinds]) {
      const known = orders.find(({ orderId }) => orderId === order.orderId);
      const fill = fillBetween(known, order, after.updatedAtUs);
      if (fill === undefined) continue;
      for (const listener of this.listeners) listener(fill);
    }
  }
}

const feeOf = (order: TradeOrder | undefined): Decimal =>
  (order?.fees ?? [])
    .filter(({ asset }) => asset === order?.instrument.split('/')[1])
    .reduce((total, { amount }) => total.add(amount), Decimal.ZERO);

function fillBetween(
  before: TradeOrder | undefined,
  after: TradeOrder,
  timeUs: number,
): Fill | undefined {
  const quantity = after.cumulativeQuantity.subtract(before?.cumulativeQuantity ?? Decimal.ZERO);
  if (!quantity.isPositive()) return undefined;
  const notional = after.cumulativeNotional.subtract(before?.cumulativeNotional ?? Decimal.ZERO);
  const { venue, instrument, side } = after;
  const fee = feeOf(after).subtract(feeOf(before));
  return {
    venue,
    instrument,
    side,
    quantity,
    price: notional.divide(quantity, PRICE),
    fee,
    timeUs,
  };
}
