import { Decimal } from '@ats/domain';
import type { Balance } from '../../../domain/accounts/balances.ts';
import type { AccountOrder, AccountReport, AccountTrade } from '../../../domain/accounts/orders.ts';
import { toMillis } from '../shared/numbers.ts';
import { uuidOf } from '../shared/uuid.ts';
import { orderTypeOf } from './private-frames.ts';

type Frame = Readonly<Record<string, unknown>>;

const STATES = { open: 'wait', filled: 'done', canceled: 'cancel' } as const;

/**
 * The frames of myOrder that a report becomes; the last fill of an order is followed by one that
 * says it is done. Source: docs.upbit.com, "myOrder".
 */
export function orderFrames(report: AccountReport, nowUs: number): readonly Frame[] {
  if (report.kind === 'transferred') return [];
  const { order } = report;
  const state = STATES[order.state];
  if (report.kind !== 'filled') return [orderFrame({ order, state, nowUs })];
  const traded = orderFrame({ order, state: 'trade', nowUs, trade: report.trade });
  return order.state === 'filled' ? [traded, orderFrame({ order, state, nowUs })] : [traded];
}

function orderFrame(parts: {
  readonly order: AccountOrder;
  readonly state: string;
  readonly nowUs: number;
  readonly trade?: AccountTrade;
}): Frame {
  const { order, state, nowUs, trade } = parts;
  const { filled, filledNotional, listing, quoteAmount } = order;
  const scale = listing.priceTick.scale + 5;
  const average = filled.isZero()
    ? Decimal.ZERO
    : filledNotional.divide(filled, { scale, rounding: 'half-even' });
  const timeInForce = order.type === 'limit' && order.timeInForce !== 'gtc';
  return {
    type: 'myOrder',
    code: listing.symbol,
    uuid: uuidOf('order', order.number),
    ask_bid: order.side.toUpperCase(),
    order_type: orderTypeOf(order),
    state,
    trade_uuid: trade === undefined ? null : uuidOf('trade', trade.number),
    price: trade?.price ?? order.price ?? quoteAmount ?? null,
    avg_price: average,
    volume: trade?.quantity ?? (quoteAmount === undefined ? order.quantity : null),
    remaining_volume: quoteAmount === undefined ? order.quantity.subtract(filled) : null,
    executed_volume: filled,
    trades_count: order.fillCount,
    paid_fee: order.fee,
    locked: order.locked,
    executed_funds: filledNotional,
    time_in_force: order.postOnly ? 'post_only' : timeInForce ? order.timeInForce : null,
    trade_fee: trade?.fee ?? null,
    is_maker: trade?.isMaker ?? null,
    identifier: order.clientOrderId ?? null,
    trade_timestamp: trade === undefined ? null : toMillis(trade.timeUs),
    order_timestamp: toMillis(order.createdUs),
    timestamp: toMillis(nowUs),
    stream_type: 'REALTIME',
  };
}

/** Source: docs.upbit.com, "myAsset". */
export function assetFrame(balances: readonly Balance[], count: number, nowUs: number): Frame {
  return {
    type: 'myAsset',
    asset_uuid: uuidOf('account', count),
    assets: balances.map(({ asset, available, locked }) => ({
      currency: asset,
      balance: available,
      locked,
    })),
    asset_timestamp: toMillis(nowUs),
    timestamp: toMillis(nowUs),
    stream_type: 'REALTIME',
  };
}
