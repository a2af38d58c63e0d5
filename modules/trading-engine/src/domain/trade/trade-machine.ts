import {
  type ArbitrageTrade,
  type Decimal,
  type Order,
  type OrderId,
  type OrderStatus,
  type ReasonCode,
  type RequestId,
  type RiskDecision,
  TRADE_ENDS,
  type TradeOrder,
  type TradeState,
} from '@ats/domain';
import { anythingTraded, openParts, openValue, realisedOf, waterfallOf } from './trade-figures.ts';

/** What can happen to a trade. `atUs` is when, microseconds since the epoch. */
export type TradeInput = { readonly atUs: number } & (
  | { readonly kind: 'risk'; readonly decision: RiskDecision }
  /** The gateway refused a request for certain: none of its orders is or will be. */
  | {
      readonly kind: 'refused';
      readonly requestId: RequestId;
      readonly reason: ReasonCode;
      readonly detail: string;
    }
  /** An order as it stands, from the gateway's answer or the log. Older versions change nothing. */
  | { readonly kind: 'order'; readonly order: Order }
  /** What the book promised when an order left. */
  | { readonly kind: 'arrival'; readonly orderId: OrderId; readonly notional: Decimal }
  /** A leg still stands long after it should have ended. */
  | { readonly kind: 'overdue' }
  /** A person wants it ended. */
  | { readonly kind: 'cancel'; readonly detail: string }
  /** The next attempt to close what is open. */
  | { readonly kind: 'unwind'; readonly order: TradeOrder }
  /** No venue takes as little as is left: the accumulator does. */
  | { readonly kind: 'carry' }
  | { readonly kind: 'give-up'; readonly detail: string }
);

const ORDER_ENDS: ReadonlySet<OrderStatus> = new Set(['FILLED', 'CANCELED', 'REJECTED', 'EXPIRED']);

const MICROSECONDS_PER_SECOND = 1e6;

export function hasTradeEnded({ state }: Pick<ArbitrageTrade, 'state'>): boolean {
  return (TRADE_ENDS as readonly TradeState[]).includes(state);
}

/**
 * Applies one input. Whatever comes again or too late changes nothing.
 * @returns the very same object when nothing changed
 */
export function applyToTrade(trade: ArbitrageTrade, input: TradeInput): ArbitrageTrade {
  if (hasTradeEnded(trade)) return trade;
  const next = judge(changed(trade, input), input.atUs);
  if (next === trade) return trade;
  const atUs = Math.max(trade.updatedAtUs, input.atUs);
  const openUsdSeconds = (openValue(trade) * (atUs - trade.updatedAtUs)) / MICROSECONDS_PER_SECOND;
  const result = {
    ...next,
    updatedAtUs: atUs,
    version: trade.version + 1,
    unhedgedUsdSeconds: trade.unhedgedUsdSeconds + openUsdSeconds,
  };
  if (!hasTradeEnded(result)) return result;
  return { ...result, realised: realisedOf(result), waterfall: waterfallOf(result) };
}

/**
 * Takes a fill into a trade that has ended without it: a venue's word that came after all. What it
 * leaves open goes to the accumulator; where a person was called, to look at the whole, it only
 * changes the figures, and may make the trade even.
 * @returns the very same object when the order says nothing new
 */
export function amendTrade(
  trade: ArbitrageTrade,
  { order, atUs }: { readonly order: Order; readonly atUs: number },
): ArbitrageTrade {
  const taken = mapOrders(trade, (one) => withOrder(one, order));
  if (taken === trade) return trade;
  const exposed = trade.state === 'EXPOSED' && !isEven(taken);
  const next = {
    ...(exposed ? taken : carried(taken)),
    version: trade.version + 1,
    updatedAtUs: Math.max(trade.updatedAtUs, atUs),
  };
  return { ...next, realised: realisedOf(next), waterfall: waterfallOf(next) };
}

/** Applies inputs that arrived together, as one change. */
export function applyAllToTrade(
  trade: ArbitrageTrade,
  inputs: readonly TradeInput[],
): ArbitrageTrade {
  const next = inputs.reduce(applyToTrade, trade);
  return next === trade ? trade : { ...next, version: trade.version + 1 };
}

function changed(trade: ArbitrageTrade, input: TradeInput): ArbitrageTrade {
  const { state } = trade;
  switch (input.kind) {
    case 'risk':
      return answered(trade, input.decision);
    case 'refused':
      return refused(trade, input);
    case 'order':
      return mapOrders(trade, (one) => withOrder(one, input.order));
    case 'arrival':
      return mapOrders(trade, (one) =>
        one.orderId === input.orderId && one.arrivalNotional === undefined
          ? { ...one, arrivalNotional: input.notional }
          : one,
      );
    case 'overdue':
      return state === 'RESERVED' || state === 'SUBMITTED' ? unwinding(trade, input.atUs) : trade;
    case 'cancel':
      if (state === 'PROPOSED') {
        return { ...trade, state: 'REJECTED', reason: 'TRADE_CANCELED', detail: input.detail };
      }
      if (state === 'UNWINDING') return trade;
      return { ...unwinding(trade, input.atUs), detail: input.detail };
    case 'unwind':
      return state === 'UNWINDING' && settled(trade)
        ? { ...trade, unwinds: [...trade.unwinds, input.order] }
        : trade;
    case 'carry':
      return state === 'UNWINDING' && settled(trade) ? carried(trade) : trade;
    case 'give-up':
      return state === 'UNWINDING' ? { ...trade, state: 'EXPOSED', detail: input.detail } : trade;
  }
}

