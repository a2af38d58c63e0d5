import {
  accountId,
  clientOrderId,
  Decimal,
  type InstrumentId,
  type NewOrder,
  orderId,
  type RequestId,
  requestId,
  tradeId,
  venueId,
} from '@ats/domain';
import type { z } from 'zod';
import type { Taken } from '../../app/desk-parts.ts';
import type { OrderDesk } from '../../app/order-desk.ts';
import type { Principal } from '../../domain/permissions.ts';
import { type Refused, refusal } from '../../domain/refusals.ts';
import type { SubmitRequest } from '../../domain/requests.ts';
import { viewOfBalance, viewOfOrder } from '../views.ts';
import { type Answer, type Caller, type Route, route } from './route.ts';
import {
  balancePage,
  balancesQuery,
  batchBody,
  cancelQuery,
  orderAnswer,
  orderPage,
  orderParams,
  ordersAnswer,
  ordersQuery,
  replaceBody,
  submitBody,
} from './schemas.ts';

type Desk = Pick<OrderDesk, 'submit' | 'cancel' | 'replace' | 'get' | 'list' | 'balances'>;
type Submitted = z.output<typeof submitBody>;
type Leg = z.output<typeof batchBody>['orders'][number];

/** Says that the answer is that of an earlier request with the same id. */
const REPEATED = { 'idempotent-replayed': 'true' };

/** Every route of orders and balances. */
export function orderRoutes(desk: Desk): readonly Route[] {
  return [...submitRoutes(desk), ...changeRoutes(desk), ...readRoutes(desk)];
}

function submitRoutes(desk: Desk): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: '/orders',
      action: 'orders.submit',
      summary: 'Takes one order.',
      body: submitBody,
      answer: { status: 201, schema: orderAnswer },
      async handle({ body }, caller) {
        const taken = mustBeTaken(await desk.submit(submitRequest(body, [body], caller)));
        return answerOf(taken, 201, { order: firstOf(taken) });
      },
    }),
    route({
      method: 'POST',
      path: '/orders/batch',
      action: 'orders.submit',
      summary: 'Takes several orders, such as the legs of a trade: all or none.',
      body: batchBody,
      answer: { status: 201, schema: ordersAnswer },
      async handle({ body }, caller) {
        const taken = mustBeTaken(await desk.submit(submitRequest(body, body.orders, caller)));
        return answerOf(taken, 201, { orders: taken.orders.map(viewOfOrder) });
      },
    }),
  ];
}

function changeRoutes(desk: Desk): readonly Route[] {
  return [
    route({
      method: 'PUT',
      path: '/orders/:id',
      action: 'orders.replace',
      summary: 'Asks the venue for other terms of a limit order that stands.',
      params: orderParams,
      body: replaceBody,
      answer: { status: 202, schema: orderAnswer },
      async handle({ params, body }, caller) {
        const asked = await desk.replace({
          ...wishOf(params.id, body.requestId, caller),
          quantity: Decimal.parse(body.quantity),
          limitPrice: Decimal.parse(body.limitPrice),
        });
        const taken = mustBeTaken(asked);
        return answerOf(taken, 202, { order: firstOf(taken) });
      },
    }),
    route({
      method: 'DELETE',
      path: '/orders/:id',
      action: 'orders.cancel',
      summary: 'Asks the venue to cancel an order.',
      params: orderParams,
      query: cancelQuery,
      answer: { status: 202, schema: orderAnswer },
      async handle({ params, query }, caller) {
        const taken = mustBeTaken(await desk.cancel(wishOf(params.id, query.requestId, caller)));
        return answerOf(taken, 202, { order: firstOf(taken) });
      },
    }),
  ];
}

