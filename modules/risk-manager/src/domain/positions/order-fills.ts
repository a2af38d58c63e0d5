import { Decimal, type Fee, type Order } from '@ats/domain';
import type { FillDelta } from './position.ts';

/** How far an order's fills are counted already; what is stored of each order. */
export interface OrderMark {
  /** The order's version that was counted last. */
  readonly version: number;
  readonly quantity: Decimal;
  readonly notional: Decimal;
  readonly fees: readonly Fee[];
}

export const NOTHING_COUNTED: OrderMark = {
  version: 0,
  quantity: Decimal.ZERO,
  notional: Decimal.ZERO,
  fees: [],
};

/** What an order's event adds to what was counted of it. */
export interface OrderDelta {
  readonly mark: OrderMark;
  /** Absent when nothing filled in between. */
  readonly fill: FillDelta | undefined;
  /** Fees that came to it, by asset; below zero for a rebate. */
  readonly fees: readonly Fee[];
}

const markOf = (order: Order): OrderMark => ({
  version: order.version,
  quantity: order.cumulativeQuantity,
  notional: order.cumulativeNotional,
  fees: order.fees,
});

/** @returns undefined for an event that was counted before, or is older than one that was */
export function deltaOf(counted: OrderMark, order: Order): OrderDelta | undefined {
  if (order.version <= counted.version) return undefined;
  const quantity = order.cumulativeQuantity.subtract(counted.quantity);
  const notional = order.cumulativeNotional.subtract(counted.notional);
  const before = new Map(counted.fees.map(({ asset, amount }) => [asset, amount]));
  const fees = order.fees
    .map(({ asset, amount }) => ({
      asset,
      amount: amount.subtract(before.get(asset) ?? Decimal.ZERO),
    }))
    .filter(({ amount }) => !amount.isZero());
  const { side } = order.terms;
  const fill = quantity.isPositive() ? { side, quantity, notional } : undefined;
  return { mark: markOf(order), fill, fees };
}
