import { averagePrice, type Balance, type Order } from '@ats/domain';
import type { BalanceView, OrderView } from './http/schemas.ts';

const SHOWN = { scale: 12, rounding: 'half-even' } as const;

/** An order as JSON shows it: figures are texts, what is absent is null. */
export function viewOfOrder(order: Order): OrderView {
  const { terms, progress } = order;
  const { pendingCancel, pendingReplace } = progress;
  const waits = pendingReplace === undefined ? null : 'replace';
  return {
    orderId: order.orderId,
    accountId: order.accountId,
    tradeId: order.tradeId ?? null,
    clientOrderId: terms.clientOrderId,
    venue: terms.venue,
    instrument: terms.instrument,
    side: terms.side,
    type: terms.type,
    timeInForce: terms.timeInForce,
    postOnly: terms.postOnly,
    purpose: order.purpose,
    quantity: terms.quantity.toString(),
    limitPrice: terms.limitPrice?.toString() ?? null,
    worstPrice: order.worstPrice?.toString() ?? null,
    status: order.status,
    venueOrderId: order.venueOrderId ?? null,
    cumulativeQuantity: order.cumulativeQuantity.toString(),
    leavesQuantity: order.leavesQuantity.toString(),
    averagePrice: averagePrice(order, SHOWN)?.normalized().toString() ?? null,
    fees: order.fees.map(({ asset, amount }) => ({ asset, amount: amount.toString() })),
    pendingRequest: pendingCancel === undefined ? waits : 'cancel',
    sendBeforeUs: order.sendBeforeUs,
    createdAtUs: order.createdAtUs,
    updatedAtUs: order.updatedAtUs,
    detail: order.detail,
    version: order.version,
  };
}

export function viewOfBalance({ available, reserved, ...place }: Balance): BalanceView {
  const { accountId, venue, asset } = place;
  return {
    accountId,
    venue,
    asset,
    available: available.toString(),
    reserved: reserved.toString(),
  };
}
