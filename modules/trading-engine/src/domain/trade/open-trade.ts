import {
  type AccountId,
  type ArbitrageTrade,
  type AssetId,
  assetId,
  Decimal,
  deriveOrderId,
  legsOf,
  type Opportunity,
  type OrderSide,
  requestId,
  type SidedLeg,
  type TradeBridge,
  type TradeId,
  type TradeOrder,
  type TradeOrigin,
  tradeId,
  type UnwindStrategy,
} from '@ats/domain';
import { bounded } from '../book-decimal.ts';

/** Digits of money, of rates and of values of base: products of two stay within a decimal. */
const MONEY_SCALE = 18;
const VALUE_SCALE = 12;

/** The trade that takes an opportunity at a decision: the same decision gives the same id. */
export function tradeIdOf(opportunity: Opportunity): TradeId {
  return tradeId(`${opportunity.id}-${opportunity.times.decidedAtUs.toString(36)}`);
}

/** What an order of a trade is asked to do. Money in quote, quantities in base. */
export interface OrderPlan {
  readonly venue: TradeOrder['venue'];
  readonly instrument: TradeOrder['instrument'];
  readonly side: OrderSide;
  readonly quantity: Decimal;
  readonly limitPrice: Decimal;
  readonly conversionRate: Decimal;
  readonly quotedNotional: Decimal;
}

interface Placing {
  readonly accountId: AccountId;
  readonly request: string;
  /** Its place in the request. */
  readonly index: number;
  readonly strategy: UnwindStrategy | undefined;
  readonly nowUs: number;
  readonly sendBeforeUs: number;
}

/** An order that is planned and not submitted. */
function plannedOrder(plan: OrderPlan, placing: Placing): TradeOrder {
  const { accountId, index, nowUs, sendBeforeUs, strategy } = placing;
  const request = requestId(placing.request);
  return {
    orderId: deriveOrderId({ accountId, requestId: request, index }),
    requestId: request,
    venue: plan.venue,
    instrument: plan.instrument,
    side: plan.side,
    quantity: plan.quantity.normalized(),
    limitPrice: plan.limitPrice.normalized(),
    conversionRate: bounded(plan.conversionRate, MONEY_SCALE),
    quotedNotional: bounded(plan.quotedNotional, MONEY_SCALE),
    arrivalNotional: undefined,
    sendBeforeUs,
    state: 'planned',
    version: 0,
    submitted: false,
    cumulativeQuantity: Decimal.ZERO,
    cumulativeNotional: Decimal.ZERO,
    fees: [],
    detail: '',
    strategy,
    plannedAtUs: nowUs,
  };
}

/** The next attempt to close what a trade left open; its request follows from its number. */
export function unwindOrder(
  trade: ArbitrageTrade,
  attempt: {
    readonly plan: OrderPlan;
    readonly strategy: UnwindStrategy;
    readonly nowUs: number;
    readonly sendBeforeUs: number;
  },
): TradeOrder {
  const { accountId, tradeId: id, unwinds } = trade;
  const request = `${id}-u${unwinds.length + 1}`;
  return plannedOrder(attempt.plan, { ...attempt, accountId, request, index: 0 });
}

const planOf = ({ notional, ...leg }: SidedLeg): OrderPlan => ({
  ...leg,
  quotedNotional: notional,
});

/** The coin of a triangle, at the rate that the leg in it was valued at. */
function bridgeOf(opportunity: Opportunity, smallestQuantity: Decimal): TradeBridge | undefined {
  const { bridge, buy, sell } = opportunity;
  if (bridge === undefined) return undefined;
  // A bridge that buys puts back what the buying leg paid.
  const paidIn = bridge.side === 'buy' ? buy : sell;
  const asset = assetId(bridge.instrument.split('/')[0] ?? '');
  const value = bounded(paidIn.conversionRate, MONEY_SCALE);
  return { asset, value, smallestQuantity, carriedOut: Decimal.ZERO };
}

/** A trade that takes an opportunity, before risk's answer. */
export function openTrade(options: {
  readonly opportunity: Opportunity;
  readonly origin: Exclude<TradeOrigin, 'accumulator'>;
  readonly accountId: AccountId;
  readonly smallestQuantity: Decimal;
  /** Of the coin of a triangle. */
  readonly smallestBridge?: Decimal;
  readonly nowUs: number;
  readonly sendBeforeUs: number;
}): ArbitrageTrade {
  const { opportunity, accountId, nowUs, sendBeforeUs, origin } = options;
  const { buy, quantity } = opportunity;
  // A person's request names its trade: asked again, it is the same one.
  const id = origin === 'manual' ? tradeId(opportunity.id) : tradeIdOf(opportunity);
  const placing = { accountId, request: id, strategy: undefined, nowUs, sendBeforeUs };
  const bridge = bridgeOf(opportunity, options.smallestBridge ?? Decimal.ZERO);
  const value = buy.averagePrice.multiply(bounded(buy.conversionRate, MONEY_SCALE));
  return {
    ...emptyTrade({ tradeId: id, accountId, origin, nowUs }),
    opportunityId: origin === 'manual' ? undefined : opportunity.id,
    base: opportunity.base,
    numeraire: opportunity.numeraire,
    quantity,
    baseValue: value.round(VALUE_SCALE, 'half-even').normalized(),
    legs: legsOf(opportunity).map((leg, index) => plannedOrder(planOf(leg), { ...placing, index })),
    smallestQuantity: options.smallestQuantity,
    ...(bridge === undefined ? {} : { bridge }),
    frameAtUs: origin === 'manual' ? 0 : opportunity.times.frameAtUs,
  };
}

/** A trade without legs that closes what the hedge accumulator has gathered. */
export function openAccumulatorTrade(options: {
  readonly tradeId: TradeId;
  readonly accountId: AccountId;
  readonly base: AssetId;
  readonly numeraire: AssetId;
  /** Signed: above zero when there is too much of it. */
  readonly carriedIn: Decimal;
  readonly baseValue: Decimal;
  readonly smallestQuantity: Decimal;
  readonly nowUs: number;
}): ArbitrageTrade {
  const { carriedIn, nowUs } = options;
  return {
    ...emptyTrade({ ...options, origin: 'accumulator' }),
    state: 'UNWINDING',
    base: options.base,
    numeraire: options.numeraire,
    quantity: carriedIn.isNegative() ? carriedIn.negate() : carriedIn,
    baseValue: options.baseValue.round(VALUE_SCALE, 'half-even').normalized(),
    smallestQuantity: options.smallestQuantity,
    carriedIn,
    unwindingAtUs: nowUs,
  };
}

function emptyTrade(source: {
  readonly tradeId: TradeId;
  readonly accountId: AccountId;
  readonly origin: TradeOrigin;
  readonly nowUs: number;
}) {
  const { nowUs } = source;
  return {
    tradeId: source.tradeId,
    accountId: source.accountId,
    origin: source.origin,
    opportunityId: undefined,
    state: 'PROPOSED',
    legs: [],
    unwinds: [],
    carriedIn: Decimal.ZERO,
    carriedOut: Decimal.ZERO,
    reason: 'APPROVED',
    detail: '',
    realised: [],
    waterfall: undefined,
    unhedgedUsdSeconds: 0,
    frameAtUs: 0,
    createdAtUs: nowUs,
    updatedAtUs: nowUs,
    unwindingAtUs: 0,
    version: 1,
  } satisfies Partial<ArbitrageTrade>;
}
