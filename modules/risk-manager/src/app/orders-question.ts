import { malformed, readDecimal, readName, SIDES, type WireMessages } from '@ats/contracts';
import {
  accountId,
  type Decimal,
  type InstrumentId,
  orderId,
  requestId,
  venueId,
} from '@ats/domain';
import type { AskedOrder } from '../domain/check-market.ts';
import type { OrdersQuestion } from '../domain/check-orders.ts';
import type { Refusal } from '../domain/refusal.ts';

type WireRequest = WireMessages['ats.risk.v1.CheckOrdersRequest'];
type WirePreview = WireMessages['ats.risk.v1.PreviewOrdersRequest'];

const ORDERS_MAX = 16;

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function askedOrdersFromWire(request: WireRequest): OrdersQuestion {
  const { orders } = request;
  if (orders.length < 1 || orders.length > ORDERS_MAX) {
    const expected = `1 to ${ORDERS_MAX} orders`;
    throw malformed({ field: 'orders', value: orders.length, expected });
  }
  return {
    accountId: accountId(readName('account_id', request.accountId)),
    requestId: requestId(readName('request_id', request.requestId)),
    orders: orders.map((order, index) => {
      const field = (name: string): string => `orders[${index}].${name}`;
      const positive = (name: string, text: string): Decimal => {
        const value = readDecimal(field(name), text);
        if (value.isPositive()) return value;
        throw malformed({ field: field(name), value: text, expected: 'a number above 0' });
      };
      return {
        replaced: order.orderId === '' ? undefined : orderId(order.orderId),
        venue: venueId(readName(field('venue'), order.venue)),
        instrument: readName(field('instrument'), order.instrument) as InstrumentId,
        side: SIDES.fromWire(field('side'), order.side),
        quantity: positive('quantity', order.quantity),
        price: positive('price', order.price),
      };
    }),
  };
}

/** No client's id has a space: what is previewed is never an order that there is. */
const PREVIEW = 'a preview';

/**
 * @param priceOf what stands for a price that is not given
 * @throws MESSAGE_MALFORMED with the field that is missing or unreadable
 */
export function previewedOrdersFromWire(
  request: WirePreview,
  priceOf: (order: Pick<AskedOrder, 'venue' | 'instrument' | 'side'>) => Decimal | Refusal,
): OrdersQuestion | Refusal {
  const orders: WirePreview['orders'][number][] = [];
  for (const [index, order] of request.orders.entries()) {
    const side = SIDES.fromWire(`orders[${index}].side`, order.side);
    const price = order.price === '' ? priceOf({ ...order, side }) : order.price;
    if (typeof price === 'object' && 'reason' in price) return price;
    orders.push({ ...order, price: price.toString() });
  }
  return askedOrdersFromWire({ ...request, orders, requestId: PREVIEW });
}
