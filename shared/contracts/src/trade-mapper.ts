import {
  type ArbitrageTrade,
  accountId,
  assetId,
  Decimal,
  type EdgeWaterfall,
  type InstrumentId,
  opportunityId,
  orderId,
  REASON_CODES,
  type ReasonCode,
  requestId,
  type TradeBridge,
  type TradeOrder,
  type TradeOrderState,
  type TradeOrigin,
  type TradeState,
  tradeId,
  type UnwindStrategy,
  venueId,
} from '@ats/domain';
import type { WireArbitrageTrade } from './generated/ats/execution/v1/ArbitrageTrade.ts';
import type { WireEdgeWaterfall } from './generated/ats/execution/v1/EdgeWaterfall.ts';
import type { WireTradeBridge } from './generated/ats/execution/v1/TradeBridge.ts';
import type { WireTradeOrder } from './generated/ats/execution/v1/TradeOrder.ts';
import type { WireTradeOrderState } from './generated/ats/execution/v1/TradeOrderState.ts';
import type { WireTradeOrigin } from './generated/ats/execution/v1/TradeOrigin.ts';
import type { WireTradeState } from './generated/ats/execution/v1/TradeState.ts';
import type { WireUnwindStrategy } from './generated/ats/execution/v1/UnwindStrategy.ts';
import { SIDES } from './order-mapper.ts';
import {
  enumPair,
  malformed,
  readDecimal,
  readInteger,
  readName,
  readOptional,
} from './wire-fields.ts';

const STATES = enumPair<TradeState, WireTradeState>({
  PROPOSED: 'TRADE_STATE_PROPOSED',
  RISK_APPROVED: 'TRADE_STATE_RISK_APPROVED',
  RESERVED: 'TRADE_STATE_RESERVED',
  SUBMITTED: 'TRADE_STATE_SUBMITTED',
  COMPLETED: 'TRADE_STATE_COMPLETED',
  UNWINDING: 'TRADE_STATE_UNWINDING',
  UNWOUND: 'TRADE_STATE_UNWOUND',
  EXPOSED: 'TRADE_STATE_EXPOSED',
  REJECTED: 'TRADE_STATE_REJECTED',
  EXPIRED: 'TRADE_STATE_EXPIRED',
});

const ORIGINS = enumPair<TradeOrigin, WireTradeOrigin>({
  engine: 'TRADE_ORIGIN_ENGINE',
  manual: 'TRADE_ORIGIN_MANUAL',
  accumulator: 'TRADE_ORIGIN_ACCUMULATOR',
});

const STRATEGIES = enumPair<UnwindStrategy | 'none', WireUnwindStrategy>({
  none: 'UNWIND_STRATEGY_UNSPECIFIED',
  hedge: 'UNWIND_STRATEGY_HEDGE',
  'market-close': 'UNWIND_STRATEGY_MARKET_CLOSE',
  gradual: 'UNWIND_STRATEGY_GRADUAL',
});

const ORDER_STATES = enumPair<TradeOrderState, WireTradeOrderState>({
  planned: 'TRADE_ORDER_STATE_PLANNED',
  standing: 'TRADE_ORDER_STATE_STANDING',
  ended: 'TRADE_ORDER_STATE_ENDED',
  refused: 'TRADE_ORDER_STATE_REFUSED',
});

const REASONS: ReadonlySet<string> = new Set(REASON_CODES);

function readReason(text: string): ReasonCode {
  if (REASONS.has(text)) return text as ReasonCode;
  throw malformed({ field: 'reason', value: text, expected: 'a reason code' });
}

export function tradeOrderToWire(order: TradeOrder): WireTradeOrder {
  return {
    orderId: order.orderId,
    requestId: order.requestId,
    venue: order.venue,
    instrument: order.instrument,
    side: SIDES.toWire(order.side),
    quantity: order.quantity.toString(),
    limitPrice: order.limitPrice.toString(),
    conversionRate: order.conversionRate.toString(),
    quotedNotional: order.quotedNotional.toString(),
    arrivalNotional: order.arrivalNotional?.toString() ?? '',
    sendBeforeUs: order.sendBeforeUs,
    state: ORDER_STATES.toWire(order.state),
    version: order.version,
    submitted: order.submitted,
    cumulativeQuantity: order.cumulativeQuantity.toString(),
    cumulativeNotional: order.cumulativeNotional.toString(),
    fees: order.fees.map(({ asset, amount }) => ({ asset, amount: amount.toString() })),
    detail: order.detail,
    strategy: STRATEGIES.toWire(order.strategy ?? 'none'),
    plannedAtUs: order.plannedAtUs,
  };
}

function orderFromWire(wire: WireTradeOrder): TradeOrder {
  const strategy = STRATEGIES.fromWire('strategy', wire.strategy);
  return {
    orderId: orderId(readName('order_id', wire.orderId)),
    requestId: requestId(readName('request_id', wire.requestId)),
    venue: venueId(readName('venue', wire.venue)),
    instrument: readName('instrument', wire.instrument) as InstrumentId,
    side: SIDES.fromWire('side', wire.side),
    quantity: readDecimal('quantity', wire.quantity),
    limitPrice: readDecimal('limit_price', wire.limitPrice),
    conversionRate: readDecimal('conversion_rate', wire.conversionRate),
    quotedNotional: readDecimal('quoted_notional', wire.quotedNotional),
    arrivalNotional: readOptional('arrival_notional', wire.arrivalNotional, readDecimal),
    sendBeforeUs: readInteger('send_before_us', wire.sendBeforeUs),
    state: ORDER_STATES.fromWire('state', wire.state),
    version: readInteger('version', wire.version),
    submitted: wire.submitted,
    cumulativeQuantity: readDecimal('cumulative_quantity', wire.cumulativeQuantity),
    cumulativeNotional: readDecimal('cumulative_notional', wire.cumulativeNotional),
    fees: wire.fees.map(({ asset, amount }) => ({
      asset: assetId(readName('fees.asset', asset)),
      amount: readDecimal('fees.amount', amount),
    })),
    detail: wire.detail,
    strategy: strategy === 'none' ? undefined : strategy,
    plannedAtUs: readInteger('planned_at_us', wire.plannedAtUs),
  };
}

