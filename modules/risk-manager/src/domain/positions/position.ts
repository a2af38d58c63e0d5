import { Decimal, type OrderSide } from '@ats/domain';

/** Digits of what a part of a position cost; what is cut off stays with the rest. */
const COST = { scale: 20, rounding: 'half-even' } as const;

/**
 * What fills of one market have made of an account, at average cost. Exact: whatever is rounded in
 * `cost`, profit in all is `cash` and `quantity` at today's price, to the last digit. Immutable.
 */
export interface Position {
  /** Units of base: bought less sold; below zero where more was sold, out of what was there. */
  readonly quantity: Decimal;
  /** Quote received less quote paid in all fills. */
  readonly cash: Decimal;
  /** Quote that `quantity` cost; below zero, what it brought, where `quantity` is. */
  readonly cost: Decimal;
}

export const NO_POSITION: Position = {
  quantity: Decimal.ZERO,
  cash: Decimal.ZERO,
  cost: Decimal.ZERO,
};

/** What one or more fills of an order have added. */
export interface FillDelta {
  readonly side: OrderSide;
  /** Units of base, above zero. */
  readonly quantity: Decimal;
  /** Quote paid or received, fees apart. */
  readonly notional: Decimal;
}

/** @param share `part` of `whole`, both of one sign */
function shareOf(amount: Decimal, share: { readonly part: Decimal; readonly whole: Decimal }) {
  if (share.part.equals(share.whole)) return amount;
  return amount.multiply(share.part).divide(share.whole, COST);
}

const sizeOf = (amount: Decimal): Decimal => (amount.isNegative() ? amount.negate() : amount);

export function afterFill(position: Position, fill: FillDelta): Position {
  const bought = fill.side === 'buy';
  const change = bought ? fill.quantity : fill.quantity.negate();
  const paid = bought ? fill.notional : fill.notional.negate();
  const quantity = position.quantity.add(change);
  const cash = position.cash.subtract(paid);
  const held = position.quantity;
  if (held.isZero() || held.isNegative() === change.isNegative()) {
    return { quantity, cash, cost: position.cost.add(paid) };
  }
  const closed = sizeOf(change).min(sizeOf(held));
  if (closed.equals(sizeOf(held))) {
    // What is left of the fill opens a position the other way.
    const opened = sizeOf(change).subtract(closed);
    return { quantity, cash, cost: shareOf(paid, { part: opened, whole: sizeOf(change) }) };
  }
  const cost = position.cost.subtract(
    shareOf(position.cost, { part: closed, whole: sizeOf(held) }),
  );
  return { quantity, cash, cost };
}

/** Quote earned by what was closed, fees apart. */
export const realisedOf = ({ cash, cost }: Position): Decimal => cash.add(cost);

/** Quote that closing at `mark` would earn on what is open, fees apart. */
export const unrealisedOf = ({ quantity, cost }: Position, mark: Decimal): Decimal =>
  quantity.multiply(mark).subtract(cost);
