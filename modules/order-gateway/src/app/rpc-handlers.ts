import { newOrderFromWire, orderToWire, purposeFromWire, type WireServices } from '@ats/contracts';
import { AtsError, accountId, Decimal, orderId, requestId, tradeId } from '@ats/domain';
import type { CallContext, Logger, RpcHandlers } from '@ats/runtime';
import { type Refused, refusal } from '../domain/refusals.ts';
import type { Taken } from './desk-parts.ts';
import type { EventTail } from './event-tail.ts';
import type { OrderDesk } from './order-desk.ts';
import { streamOrderEvents } from './order-event-stream.ts';

type OrderHandlers = RpcHandlers<WireServices['ats.order.v1.OrderService']>;

/** Longest text taken for a decimal, in characters. */
const DECIMAL_LENGTH_MAX = 64;

/**
 * The order service's contract, answered by a desk. The guard holds a request to the accounts of
 * its caller; an order that is named by its id is looked at here.
 */
export function orderHandlers(
  desk: OrderDesk,
  events: { readonly tail: EventTail; readonly logger: Logger },
): OrderHandlers {
  return {
    async SubmitOrders(request, context) {
      const taken = mustBeTaken(
        await desk.submit({
          requestId: requestId(request.requestId),
          accountId: accountId(request.accountId),
          orders: request.orders.map(newOrderFromWire),
          tradeId: request.tradeId === '' ? undefined : tradeId(request.tradeId),
          purpose: purposeFromWire(request.purpose),
          sendBeforeUs: request.sendBeforeUs,
          approval: approvalOf(request, context),
          // An opportunity leads back to the market frame; a call leads to the caller at least.
          correlationId: request.opportunityId || context.correlationId,
          traceparent: context.traceparent,
        }),
      );
      return { orders: taken.orders.map(orderToWire) };
    },
    async CancelOrder(request, context) {
      const taken = mustBeTaken(await desk.cancel(wishOf(request, context)));
      return { order: firstOf(taken) };
    },
    async ReplaceOrder(request, context) {
      const taken = mustBeTaken(
        await desk.replace({
          ...wishOf(request, context),
          quantity: decimalOf('quantity', request.quantity),
          limitPrice: decimalOf('limit_price', request.limitPrice),
        }),
      );
      return { order: firstOf(taken) };
    },
    async GetOrder(request, context) {
      const found = await desk.get(orderId(request.orderId), ownerOf(context));
      if (found.kind === 'refused') throw found.error;
      return { order: orderToWire(found.order) };
    },
    async ListOrders(request) {
      const { openOnly, pageToken, pageSize } = request;
      const { things, next = '' } = await desk.list({
        accountId: accountId(request.accountId),
        openOnly,
        after: pageToken === '' ? undefined : pageToken,
        limit: pageSize === 0 ? undefined : pageSize,
      });
      return { orders: things.map(orderToWire), nextPageToken: next };
    },
    StreamOrderEvents: (request, stream) => streamOrderEvents(events, request, stream),
  };
}

/** Services have risk's word before they send; of a person's order risk is asked here. */
const approvalOf = (
  { approval }: { readonly approval: string },
  { caller }: CallContext,
): string | undefined => (approval === '' && caller.kind !== 'service' ? undefined : approval);

function wishOf(
  request: { readonly requestId: string; readonly orderId: string },
  context: CallContext,
) {
  const { correlationId, traceparent } = context;
  return {
    requestId: requestId(request.requestId),
    orderId: orderId(request.orderId),
    ...ownerOf(context),
    correlationId,
    traceparent,
  };
}

const ownerOf = (context: CallContext) => ({
  owns: (account: string): boolean => context.mayActFor(account),
});

function mustBeTaken(answer: Taken | Refused): Taken {
  if (answer.kind === 'refused') throw answer.error;
  return answer;
}

const firstOf = ({ orders }: Taken) => orders.map(orderToWire)[0] ?? null;

function decimalOf(field: string, text: string): Decimal {
  try {
    if (text.length <= DECIMAL_LENGTH_MAX) return Decimal.parse(text);
  } catch (thrown) {
    if (!(thrown instanceof AtsError)) throw thrown;
  }
  throw refusal({
    code: 'REQUEST_INVALID',
    message: `${field} is "${text.slice(0, 40)}", expected a plain decimal`,
    remedy: `Send ${field} as a plain decimal, such as 0.25.`,
    field,
    value: text,
  });
}
