import type { Balance } from '../../../domain/accounts/balances.ts';
import type { AccountOrder, AccountReport, AccountTrade } from '../../../domain/accounts/orders.ts';
import { toMillis } from '../shared/numbers.ts';
import { digits } from './frames.ts';
import { statusOf, text } from './private-frames.ts';

type Event = Readonly<Record<string, unknown>>;

/**
 * The events of the user data stream that a report becomes.
 * Source: binance-spot-api-docs, user-data-stream.md.
 */
export function reportEvents(report: AccountReport, nowUs: number): readonly Event[] {
  const E = toMillis(nowUs);
  if (report.kind === 'transferred') {
    const [a] = report.balances.map(({ asset }) => asset);
    return [{ e: 'balanceUpdate', E, a, d: text(report.amount), T: E }];
  }
  const trade = report.kind === 'filled' ? report.trade : undefined;
  return [
    executionReport({ order: report.order, trade, kind: report.kind, E }),
    positionOf(report.balances, E),
  ];
}

function positionOf(balances: readonly Balance[], E: number): Event {
  const B = balances.map(({ asset, available, locked }) => ({
    a: asset,
    f: text(available),
    l: text(locked),
  }));
  return { e: 'outboundAccountPosition', E, u: E, B };
}

function executionTypeOf(kind: AccountReport['kind'], { endReason }: AccountOrder): string {
  if (kind === 'accepted') return 'NEW';
  if (kind === 'filled') return 'TRADE';
  if (kind === 'replaced') return 'REPLACED';
  if (endReason === 'requested') return 'CANCELED';
  return endReason === 'self-trade' ? 'TRADE_PREVENTION' : 'EXPIRED';
}

function executionReport(parts: {
  readonly order: AccountOrder;
  readonly trade: AccountTrade | undefined;
  readonly kind: AccountReport['kind'];
  readonly E: number;
}): Event {
  const { order, trade, kind, E } = parts;
  const x = executionTypeOf(kind, order);
  const T = toMillis(order.updatedUs);
  const isCanceled = x === 'CANCELED';
  return {
    e: 'executionReport',
    E,
    s: order.listing.symbol,
    c: isCanceled ? `cancel-${order.number}` : order.clientOrderId,
    S: order.side === 'bid' ? 'BUY' : 'SELL',
    o: order.type === 'market' ? 'MARKET' : order.postOnly ? 'LIMIT_MAKER' : 'LIMIT',
    f: order.type === 'market' ? 'GTC' : order.timeInForce.toUpperCase(),
    q: text(order.quantity),
    p: text(order.price),
    P: digits('0'),
    F: digits('0'),
    g: -1,
    C: isCanceled ? order.clientOrderId : '',
    x,
    X: statusOf(order),
    r: 'NONE',
    i: order.number,
    l: text(trade?.quantity),
    z: text(order.filled),
    L: text(trade?.price),
    n: trade === undefined ? '0' : text(trade.fee),
    N: trade?.feeAsset ?? null,
    T,
    t: trade?.tradeId ?? -1,
    I: order.number * 100 + order.fillCount,
    w: order.state === 'open' && order.type === 'limit',
    m: trade?.isMaker ?? false,
    M: false,
    O: toMillis(order.createdUs),
    Z: text(order.filledNotional),
    Y: text(trade?.notional),
    Q: text(order.quoteAmount),
    W: toMillis(order.createdUs),
    V: 'EXPIRE_MAKER',
  };
}
