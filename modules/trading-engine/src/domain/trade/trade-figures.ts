import {
  type ArbitrageTrade,
  type AssetChange,
  type AssetId,
  Decimal,
  type EdgeWaterfall,
  type TradeOrder,
} from '@ats/domain';

/** Digits of the staleness step; the slippage step takes the rest, so that the sum is exact. */
const DIVISION = { scale: 18, rounding: 'half-even' } as const;

export const ordersOf = (trade: ArbitrageTrade): readonly TradeOrder[] => [
  ...trade.legs,
  ...trade.unwinds,
];

const signed = (order: TradeOrder): Decimal =>
  order.side === 'buy' ? order.cumulativeQuantity : order.cumulativeQuantity.negate();

const sum = (amounts: readonly Decimal[]): Decimal =>
  amounts.reduce((total, amount) => total.add(amount), Decimal.ZERO);

const baseFees = (order: TradeOrder, base: AssetId): Decimal =>
  sum(order.fees.filter((fee) => fee.asset === base).map((fee) => fee.amount));

/**
 * What is bought and not sold, in base: above zero when there is too much of it, below when too
 * little. Fees taken in base count, what went to the accumulator does not.
 */
export function openBase(trade: ArbitrageTrade): Decimal {
  const { base, carriedIn, carriedOut } = trade;
  const orders = ordersOf(trade);
  const traded = sum(orders.map((order) => signed(order).subtract(baseFees(order, base))));
  return carriedIn.add(traded).subtract(carriedOut);
}

const absolute = (amount: Decimal): Decimal => (amount.isNegative() ? amount.negate() : amount);

/** @returns what is open, in the numeraire at the decision's value, as a double. */
export function openValue(trade: ArbitrageTrade): number {
  return absolute(openBase(trade)).multiply(trade.baseValue).toNumber();
}

export const anythingTraded = (trade: ArbitrageTrade): boolean =>
  ordersOf(trade).some((order) => order.cumulativeQuantity.isPositive());

const quoteOf = (order: TradeOrder): AssetId => order.instrument.split('/')[1] as AssetId;

/** What the trade changed in each asset over all venues, exact; none that came out even. */
export function realisedOf(trade: ArbitrageTrade): readonly AssetChange[] {
  const totals = new Map<AssetId, Decimal>();
  const add = (asset: AssetId, amount: Decimal): void => {
    totals.set(asset, (totals.get(asset) ?? Decimal.ZERO).add(amount));
  };
  for (const order of ordersOf(trade)) {
    const { cumulativeNotional, side } = order;
    add(trade.base, signed(order));
    add(quoteOf(order), side === 'buy' ? cumulativeNotional.negate() : cumulativeNotional);
    for (const { asset, amount } of order.fees) add(asset, amount.negate());
  }
  return [...totals]
    .filter(([, amount]) => !amount.isZero())
    .map(([asset, amount]) => ({ asset, amount: amount.normalized() }));
}

/** What the order's fees come to in the numeraire. A third asset has no rate: it counts as 0. */
function feeValue(trade: ArbitrageTrade, order: TradeOrder): Decimal {
  const { base, baseValue, numeraire } = trade;
  return sum(
    order.fees.map(({ asset, amount }) => {
      if (asset === quoteOf(order)) return amount.multiply(order.conversionRate);
      if (asset === base) return amount.multiply(baseValue);
      return asset === numeraire ? amount : Decimal.ZERO;
    }),
  );
}

/** Money in less money out, in the numeraire, with base counted at the decision's value. */
function tradedValue(trade: ArbitrageTrade, order: TradeOrder): Decimal {
  const money = order.cumulativeNotional.multiply(order.conversionRate);
  const base = order.cumulativeQuantity.multiply(trade.baseValue);
  return order.side === 'buy' ? base.subtract(money) : money.subtract(base);
}

/** As `tradedValue`, had the whole order filled at what a book promised. */
function promisedValue(trade: ArbitrageTrade, order: TradeOrder, notional: Decimal): Decimal {
  const money = notional.multiply(order.conversionRate);
  const base = order.quantity.multiply(trade.baseValue);
  return order.side === 'buy' ? base.subtract(money) : money.subtract(base);
}

/**
 * Where the edge went. The staleness step is the delay cost of transaction cost analysis, the
 * slippage step its execution and opportunity cost: Perold, "The Implementation Shortfall", 1988.
 * All steps are in the numeraire at the rates of the decision, and sum to `realised` exactly.
 */
export function waterfallOf(trade: ArbitrageTrade): EdgeWaterfall {
  const { legs, unwinds } = trade;
  const quoted = sum(legs.map((leg) => promisedValue(trade, leg, leg.quotedNotional)));
  const arrived = sum(
    legs.map((leg) => promisedValue(trade, leg, leg.arrivalNotional ?? leg.quotedNotional)),
  );
  const staleness = arrived.subtract(quoted).round(DIVISION.scale, DIVISION.rounding);
  const traded = sum(legs.map((leg) => tradedValue(trade, leg)));
  const slippage = traded.subtract(quoted).subtract(staleness);
  const fees = sum(legs.map((leg) => feeValue(trade, leg))).negate();
  const unwind = sum(
    unwinds.map((order) => tradedValue(trade, order).subtract(feeValue(trade, order))),
  );
  const realised = quoted.add(staleness).add(fees).add(slippage).add(unwind);
  return { quoted, staleness, fees, slippage, unwind, realised };
}
