import type { Account } from '../../../domain/accounts/account.ts';
import type { Balance } from '../../../domain/accounts/balances.ts';
import type { AccountOrder, AccountTrade } from '../../../domain/accounts/orders.ts';
import { isoMicros } from '../shared/numbers.ts';
import { plain } from '../shared/private.ts';
import { uuidOf } from '../shared/uuid.ts';

const STATUS = { open: 'OPEN', filled: 'FILLED', canceled: 'CANCELLED' } as const;
const TIMES_IN_FORCE = {
  gtc: 'GOOD_UNTIL_CANCELLED',
  ioc: 'IMMEDIATE_OR_CANCEL',
  fok: 'FILL_OR_KILL',
} as const;

const sideOf = (order: { side: 'bid' | 'ask' }): string => (order.side === 'bid' ? 'BUY' : 'SELL');

/** An account as the older generation tells it, which knows of no holds: what is available. */
export function walletBody(
  { asset, available }: Balance,
  index: number,
  isFiat: boolean,
): Record<string, unknown> {
  return {
    id: uuidOf('account', index + 1),
    name: `${asset} Wallet`,
    primary: true,
    type: isFiat ? 'fiat' : 'wallet',
    currency: { code: asset, name: asset, type: isFiat ? 'fiat' : 'crypto' },
    balance: { amount: plain(available), currency: asset },
    resource: 'account',
    resource_path: `/v2/accounts/${uuidOf('account', index + 1)}`,
  };
}

export function accountBody(
  { asset, available, locked }: Balance,
  index: number,
  isFiat: boolean,
): Record<string, unknown> {
  return {
    uuid: uuidOf('account', index + 1),
    name: `${asset} Wallet`,
    currency: asset,
    available_balance: { value: plain(available), currency: asset },
    default: true,
    active: true,
    type: isFiat ? 'ACCOUNT_TYPE_FIAT' : 'ACCOUNT_TYPE_CRYPTO',
    ready: true,
    hold: { value: plain(locked), currency: asset },
  };
}

function configurationOf(order: AccountOrder): Record<string, unknown> {
  const { type, timeInForce, quoteAmount } = order;
  const size = { base_size: plain(order.quantity) };
  if (type === 'market') {
    const amount = quoteAmount === undefined ? size : { quote_size: plain(quoteAmount) };
    return { market_market_ioc: amount };
  }
  const limit = { ...size, limit_price: order.price === undefined ? '0' : plain(order.price) };
  if (timeInForce === 'ioc') return { sor_limit_ioc: limit };
  if (timeInForce === 'fok') return { limit_limit_fok: limit };
  return { limit_limit_gtc: { ...limit, post_only: order.postOnly } };
}

/** What a new order is answered with. */
export function placedBody(order: AccountOrder): Record<string, unknown> {
  return {
    success: true,
    success_response: {
      order_id: uuidOf('order', order.number),
      product_id: order.listing.symbol,
      side: sideOf(order),
      client_order_id: order.clientOrderId ?? '',
    },
    order_configuration: configurationOf(order),
  };
}

function averageOf({ filled, filledNotional, listing }: AccountOrder): string {
  const scale = listing.priceTick.scale + listing.quantityStep.scale;
  return filled.isZero()
    ? '0'
    : plain(filledNotional.divide(filled, { scale, rounding: 'half-even' }));
}

/** An order as the user channel has it. */
export function userOrder(order: AccountOrder): Record<string, unknown> {
  const { filled, filledNotional, fee, quantity, side, state } = order;
  const after = side === 'bid' ? filledNotional.add(fee) : filledNotional.subtract(fee);
  const percent = (100 * filled.toNumber()) / quantity.toNumber();
  return {
    avg_price: averageOf(order),
    cancel_reason: order.endReason === 'requested' ? 'User requested cancel' : '',
    client_order_id: order.clientOrderId ?? '',
    completion_percentage: String(percent),
    contract_expiry_type: 'UNKNOWN_CONTRACT_EXPIRY_TYPE',
    cumulative_quantity: plain(filled),
    filled_value: plain(filledNotional),
    leaves_quantity: state === 'open' ? plain(quantity.subtract(filled)) : '0',
    limit_price: order.price === undefined ? '0' : plain(order.price),
    number_of_fills: String(order.fillCount),
    order_id: uuidOf('order', order.number),
    order_side: sideOf(order),
    order_type: order.type === 'market' ? 'Market' : 'Limit',
    outstanding_hold_amount: plain(order.locked),
    post_only: String(order.postOnly),
    product_id: order.listing.symbol,
    product_type: 'SPOT',
    reject_reason: '',
    risk_managed_by: 'UNKNOWN_RISK_MANAGEMENT_TYPE',
    status: STATUS[state],
    stop_price: '',
    time_in_force: TIMES_IN_FORCE[order.timeInForce],
    total_fees: plain(fee),
    total_value_after_fees: plain(after),
    trigger_status: 'INVALID_ORDER_TYPE',
    creation_time: isoMicros(order.createdUs),
    end_time: '0001-01-01T00:00:00Z',
    start_time: '0001-01-01T00:00:00Z',
  };
}

export function orderBody(order: AccountOrder): Record<string, unknown> {
  const { filled, filledNotional, fee, quantity, listing } = order;
  const percent = (100 * filled.toNumber()) / quantity.toNumber();
  const after = order.side === 'bid' ? filledNotional.add(fee) : filledNotional.subtract(fee);
  return {
    order_id: uuidOf('order', order.number),
    product_id: listing.symbol,
    order_configuration: configurationOf(order),
    side: sideOf(order),
    client_order_id: order.clientOrderId ?? '',
    status: STATUS[order.state],
    time_in_force: TIMES_IN_FORCE[order.timeInForce],
    created_time: isoMicros(order.createdUs),
    completion_percentage: percent.toFixed(2),
    filled_size: plain(filled),
    average_filled_price: averageOf(order),
    fee: '',
    number_of_fills: String(order.fillCount),
    filled_value: plain(filledNotional),
    pending_cancel: false,
    size_in_quote: order.quoteAmount !== undefined,
    total_fees: plain(fee),
    size_inclusive_of_fees: false,
    total_value_after_fees: plain(after),
    trigger_status: 'INVALID_ORDER_TYPE',
    order_type: order.type === 'market' ? 'MARKET' : 'LIMIT',
    reject_reason: 'REJECT_REASON_UNSPECIFIED',
    settled: order.state !== 'open',
    product_type: 'SPOT',
    reject_message: '',
    cancel_message: order.endReason === 'requested' ? 'User requested cancel' : '',
    outstanding_hold_amount: plain(order.locked),
    last_fill_time: order.fillCount === 0 ? null : isoMicros(order.updatedUs),
  };
}

export function fillBody(trade: AccountTrade): Record<string, unknown> {
  const id = uuidOf('trade', trade.number);
  return {
    entry_id: id,
    trade_id: id,
    order_id: uuidOf('order', trade.orderNumber),
    trade_time: isoMicros(trade.timeUs),
    trade_type: 'FILL',
    price: plain(trade.price),
    size: plain(trade.quantity),
    commission: plain(trade.fee),
    product_id: trade.listing.symbol,
    sequence_timestamp: isoMicros(trade.timeUs),
    liquidity_indicator: trade.isMaker ? 'MAKER' : 'TAKER',
    size_in_quote: false,
    side: sideOf(trade),
  };
}

/** `/api/v3/brokerage/key_permissions`. */
export const keyPermissions = ({ mayWithdraw }: Account): object => {
  return { can_view: true, can_trade: true, can_transfer: mayWithdraw, portfolio_type: 'DEFAULT' };
};
