import { Decimal } from '@ats/domain';
import type { Balance } from '../../../domain/accounts/balances.ts';
import type { AccountOrder, AccountReport, AccountTrade } from '../../../domain/accounts/orders.ts';
import { isoMicros } from '../shared/numbers.ts';
import { orderIdText, REASONS, tradeIdText } from './private-frames.ts';

type Row = Readonly<Record<string, unknown>>;

const sideOf = (order: { side: 'bid' | 'ask' }): string => (order.side === 'bid' ? 'buy' : 'sell');

function statusOf(order: AccountOrder): string {
  if (order.state === 'filled') return 'filled';
  if (order.state === 'canceled') return order.endReason === 'requested' ? 'canceled' : 'expired';
  return order.fillCount === 0 ? 'new' : 'partially_filled';
}

/** What every row about an order has. */
function about(order: AccountOrder): Row {
  return {
    order_id: orderIdText(order.number),
    cl_ord_id: order.clientOrderId,
    order_userref: 0,
  };
}

function sums({ filled, filledNotional, fee, feeAsset, listing }: AccountOrder): Row {
  const scale = listing.priceTick.scale + 5;
  return {
    cum_qty: filled,
    cum_cost: filledNotional,
    avg_price: filled.isZero()
      ? Decimal.ZERO
      : filledNotional.divide(filled, { scale, rounding: 'half-even' }),
    ...(listing.quote.id === 'USD' && feeAsset === 'USD' ? { fee_usd_equiv: fee } : {}),
  };
}

/** An order whole, as a snapshot and the first report of it have it. */
export function orderRow(order: AccountOrder, execType: string): Row {
  const { price, listing } = order;
  return {
    ...about(order),
    symbol: listing.symbol,
    side: sideOf(order),
    order_type: order.type,
    order_qty: order.quantity,
    ...(price === undefined ? {} : { limit_price: price, limit_price_type: 'static' }),
    ...(order.quoteAmount === undefined ? {} : { cash_order_qty: order.quoteAmount }),
    time_in_force: order.timeInForce.toUpperCase(),
    ...(order.postOnly ? { post_only: true } : {}),
    fee_ccy_pref: order.feeAsset === listing.quote.id ? 'fciq' : 'fcib',
    ...sums(order),
    exec_type: execType,
    order_status: execType === 'pending_new' ? 'pending_new' : statusOf(order),
    timestamp: isoMicros(order.updatedUs),
  };
}

function changeRow(order: AccountOrder, execType: string): Row {
  return {
    ...about(order),
    exec_type: execType,
    order_status: statusOf(order),
    timestamp: isoMicros(order.updatedUs),
  };
}

export function tradeRow(trade: AccountTrade, order?: AccountOrder): Row {
  return {
    order_id: orderIdText(trade.orderNumber),
    cl_ord_id: trade.clientOrderId,
    order_userref: 0,
    exec_id: tradeIdText(trade.number),
    exec_type: 'trade',
    trade_id: trade.tradeId,
    symbol: trade.listing.symbol,
    side: sideOf(trade),
    order_type: trade.orderType,
    last_qty: trade.quantity,
    last_price: trade.price,
    liquidity_ind: trade.isMaker ? 'm' : 't',
    cost: trade.notional,
    fees: [{ asset: trade.feeAsset, qty: trade.fee }],
    ...(order === undefined ? {} : { ...sums(order), order_status: statusOf(order) }),
    timestamp: isoMicros(trade.timeUs),
  };
}

/**
 * The rows of the executions channel that a report becomes, one message each.
 * Source: docs.kraken.com, Spot WebSocket v2, "Executions".
 */
export function executionRows(report: AccountReport): readonly Row[] {
  switch (report.kind) {
    case 'accepted':
      return [orderRow(report.order, 'pending_new'), changeRow(report.order, 'new')];
    case 'replaced':
      return [orderRow(report.order, 'amended')];
    case 'canceled': {
      const { order } = report;
      const reason = REASONS[order.endReason ?? 'requested'];
      const type = statusOf(order);
      return [{ ...changeRow(order, type), ...sums(order), cancel_reason: reason, reason }];
    }
    case 'filled': {
      const { order, trade } = report;
      const last = { ...changeRow(order, 'filled'), ...sums(order) };
      return [tradeRow(trade, order), ...(order.state === 'filled' ? [last] : [])];
    }
    case 'transferred':
      return [];
  }
}

/** An asset as the snapshot of the balances channel has it: what is held counts. */
export function balanceRow({ asset, available, locked }: Balance): Row {
  const balance = available.add(locked);
  return {
    asset,
    asset_class: 'currency',
    balance,
    wallets: [{ type: 'spot', id: 'main', balance }],
  };
}

/** The entries of the ledger that a report becomes; placing and canceling moves nothing. */
export function ledgerRows(
  report: AccountReport,
  ledgerCount: number,
  nowUs: number,
): readonly Row[] {
  const entry = (at: number, balance: Balance, moved: Row): Row => ({
    ledger_id: `L${String(ledgerCount + at).padStart(5, '0')}`,
    timestamp: isoMicros(nowUs),
    asset: balance.asset,
    asset_class: 'currency',
    wallet_type: 'spot',
    wallet_id: 'main',
    ...moved,
    balance: balance.available.add(balance.locked),
  });
  if (report.kind === 'transferred') {
    const type = report.amount.isNegative() ? 'withdrawal' : 'deposit';
    const moved = { type, category: type, amount: report.amount, fee: Decimal.ZERO };
    return report.balances.map((balance, at) => entry(at, balance, moved));
  }
  if (report.kind !== 'filled') return [];
  const { trade, balances } = report;
  return balances.map((balance, at) => {
    const isBase = balance.asset === trade.listing.base.id;
    const size = isBase ? trade.quantity : trade.notional;
    const moved = {
      ref_id: tradeIdText(trade.number),
      type: 'trade',
      category: 'trade',
      amount: isBase === (trade.side === 'bid') ? size : size.negate(),
      fee: balance.asset === trade.feeAsset ? trade.fee : Decimal.ZERO,
    };
    return entry(at, balance, moved);
  });
}