function readRoutes(desk: Desk): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/orders',
      action: 'orders.read',
      summary: 'Lists the orders of an account.',
      query: ordersQuery,
      answer: { status: 200, schema: orderPage },
      async handle({ query }, { principal }) {
        mustOwn(principal, query.accountId);
        const { after, limit } = query;
        const openOnly = query.open === 'true';
        const owner = accountId(query.accountId);
        const { things, next } = await desk.list({ accountId: owner, openOnly, after, limit });
        return { status: 200, body: { orders: things.map(viewOfOrder), next: next ?? null } };
      },
    }),
    route({
      method: 'GET',
      path: '/orders/:id',
      action: 'orders.read',
      summary: 'Reads one order.',
      params: orderParams,
      answer: { status: 200, schema: orderAnswer },
      async handle({ params }, { principal }) {
        const owns = principal.owns;
        const found = await desk.get(orderId(params.id), { owns });
        if (found.kind === 'refused') throw found.error;
        return { status: 200, body: { order: viewOfOrder(found.order) } };
      },
    }),
    route({
      method: 'GET',
      path: '/balances',
      action: 'balances.read',
      summary: 'Lists what an account has, by venue and asset.',
      query: balancesQuery,
      answer: { status: 200, schema: balancePage },
      async handle({ query }, { principal }) {
        mustOwn(principal, query.accountId);
        const { after, limit, venue } = query;
        const owner = accountId(query.accountId);
        const { things, next } = await desk.balances({ accountId: owner, venue, after, limit });
        return { status: 200, body: { balances: things.map(viewOfBalance), next: next ?? null } };
      },
    }),
  ];
}

function submitRequest(
  frame: Omit<Submitted, keyof Leg>,
  legs: readonly Leg[],
  caller: Caller,
): SubmitRequest {
  const { principal, correlationId, traceparent } = caller;
  mustOwn(principal, frame.accountId);
  if (frame.purpose === 'unwind' && !principal.may('orders.unwind')) {
    throw forbidden({ field: 'purpose', value: 'unwind', what: 'the action orders.unwind' });
  }
  const id = requestIdOf(frame.requestId, caller);
  return {
    requestId: id,
    accountId: accountId(frame.accountId),
    orders: legs.map((leg, index) => termsOf(leg, `${id}:${index}`)),
    tradeId: frame.tradeId === undefined ? undefined : tradeId(frame.tradeId),
    purpose: frame.purpose,
    sendBeforeUs: frame.sendBeforeUs,
    approval: undefined,
    correlationId,
    traceparent,
  };
}

function termsOf(leg: Leg, ownName: string): NewOrder {
  const { type, limitPrice } = leg;
  return {
    clientOrderId: clientOrderId(leg.clientOrderId ?? ownName),
    venue: venueId(leg.venue),
    instrument: leg.instrument as InstrumentId,
    side: leg.side,
    type,
    timeInForce: leg.timeInForce ?? (type === 'limit' ? 'gtc' : 'ioc'),
    quantity: Decimal.parse(leg.quantity),
    limitPrice: limitPrice === undefined ? undefined : Decimal.parse(limitPrice),
    postOnly: leg.postOnly,
  };
}

function wishOf(id: string, given: string | undefined, caller: Caller) {
  const { principal, correlationId, traceparent } = caller;
  return {
    requestId: requestIdOf(given, caller),
    orderId: orderId(id),
    owns: principal.owns,
    correlationId,
    traceparent,
  };
}

/** The body's request id, or the header's; both only when they agree. */
function requestIdOf(given: string | undefined, { idempotencyKey }: Caller): RequestId {
  const id = given ?? idempotencyKey;
  if (id !== undefined && (idempotencyKey === undefined || idempotencyKey === id)) {
    return requestId(id);
  }
  const differ = id !== undefined;
  throw refusal({
    code: 'REQUEST_INVALID',
    message: differ
      ? `requestId is "${id}", but the header Idempotency-Key is "${idempotencyKey}"`
      : 'requestId is missing: without it a repeated request could not be told from a new one',
    remedy: 'Send a new id with each request, as requestId or as the header Idempotency-Key.',
    field: 'requestId',
    value: id,
  });
}

function mustOwn(principal: Principal, account: string): void {
  if (principal.owns(account)) return;
  throw forbidden({ field: 'accountId', value: account, what: `account ${account}` });
}

function forbidden(about: { field: string; value: string; what: string }) {
  return refusal({
    code: 'REQUEST_FORBIDDEN',
    message: `the token does not allow ${about.what}`,
    remedy: 'Use another token, or allow it under gateway.tokens.',
    field: about.field,
    value: about.value,
  });
}

function mustBeTaken(answer: Taken | Refused): Taken {
  if (answer.kind === 'refused') throw answer.error;
  return answer;
}

const firstOf = ({ orders }: Taken) => orders.slice(0, 1).map(viewOfOrder)[0];

function answerOf(taken: Taken, status: number, body: unknown): Answer {
  return { status, body, ...(taken.repeated ? { headers: REPEATED } : {}) };
}
