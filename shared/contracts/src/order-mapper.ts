import {
  accountId,
  assetId,
  averagePrice,
  clientOrderId,
  type InstrumentId,
  type NewOrder,
  type Order,
  type OrderCommand,
  type OrderEnd,
  type OrderEvent,
  type OrderProgress,
  type OrderPurpose,
  type OrderSide,
  type OrderStatus,
  type OrderType,
  orderId,
  type PriceRounding,
  type Replacement,
  requestId,
  type TimeInForce,
  tradeId,
  venueId,
} from '@ats/domain';
import type { WireNewOrder } from './generated/ats/order/v1/NewOrder.ts';
import type { WireOrder } from './generated/ats/order/v1/Order.ts';
import type { WireOrderCommand } from './generated/ats/order/v1/OrderCommand.ts';
import type { WireOrderEnd } from './generated/ats/order/v1/OrderEnd.ts';
import type { WireOrderEvent } from './generated/ats/order/v1/OrderEvent.ts';
import type { WireOrderProgress } from './generated/ats/order/v1/OrderProgress.ts';
import type { WireOrderPurpose } from './generated/ats/order/v1/OrderPurpose.ts';
import type { WireOrderSide } from './generated/ats/order/v1/OrderSide.ts';
import type { WireOrderStatus } from './generated/ats/order/v1/OrderStatus.ts';
import type { WireOrderType } from './generated/ats/order/v1/OrderType.ts';
import type { WireReplacement } from './generated/ats/order/v1/Replacement.ts';
import type { WireTimeInForce } from './generated/ats/order/v1/TimeInForce.ts';
import {
  enumPair,
  malformed,
  readDecimal,
  readInteger,
  readName,
  readOptional,
  readPresent,
} from './wire-fields.ts';

/** AvgPx is for showing only: readers that count take the exact notional. */
const AVERAGE_PRICE: PriceRounding = { scale: 12, rounding: 'half-even' };

export const SIDES = enumPair<OrderSide, WireOrderSide>({
  buy: 'ORDER_SIDE_BUY',
  sell: 'ORDER_SIDE_SELL',
});

const TYPES = enumPair<OrderType, WireOrderType>({
  limit: 'ORDER_TYPE_LIMIT',
  market: 'ORDER_TYPE_MARKET',
});

const TIMES = enumPair<TimeInForce, WireTimeInForce>({
  gtc: 'TIME_IN_FORCE_GTC',
  ioc: 'TIME_IN_FORCE_IOC',
  fok: 'TIME_IN_FORCE_FOK',
});

const STATUSES = enumPair<OrderStatus, WireOrderStatus>({
  NEW: 'ORDER_STATUS_NEW',
  PENDING_SUBMIT: 'ORDER_STATUS_PENDING_SUBMIT',
  LIVE: 'ORDER_STATUS_LIVE',
  PARTIALLY_FILLED: 'ORDER_STATUS_PARTIALLY_FILLED',
  FILLED: 'ORDER_STATUS_FILLED',
  CANCEL_PENDING: 'ORDER_STATUS_CANCEL_PENDING',
  CANCELED: 'ORDER_STATUS_CANCELED',
  REPLACE_PENDING: 'ORDER_STATUS_REPLACE_PENDING',
  REJECTED: 'ORDER_STATUS_REJECTED',
  EXPIRED: 'ORDER_STATUS_EXPIRED',
  UNKNOWN: 'ORDER_STATUS_UNKNOWN',
});

export const PURPOSES = enumPair<OrderPurpose, WireOrderPurpose>({
  entry: 'ORDER_PURPOSE_ENTRY',
  unwind: 'ORDER_PURPOSE_UNWIND',
});

/** Orders of an older writer say nothing of their purpose: they are entries. */
export function purposeFromWire(wire: WireOrderPurpose): OrderPurpose {
  return wire === 'ORDER_PURPOSE_UNSPECIFIED' ? 'entry' : PURPOSES.fromWire('purpose', wire);
}

const ENDS = enumPair<OrderEnd | 'none', WireOrderEnd>({
  none: 'ORDER_END_UNSPECIFIED',
  canceled: 'ORDER_END_CANCELED',
  expired: 'ORDER_END_EXPIRED',
  rejected: 'ORDER_END_REJECTED',
});