function waterfallToWire(waterfall: EdgeWaterfall): WireEdgeWaterfall {
  return {
    quoted: waterfall.quoted.toString(),
    staleness: waterfall.staleness.toString(),
    fees: waterfall.fees.toString(),
    slippage: waterfall.slippage.toString(),
    unwind: waterfall.unwind.toString(),
    realised: waterfall.realised.toString(),
  };
}

function waterfallFromWire(wire: WireEdgeWaterfall): EdgeWaterfall {
  return {
    quoted: readDecimal('waterfall.quoted', wire.quoted),
    staleness: readDecimal('waterfall.staleness', wire.staleness),
    fees: readDecimal('waterfall.fees', wire.fees),
    slippage: readDecimal('waterfall.slippage', wire.slippage),
    unwind: readDecimal('waterfall.unwind', wire.unwind),
    realised: readDecimal('waterfall.realised', wire.realised),
  };
}

const bridgeToWire = (bridge: TradeBridge): WireTradeBridge => ({
  asset: bridge.asset,
  value: bridge.value.toString(),
  smallestQuantity: bridge.smallestQuantity.toString(),
  carriedOut: bridge.carriedOut.toString(),
});

function bridgeFromWire(wire: WireTradeBridge): TradeBridge {
  return {
    asset: assetId(readName('bridge.asset', wire.asset)),
    value: readDecimal('bridge.value', wire.value),
    smallestQuantity: readDecimal('bridge.smallest_quantity', wire.smallestQuantity),
    carriedOut: readDecimal('bridge.carried_out', wire.carriedOut),
  };
}

export function arbitrageTradeToWire(trade: ArbitrageTrade): WireArbitrageTrade {
  const { legs, waterfall } = trade;
  return {
    tradeId: trade.tradeId,
    opportunityId: trade.opportunityId ?? '',
    state: STATES.toWire(trade.state),
    buyOrderId: legs[0]?.orderId ?? '',
    sellOrderId: legs[1]?.orderId ?? '',
    numeraire: trade.numeraire,
    realisedProfit: waterfall?.realised.toString() ?? '',
    unhedgedUsdSeconds: trade.unhedgedUsdSeconds,
    updatedAtUs: trade.updatedAtUs,
    accountId: trade.accountId,
    origin: ORIGINS.toWire(trade.origin),
    base: trade.base,
    quantity: trade.quantity.toString(),
    baseValue: trade.baseValue.toString(),
    legs: legs.map(tradeOrderToWire),
    unwinds: trade.unwinds.map(tradeOrderToWire),
    carriedIn: trade.carriedIn.toString(),
    carriedOut: trade.carriedOut.toString(),
    reason: trade.reason,
    detail: trade.detail,
    realised: trade.realised.map(({ asset, amount }) => ({ asset, amount: amount.toString() })),
    waterfall: waterfall === undefined ? null : waterfallToWire(waterfall),
    frameAtUs: trade.frameAtUs,
    createdAtUs: trade.createdAtUs,
    unwindingAtUs: trade.unwindingAtUs,
    version: trade.version,
    smallestQuantity: trade.smallestQuantity.toString(),
    bridge: trade.bridge === undefined ? null : bridgeToWire(trade.bridge),
  };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function arbitrageTradeFromWire(wire: WireArbitrageTrade): ArbitrageTrade {
  return {
    tradeId: tradeId(readName('trade_id', wire.tradeId)),
    accountId: accountId(readName('account_id', wire.accountId)),
    origin: ORIGINS.fromWire('origin', wire.origin),
    opportunityId: readOptional('opportunity_id', wire.opportunityId, (_field, text) =>
      opportunityId(text),
    ),
    state: STATES.fromWire('state', wire.state),
    base: assetId(readName('base', wire.base)),
    numeraire: assetId(readName('numeraire', wire.numeraire)),
    quantity: readDecimal('quantity', wire.quantity),
    baseValue: readDecimal('base_value', wire.baseValue),
    legs: wire.legs.map(orderFromWire),
    unwinds: wire.unwinds.map(orderFromWire),
    carriedIn: readOptional('carried_in', wire.carriedIn, readDecimal) ?? Decimal.ZERO,
    carriedOut: readOptional('carried_out', wire.carriedOut, readDecimal) ?? Decimal.ZERO,
    reason: readReason(wire.reason),
    detail: wire.detail,
    realised: wire.realised.map(({ asset, amount }) => ({
      asset: assetId(readName('realised.asset', asset)),
      amount: readDecimal('realised.amount', amount),
    })),
    waterfall: wire.waterfall ? waterfallFromWire(wire.waterfall) : undefined,
    unhedgedUsdSeconds: Number(wire.unhedgedUsdSeconds),
    frameAtUs: readInteger('frame_at_us', wire.frameAtUs),
    createdAtUs: readInteger('created_at_us', wire.createdAtUs),
    updatedAtUs: readInteger('updated_at_us', wire.updatedAtUs),
    unwindingAtUs: readInteger('unwinding_at_us', wire.unwindingAtUs),
    version: readInteger('version', wire.version),
    smallestQuantity: readDecimal('smallest_quantity', wire.smallestQuantity),
    ...(wire.bridge ? { bridge: bridgeFromWire(wire.bridge) } : {}),
  };
}