function answered(trade: ArbitrageTrade, decision: RiskDecision): ArbitrageTrade {
  if (trade.state !== 'PROPOSED') return trade;
  const { verdict, reason, detail } = decision;
  return verdict === 'approved'
    ? { ...trade, state: 'RISK_APPROVED', reason: 'APPROVED' }
    : { ...trade, state: 'REJECTED', reason, detail };
}

function refused(
  trade: ArbitrageTrade,
  input: Extract<TradeInput, { kind: 'refused' }>,
): ArbitrageTrade {
  const { requestId, reason, detail } = input;
  const next = mapOrders(trade, (one) =>
    one.requestId === requestId && one.state === 'planned'
      ? { ...one, state: 'refused', detail }
      : one,
  );
  if (next === trade || next.legs === trade.legs) return next;
  return anythingTraded(trade) ? next : { ...next, state: 'REJECTED', reason, detail };
}

/** @returns the trade itself when `map` gives back every order itself */
function mapOrders(trade: ArbitrageTrade, map: (order: TradeOrder) => TradeOrder): ArbitrageTrade {
  const legs = mapAll(trade.legs, map);
  const unwinds = mapAll(trade.unwinds, map);
  return legs === trade.legs && unwinds === trade.unwinds ? trade : { ...trade, legs, unwinds };
}

function mapAll<Value>(values: readonly Value[], map: (value: Value) => Value): readonly Value[] {
  const mapped = values.map(map);
  return mapped.every((value, index) => value === values[index]) ? values : mapped;
}

function withOrder(one: TradeOrder, order: Order): TradeOrder {
  if (one.orderId !== order.orderId || order.version <= one.version) return one;
  const state = ORDER_ENDS.has(order.status) ? 'ended' : 'standing';
  const submitted = one.submitted || order.progress.submitted || state === 'ended';
  const same =
    one.state === state &&
    one.submitted === submitted &&
    one.cumulativeQuantity.equals(order.cumulativeQuantity) &&
    one.fees.length === order.fees.length;
  // That an order is live now is no news to the trade, and not worth a write.
  if (same) return one;
  return {
    ...one,
    state,
    submitted,
    version: order.version,
    cumulativeQuantity: order.cumulativeQuantity,
    cumulativeNotional: order.cumulativeNotional,
    fees: order.fees,
    detail: order.detail,
  };
}

const isOver = ({ state }: TradeOrder): boolean => state === 'ended' || state === 'refused';

/** Whether no order of the trade can fill any more. */
export const settled = ({ legs, unwinds }: ArbitrageTrade): boolean =>
  legs.every(isOver) && unwinds.every(isOver);

const unwinding = (trade: ArbitrageTrade, atUs: number): ArbitrageTrade => ({
  ...trade,
  state: 'UNWINDING',
  unwindingAtUs: atUs,
});

/** Moves the trade on as far as what is known of its orders leads. */
function judge(trade: ArbitrageTrade, atUs: number): ArbitrageTrade {
  const { state, legs } = trade;
  if (state === 'RISK_APPROVED' && legs.every((leg) => leg.state !== 'planned')) {
    return judge({ ...trade, state: 'RESERVED' }, atUs);
  }
  if (state === 'RESERVED' && legs.every((leg) => leg.submitted)) {
    return judge({ ...trade, state: 'SUBMITTED' }, atUs);
  }
  if (state !== 'SUBMITTED' && state !== 'RESERVED' && state !== 'UNWINDING') return trade;
  if (!settled(trade)) return trade;
  if (isEven(trade)) return ended(trade);
  if (openParts(trade).every(({ size, smallest }) => size.lessThan(smallest) || size.isZero())) {
    return carried(trade);
  }
  return state === 'UNWINDING' ? trade : unwinding(trade, atUs);
}

const isEven = (trade: ArbitrageTrade): boolean =>
  openParts(trade).every(({ open }) => open.isZero());

function carried(trade: ArbitrageTrade): ArbitrageTrade {
  const [base, coin] = openParts(trade);
  const more = (carriedOut: Decimal, part: typeof base) =>
    part === undefined ? carriedOut : carriedOut.add(part.open).normalized();
  const { bridge } = trade;
  return ended({
    ...trade,
    carriedOut: more(trade.carriedOut, base),
    ...(bridge === undefined
      ? {}
      : { bridge: { ...bridge, carriedOut: more(bridge.carriedOut, coin) } }),
  });
}

/** Nothing is open: how it ended follows from what traded. */
function ended(trade: ArbitrageTrade): ArbitrageTrade {
  if (!anythingTraded(trade) && trade.legs.length > 0) return { ...trade, state: 'EXPIRED' };
  const hedged = trade.legs.every((leg) => leg.cumulativeQuantity.isPositive());
  const closed = trade.unwinds.some((order) => order.cumulativeQuantity.isPositive());
  return { ...trade, state: hedged && !closed && trade.legs.length > 0 ? 'COMPLETED' : 'UNWOUND' };
}
