import type { Balance } from '../../../domain/accounts/balances.ts';
import type { AccountOrder, AccountTrade } from '../../../domain/accounts/orders.ts';
import { plain } from '../shared/private.ts';
import { uuidOf } from '../shared/uuid.ts';

const STATES = { open: 'wait', filled: 'done', canceled: 'cancel' } as const;
const KST_US = 9 * 3_600_000_000;

/** Korean time to the second: `2026-04-10T15:42:23+09:00`. */
function koreanTime(timeUs: number): string {
  const date = new Date(Math.floor((timeUs + KST_US) / 1000));
  return `${date.toISOString().slice(0, 19)}+09:00`;
}

export function balanceBody({ asset, available, locked }: Balance): Record<string, unknown> {
  return {
    currency: asset,
    balance: plain(available),
    locked: plain(locked),
    avg_buy_price: '0',
    avg_buy_price_modified: true,
    unit_currency: 'KRW',
  };
}

/** Upbit has three: a market buy is one of `price`. */
export function orderTypeOf(order: AccountOrder): 'limit' | 'price' | 'market' {
  if (order.type === 'limit') return 'limit';
  return order.quoteAmount === undefined ? 'market' : 'price';
}

/** An order; a market buy is one of `price`, a sum of quote without a volume. */
export function orderBody(order: AccountOrder): Record<string, unknown> {
  const byPrice = order.quoteAmount !== undefined;
  return {
    uuid: uuidOf('order', order.number),
    side: order.side,
    ord_type: orderTypeOf(order),
    price: byPrice
      ? plain(order.quoteAmount)
      : order.price === undefined
        ? null
        : plain(order.price),
    state: STATES[order.state],
    market: order.listing.symbol,
    created_at: koreanTime(order.createdUs),
    volume: byPrice ? null : plain(order.quantity),
    remaining_volume: byPrice ? null : plain(order.quantity.subtract(order.filled)),
    executed_volume: plain(order.filled),
    paid_fee: plain(order.fee),
    locked: plain(order.locked),
    trades_count: order.fillCount,
    ...(order.postOnly ? { time_in_force: 'post_only' } : {}),
    ...(order.type === 'limit' && order.timeInForce !== 'gtc'
      ? { time_in_force: order.timeInForce }
      : {}),
    ...(order.clientOrderId === undefined ? {} : { identifier: order.clientOrderId }),
  };
}

export function tradeBody(trade: AccountTrade): Record<string, unknown> {
  return {
    market: trade.listing.symbol,
    uuid: uuidOf('trade', trade.number),
    price: plain(trade.price),
    volume: plain(trade.quantity),
    funds: plain(trade.notional),
    trend: trade.side === 'bid' ? 'up' : 'down',
    created_at: koreanTime(trade.timeUs),
    side: trade.side,
  };
}
