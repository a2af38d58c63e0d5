import type { AccountOrder, AccountTrade, EndReason } from '../../../domain/accounts/orders.ts';
import { secondsText } from '../shared/numbers.ts';
import type { KrakenPair } from './names.ts';

const ID_DIGITS = 16;

/** `O00000-00000-000001`: a number in Kraken's form. */
function idText(kind: 'O' | 'T', number: number): string {
  const text = number.toString(36).toUpperCase().padStart(ID_DIGITS, '0');
  return `${kind}${text.slice(0, 5)}-${text.slice(5, 10)}-${text.slice(10)}`;
}

export const orderIdText = (number: number): string => idText('O', number);
export const tradeIdText = (number: number): string => idText('T', number);

/** @returns the number behind an order id; 0, which no order has, for any other text. */
export function orderNumberOf(text: string): number {
  if (!/^O[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{6}$/.test(text)) return 0;
  return Number.parseInt(text.slice(1).replaceAll('-', ''), 36);
}

export const REASONS: Readonly<Record<EndReason, string>> = {
  requested: 'User requested',
  'immediate-or-cancel': 'Immediate or Cancel',
  'fill-or-kill': 'Fill or Kill',
  'self-trade': 'Self trade prevention',
};

const STATUS = { open: 'open', filled: 'closed', canceled: 'canceled' } as const;

const sideOf = (order: { side: 'bid' | 'ask' }): string => (order.side === 'bid' ? 'buy' : 'sell');

/** `buy 1.25000000 XBTUSD @ limit 27500.0` */
export function describe(order: AccountOrder, pair: KrakenPair): string {
  const volume = order.quoteAmount ?? order.quantity;
  const at = order.price === undefined ? 'market' : `limit ${order.price}`;
  return `${sideOf(order)} ${volume} ${pair.altName} @ ${at}`;
}

/** An order as QueryOrders, OpenOrders and ClosedOrders have it. */
export function orderBody(
  order: AccountOrder,
  pair: KrakenPair,
  trades: readonly AccountTrade[],
): Record<string, unknown> {
  const { listing } = order;
  const scale = listing.priceTick.scale;
  const average = order.filled.isZero()
    ? '0'
    : order.filledNotional.divide(order.filled, { scale: scale + 5, rounding: 'half-even' });
  const flags = [
    order.feeAsset === listing.quote.id ? 'fciq' : 'fcib',
    ...(order.postOnly ? ['post'] : []),
    ...(order.quoteAmount === undefined ? [] : ['viqc']),
  ];
  return {
    refid: null,
    userref: null,
    ...(order.clientOrderId === undefined ? {} : { cl_ord_id: order.clientOrderId }),
    status: STATUS[order.state],
    ...(order.state === 'open' ? {} : { closetm: Number(secondsText(order.updatedUs)) }),
    ...(order.endReason === undefined ? {} : { reason: REASONS[order.endReason] }),
    opentm: Number(secondsText(order.createdUs)),
    starttm: 0,
    expiretm: 0,
    descr: {
      pair: pair.altName,
      type: sideOf(order),
      ordertype: order.type,
      price: order.price?.toString() ?? '0',
      price2: '0',
      leverage: 'none',
      order: describe(order, pair),
      close: '',
    },
    vol: order.quantity.toString(),
    vol_exec: order.filled.toString(),
    cost: order.filledNotional.toString(),
    fee: order.fee.toString(),
    price: average.toString(),
    stopprice: '0',
    limitprice: '0',
    misc: '',
    oflags: flags.join(','),
    trades: trades.map((trade) => tradeIdText(trade.number)),
  };
}

export function tradeBody(trade: AccountTrade, pair: KrakenPair): Record<string, unknown> {
  return {
    ordertxid: orderIdText(trade.orderNumber),
    postxid: tradeIdText(trade.number),
    pair: pair.key,
    time: Number(secondsText(trade.timeUs)),
    type: sideOf(trade),
    ordertype: trade.orderType,
    price: trade.price.toString(),
    cost: trade.notional.toString(),
    fee: trade.fee.toString(),
    vol: trade.quantity.toString(),
    margin: '0',
    leverage: '0',
    misc: '',
    trade_id: trade.tradeId,
    maker: trade.isMaker,
  };
}