export function newOrderToWire(terms: NewOrder): WireNewOrder {
  return {
    clientOrderId: terms.clientOrderId,
    venue: terms.venue,
    instrument: terms.instrument,
    side: SIDES.toWire(terms.side),
    type: TYPES.toWire(terms.type),
    timeInForce: TIMES.toWire(terms.timeInForce),
    quantity: terms.quantity.toString(),
    limitPrice: terms.limitPrice?.toString() ?? '',
    postOnly: terms.postOnly,
  };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function newOrderFromWire(wire: WireNewOrder): NewOrder {
  return {
    clientOrderId: clientOrderId(readName('client_order_id', wire.clientOrderId)),
    venue: venueId(readName('venue', wire.venue)),
    instrument: readName('instrument', wire.instrument) as InstrumentId,
    side: SIDES.fromWire('side', wire.side),
    type: TYPES.fromWire('type', wire.type),
    timeInForce: TIMES.fromWire('time_in_force', wire.timeInForce),
    quantity: readDecimal('quantity', wire.quantity),
    limitPrice: readOptional('limit_price', wire.limitPrice, readDecimal),
    postOnly: wire.postOnly,
  };
}

function replacementToWire(replacement: Replacement): WireReplacement {
  return {
    requestId: replacement.requestId,
    quantity: replacement.quantity.toString(),
    limitPrice: replacement.limitPrice?.toString() ?? '',
  };
}

function replacementFromWire(wire: WireReplacement): Replacement {
  return {
    requestId: requestId(readName('request_id', wire.requestId)),
    quantity: readDecimal('quantity', wire.quantity),
    limitPrice: readOptional('limit_price', wire.limitPrice, readDecimal),
  };
}

function progressToWire(progress: OrderProgress): WireOrderProgress {
  const { submitted, sent, acknowledged, ambiguous, pendingReplace } = progress;
  return {
    submitted,
    sent,
    acknowledged,
    ambiguous,
    ended: ENDS.toWire(progress.ended ?? 'none'),
    pendingCancelRequestId: progress.pendingCancel ?? '',
    pendingReplace: pendingReplace === undefined ? null : replacementToWire(pendingReplace),
  };
}

function progressFromWire(wire: WireOrderProgress): OrderProgress {
  const { submitted, sent, acknowledged, ambiguous } = wire;
  const ended = ENDS.fromWire('ended', wire.ended);
  return {
    submitted,
    sent,
    acknowledged,
    ambiguous,
    ended: ended === 'none' ? undefined : ended,
    pendingCancel: readOptional(
      'pending_cancel_request_id',
      wire.pendingCancelRequestId,
      (_field, text) => requestId(text),
    ),
    pendingReplace: wire.pendingReplace ? replacementFromWire(wire.pendingReplace) : undefined,
  };
}

export function orderToWire(order: Order): WireOrder {
  return {
    orderId: order.orderId,
    accountId: order.accountId,
    tradeId: order.tradeId ?? '',
    terms: newOrderToWire(order.terms),
    status: STATUSES.toWire(order.status),
    venueOrderId: order.venueOrderId ?? '',
    cumulativeQuantity: order.cumulativeQuantity.toString(),
    leavesQuantity: order.leavesQuantity.toString(),
    averagePrice: averagePrice(order, AVERAGE_PRICE)?.toString() ?? '',
    createdAtUs: order.createdAtUs,
    updatedAtUs: order.updatedAtUs,
    detail: order.detail,
    version: order.version,
    cumulativeNotional: order.cumulativeNotional.toString(),
    progress: progressToWire(order.progress),
    fees: order.fees.map(({ asset, amount }) => ({ asset, amount: amount.toString() })),
    purpose: PURPOSES.toWire(order.purpose),
    worstPrice: order.worstPrice?.toString() ?? '',
    sendBeforeUs: order.sendBeforeUs,
  };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function orderFromWire(wire: WireOrder): Order {
  return {
    orderId: orderId(readName('order_id', wire.orderId)),
    accountId: accountId(readName('account_id', wire.accountId)),
    tradeId: readOptional('trade_id', wire.tradeId, (_field, text) => tradeId(text)),
    terms: newOrderFromWire(readPresent('terms', wire.terms)),
    status: STATUSES.fromWire('status', wire.status),
    venueOrderId: readOptional('venue_order_id', wire.venueOrderId, readName),
    cumulativeQuantity: readDecimal('cumulative_quantity', wire.cumulativeQuantity),
    cumulativeNotional: readDecimal('cumulative_notional', wire.cumulativeNotional),
    fees: wire.fees.map(({ asset, amount }) => ({
      asset: assetId(readName('fees.asset', asset)),
      amount: readDecimal('fees.amount', amount),
    })),
    purpose: purposeFromWire(wire.purpose),
    worstPrice: readOptional('worst_price', wire.worstPrice, readDecimal),
    sendBeforeUs: readInteger('send_before_us', wire.sendBeforeUs),
    leavesQuantity: readDecimal('leaves_quantity', wire.leavesQuantity),
    progress: progressFromWire(readPresent('progress', wire.progress)),
    createdAtUs: readInteger('created_at_us', wire.createdAtUs),
    updatedAtUs: readInteger('updated_at_us', wire.updatedAtUs),
    detail: wire.detail,
    version: readInteger('version', wire.version),
  };
}

export function orderCommandToWire(command: OrderCommand): WireOrderCommand {
  const { issuedAtUs } = command;
  switch (command.kind) {
    case 'submit': {
      const submit = orderToWire(command.order);
      const { requestId: request = '', digest: requestDigest = '' } = command.asked ?? {};
      return { command: 'submit', submit, issuedAtUs, requestId: request, requestDigest };
    }
    case 'cancel': {
      const cancelOrderId = command.orderId;
      const { requestId: request } = command;
      return {
        command: 'cancelOrderId',
        cancelOrderId,
        issuedAtUs,
        requestId: request,
        requestDigest: '',
      };
    }
    case 'replace': {
      const replacement = replacementToWire(command.replacement);
      const replace = { orderId: command.orderId, replacement };
      return { command: 'replace', replace, issuedAtUs, requestId: '', requestDigest: '' };
    }
  }
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable, or without a command */
export function orderCommandFromWire(wire: WireOrderCommand): OrderCommand {
  const issuedAtUs = readInteger('issued_at_us', wire.issuedAtUs);
  switch (wire.command) {
    case 'submit':
      return {
        kind: 'submit',
        order: orderFromWire(readPresent('submit', wire.submit)),
        issuedAtUs,
        ...(wire.requestId === ''
          ? {}
          : { asked: { requestId: requestId(wire.requestId), digest: wire.requestDigest } }),
      };
    case 'cancelOrderId':
      return {
        kind: 'cancel',
        orderId: orderId(readName('cancel_order_id', wire.cancelOrderId ?? '')),
        requestId: requestId(readName('request_id', wire.requestId)),
        issuedAtUs,
      };
    case 'replace': {
      const replace = readPresent('replace', wire.replace);
      return {
        kind: 'replace',
        orderId: orderId(readName('order_id', replace.orderId)),
        replacement: replacementFromWire(readPresent('replacement', replace.replacement)),
        issuedAtUs,
      };
    }
    default:
      throw malformed({ field: 'command', value: '', expected: 'a command' });
  }
}

export function orderEventToWire(event: OrderEvent): WireOrderEvent {
  return {
    order: orderToWire(event.order),
    previousStatus: STATUSES.toWire(event.previousStatus),
    occurredAtUs: event.occurredAtUs,
    inputId: event.inputId ?? '',
    missingQuantity: event.missingQuantity?.toString() ?? '',
  };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function orderEventFromWire(wire: WireOrderEvent): OrderEvent {
  return {
    order: orderFromWire(readPresent('order', wire.order)),
    previousStatus: STATUSES.fromWire('previous_status', wire.previousStatus),
    occurredAtUs: readInteger('occurred_at_us', wire.occurredAtUs),
    ...(wire.inputId === '' ? {} : { inputId: wire.inputId }),
    ...(wire.missingQuantity === ''
      ? {}
      : { missingQuantity: readDecimal('missing_quantity', wire.missingQuantity) }),
  };
}
