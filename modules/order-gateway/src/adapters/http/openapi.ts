import { openApiDocument } from '@ats/runtime';
import { z } from 'zod';
import { clientMessage, STREAM_PATH } from '../stream/messages.ts';
import { serverMessage } from '../stream/told.ts';
import { orderRoutes } from './order-routes.ts';
import { codesOf } from './problems.ts';
import type { Route } from './route.ts';
import { answerSchemas, problem, requestSchemas } from './schemas.ts';

export const DOCUMENT_PATH = '/openapi.json';

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request cannot be read, or a field has the wrong form.',
  401: 'No bearer token, or one that is not known.',
  403: 'The token does not allow it.',
  404: 'There is no such order, or nothing at this path.',
  409: 'It contradicts what is: a request id used for something else, an order that has ended.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'A rule of the market is broken, or the money lacks.',
  500: 'A fault in ATS. The same request may be sent again: it is taken once.',
  503: 'Not now: a gate is closed, or the store cannot be reached. The message says which.',
};

const idempotency = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('The request id, for those that do not send it as requestId.'),
});

const DOCUMENT = {
  method: 'GET',
  path: DOCUMENT_PATH,
  summary: 'This description.',
  needs: 'Needs nothing.',
  open: true,
  answer: { status: 200, mediaType: 'application/json' },
} as const;

/** Describes routes and the stream beside them, as it is served. OpenAPI 3.1. */
export function gatewayDocument(routes: readonly Route[]) {
  const statuses = Object.entries(MEANINGS).map(([status, meaning]) => {
    return [status, `${meaning} ${codesOf(Number(status)).join(', ')}.`] as const;
  });
  return openApiDocument({
    title: 'ATS order gateway',
    description: 'The one way in for orders. Figures are decimals as text; times microseconds.',
    security: { bearer: { type: 'http', scheme: 'bearer' } },
    routes: [
      ...routes.map((route) => ({
        ...route,
        needs: `Needs the action ${route.action}.`,
        ...(route.method === 'GET' ? {} : { headers: idempotency }),
      })),
      DOCUMENT,
    ],
    sockets: [
      {
        path: STREAM_PATH,
        summary: 'Orders, executions, balances and market data as they come.',
        needs: 'Needs orders.read, balances.read or market.read, as the channel is.',
        ...{ clientMessage, serverMessage },
      },
    ],
    names: { requests: requestSchemas, answers: answerSchemas },
    problem: { schema: problem, statuses: Object.fromEntries(statuses) },
  });
}

/** What every gateway serves at `/openapi.json`, without one that runs. */
export function servedDocument() {
  const never = async (): Promise<never> => {
    throw new Error('nobody is asked for a description');
  };
  const desk = { submit: never, cancel: never, replace: never, get: never, list: never };
  return gatewayDocument(orderRoutes({ ...desk, balances: never }));
}
