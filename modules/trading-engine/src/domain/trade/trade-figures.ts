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

const sum = (amounts: readonly Decimal[]): Decimal =>
  amounts.reduce((total, amount) => total.add(amount), Decimal.ZERO);

const absolute = (amount: Decimal): Decimal => (amount.isNegative() ? amount.negate() : amount);

const baseOf = (order: TradeOrder): AssetId => order.instrument.split('/')[0] as AssetId;
const quoteOf = (order: TradeOrder): AssetId => order.instrument.split('/')[1] as AssetId;

/** What an order's fills have changed in an asset, fees included, signed. */
function changeOf(order: TradeOrder, asset: AssetId): Decimal {
  const bought = order.side === 'buy';
  const { cumulativeQuantity: base, cumulativeNotional: quote } = order;
  let change = sum(order.fees.filter((fee) => fee.asset === asset).map(({ amount }) => amount));
  change = change.negate();
  if (baseOf(order) === asset) change = bought ? change.add(base) : change.subtract(base);
  if (quoteOf(order) === asset) change = bought ? change.subtract(quote) : change.add(quote);
  return change;
}

const tradedIn = (trade: ArbitrageTrade, asset: AssetId): Decimal =>
  sum(ordersOf(trade).map((order) => changeOf(order, asset)));

/**
 * What is bought and not sold, in base: above zero when there is too much of it, below when too
 * little. Fees taken in base count, what went to the accumulator does not.
 */
export function openBase(trade: ArbitrageTrade): Decimal {
  const { base, carriedIn, carriedOut } = trade;
  return carriedIn.add(tradedIn(trade, base)).subtract(carriedOut);
}

/** An asset of a trade that is to come out even, and how far from it the trade is. */
export interface OpenPart {
  readonly asset: AssetId;
  /** Above zero when there is too much of it, below when too little. */
  readonly open: Decimal;
  readonly size: Decimal;
  /** One unit in the numeraire, at the decision. */
  readonly value: Decimal;
  /** What is less is too small to trade. */
  readonly smallest: Decimal;
}

/** The base of a trade, and of a triangle the coin of its bridge as well. */
export function openParts(trade: ArbitrageTrade): readonly OpenPart[] {
  const { base, baseValue, smallestQuantity, bridge } = trade;
  const part = (open: Decimal, of: Omit<OpenPart, 'open' | 'size'>): OpenPart => {
    return { ...of, open, size: absolute(open) };
  };
  const ofBase = { asset: base, value: baseValue, smallest: smallestQuantity };
  const parts = [part(openBase(trade), ofBase)];
  if (bridge === undefined) return parts;
  const { asset, value, smallestQuantity: smallest, carriedOut } = bridge;
  const open = tradedIn(trade, asset).subtract(carriedOut);
  return [...parts, part(open, { asset, value, smallest })];
}

/** @returns what is open, in the numeraire at the decision's values, as a double. */
export function openValue(trade: ArbitrageTrade): number {
  return sum(openParts(trade).map(({ size, value }) => size.multiply(value))).toNumber();
}

export const anythingTraded = (trade: ArbitrageTrade): boolean =>
  ordersOf(trade).some((order) => order.cumulativeQuantity.isPositive());

/** What the trade changed in each asset over all venues, exact; none that came out even. */
export function realisedOf(trade: ArbitrageTrade): readonly AssetChange[] {
  const orders = ordersOf(trade);
  const assets = orders.flatMap((order) => [
    baseOf(order),
    quoteOf(order),
    ...order.fees.map(({ asset }) => asset),
  ]);
  return [...new Set(assets)]
    .map((asset) => ({ asset, amount: tradedIn(trade, asset).normalized() }))
    .filter(({ amount }) => !amount.isZero());
}

/** One unit of an order's base in the numeraire, at the decision. */
const unitValue = ({ base, baseValue, bridge }: ArbitrageTrade, order: TradeOrder): Decimal =>
  bridge === undefined || baseOf(order) === base ? baseValue : bridge.value;

/** What the order's fees come to in the numeraire. A third asset has no rate: it counts as 0. */
function feeValue(trade: ArbitrageTrade, order: TradeOrder): Decimal {
  return sum(
    order.fees.map(({ asset, amount }) => {
      if (asset === quoteOf(order)) return amount.multiply(order.conversionRate);
      if (asset === baseOf(order)) return amount.multiply(unitValue(trade, order));
      return asset === trade.numeraire ? amount : Decimal.ZERO;
    }),
  );
}

/** Money in less money out, in the numeraire, with base counted at the decision's value. */
function tradedValue(trade: ArbitrageTrade, order: TradeOrder): Decimal {
  const money = order.cumulativeNotional.multiply(order.conversionRate);
  const base = order.cumulativeQuantity.multiply(unitValue(trade, order));
  return order.side === 'buy' ? base.subtract(money) : money.subtract(base);
}

/** As `tradedValue`, had the whole order filled at what a book promised. */
function promisedValue(trade: ArbitrageTrade, order: TradeOrder, notional: Decimal): Decimal {
  const money = notional.multiply(order.conversionRate);
  const base = order.quantity.multiply(unitValue(trade, order));
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
