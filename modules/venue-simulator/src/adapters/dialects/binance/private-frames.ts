import type { Decimal } from '@ats/domain';
import type { Account } from '../../../domain/accounts/account.ts';
import type { AccountOrder, AccountTrade } from '../../../domain/accounts/orders.ts';
import { toMillis } from '../shared/numbers.ts';
import { digits } from './frames.ts';

export const text = (value: Decimal | undefined): string => digits(value?.toString() ?? '0');

export function statusOf(order: AccountOrder): string {
  if (order.state === 'filled') return 'FILLED';
  if (order.state === 'open') return order.fillCount === 0 ? 'NEW' : 'PARTIALLY_FILLED';
  if (order.endReason === 'requested') return 'CANCELED';
  return order.endReason === 'self-trade' ? 'EXPIRED_IN_MATCH' : 'EXPIRED';
}

/** What every answer about an order has in common. */
function basics(order: AccountOrder): Record<string, unknown> {
  return {
    symbol: order.listing.symbol,
    orderId: order.number,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    price: text(order.price),
    origQty: text(order.quantity),
    executedQty: text(order.filled),
    origQuoteOrderQty: text(order.quoteAmount),
    cummulativeQuoteQty: text(order.filledNotional),
    status: statusOf(order),
    timeInForce: order.type === 'market' ? 'GTC' : order.timeInForce.toUpperCase(),
    type: order.type === 'market' ? 'MARKET' : order.postOnly ? 'LIMIT_MAKER' : 'LIMIT',
    side: order.side === 'bid' ? 'BUY' : 'SELL',
    selfTradePreventionMode: 'EXPIRE_MAKER',
  };
}

/** As `GET /api/v3/order` and the order lists have it. */
export function orderBody(order: AccountOrder): Record<string, unknown> {
  return {
    ...basics(order),
    stopPrice: digits('0'),
    icebergQty: digits('0'),
    time: toMillis(order.createdUs),
    updateTime: toMillis(order.updatedUs),
    isWorking: true,
    workingTime: toMillis(order.createdUs),
  };
}

/** What a new order is answered with, as much of it as `newOrderRespType` asks for. */
export function newOrderBody(
  order: AccountOrder,
  fills: readonly AccountTrade[],
  detail: string,
): Record<string, unknown> {
  const transactTime = toMillis(order.updatedUs);
  const { number, clientOrderId, listing } = order;
  const ack = { symbol: listing.symbol, orderId: number, orderListId: -1, clientOrderId };
  if (detail === 'ACK') return { ...ack, transactTime };
  const body = { ...basics(order), transactTime, workingTime: transactTime };
  if (detail === 'RESULT') return body;
  return {
    ...body,
    fills: fills.map((trade) => ({
      price: text(trade.price),
      qty: text(trade.quantity),
      commission: text(trade.fee),
      commissionAsset: trade.feeAsset,
      tradeId: trade.tradeId,
    })),
  };
}

export function canceledBody(order: AccountOrder, cancelId: string): Record<string, unknown> {
  return {
    ...basics(order),
    origClientOrderId: order.clientOrderId,
    clientOrderId: cancelId,
    transactTime: toMillis(order.updatedUs),
  };
}

export function tradeBody(trade: AccountTrade): Record<string, unknown> {
  return {
    symbol: trade.listing.symbol,
    id: trade.tradeId,
    orderId: trade.orderNumber,
    orderListId: -1,
    price: text(trade.price),
    qty: text(trade.quantity),
    quoteQty: text(trade.notional),
    commission: text(trade.fee),
    commissionAsset: trade.feeAsset,
    time: toMillis(trade.timeUs),
    isBuyer: trade.side === 'bid',
    isMaker: trade.isMaker,
    isBestMatch: true,
  };
}

export function accountBody(
  account: Account,
  rates: { readonly maker: string; readonly taker: string },
  nowMs: number,
): Record<string, unknown> {
  const { maker, taker } = rates;
  return {
    makerCommission: Math.round(Number(maker) * 10_000),
    takerCommission: Math.round(Number(taker) * 10_000),
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: { maker, taker, buyer: digits('0'), seller: digits('0') },
    canTrade: true,
    canWithdraw: false,
    canDeposit: false,
    brokered: false,
    requireSelfTradePrevention: false,
    preventSor: false,
    updateTime: nowMs,
    accountType: 'SPOT',
    balances: account.balances.map(({ asset, available, locked }) => ({
      asset,
      free: text(available),
      locked: text(locked),
    })),
    permissions: ['SPOT'],
    uid: account.owner,
  };
}
