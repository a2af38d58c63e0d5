import { malformed, readDecimal, readName, SIDES, type WireMessages } from '@ats/contracts';
import {
  accountId,
  type Decimal,
  type InstrumentId,
  orderId,
  requestId,
  venueId,
} from '@ats/domain';
import type { OrdersQuestion } from '../domain/check-orders.ts';

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

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export const previewedOrdersFromWire = (request: WirePreview): OrdersQuestion =>
  askedOrdersFromWire({ ...request, requestId: PREVIEW });
