import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { AtsError, assert } from '@ats/domain';
import type { LogFields, Logger, Metrics } from '@ats/runtime';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Bearers } from '../../app/bearers.ts';
import type { Denials } from '../../app/denials.ts';
import { bearerToken } from '../../domain/permissions.ts';
import { refusal } from '../../domain/refusals.ts';
import { DOCUMENT_PATH, gatewayDocument } from './openapi.ts';
import { httpStatusOf, knownProblem, problemView } from './problems.ts';
import { RequestSpans, type SpanTools } from './request-spans.ts';
import type { Answer, Caller, Route } from './route.ts';
import { takeTurns } from './turns.ts';

export interface HttpServerOptions extends SpanTools {
  readonly routes: readonly Route[];
  readonly bearers: Bearers;
  readonly denials: Denials;
  readonly bodyBytesMax: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface HttpServer {
  /** Not listening yet: others may serve on the same port. */
  readonly server: Server;
  /** Every method and path that is answered, and the action it needs; `public` needs none. */
  readonly served: readonly { readonly method: string; readonly path: string; action: string }[];
  close(): Promise<void>;
}

const CORRELATION = /^[!-~]{1,128}$/;
const KEEP_ALIVE_MS = 72_000;
const REQUEST_MS = 30_000;
const CLOSING_MS = 2000;
/** Seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const UNAUTHENTICATED = {
  code: 'REQUEST_UNAUTHENTICATED',
  message: 'the request carries no bearer token that is known',
  remedy: 'Send authorization: Bearer <token>; the start of the log says where it is kept.',
  field: 'authorization',
  value: '***',
} as const;

/** The REST side of the gateway: reads, checks, asks the desk, answers. */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const app = Fastify({
    logger: false,
    bodyLimit: options.bodyBytesMax,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS,
    exposeHeadRoutes: false,
    genReqId: (request) =>
      headerText(request.headers['x-correlation-id'], CORRELATION) ?? randomUUID(),
    frameworkErrors: (error, request, reply) => void answerProblem(error, request, reply),
  });
  takeTurns(app);
  const callers = new WeakMap<FastifyRequest, Caller>();
  const served: { method: string; path: string; action: string }[] = [];
  const { requests, durations } = requestMetrics(options.metrics);
  const spans = new RequestSpans(options);
  spans.follow(app);
  app.addHook('onResponse', async (request, reply) => {
    const seconds = reply.elapsedTime / 1000;
    durations.observe({ route: routeOf(request) }, seconds, spans.contextOf(request));
  });

  const answerProblem = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const traceparent = spans.contextOf(request);
    const told = { error: thrown, correlationId: request.id, traceparent };
    const error = knownProblem(thrown) ?? defect(told, options.logger);
    requests.add({ route: routeOf(request), result: error.code });
    const status = httpStatusOf(error.code);
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (status === 503) reply.header('retry-after', '1');
    return reply
      .code(status)
      .header('x-correlation-id', request.id)
      .send(problemView(error, request.id));
  };
  // Only JSON is taken; Fastify would take plain text as well.
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler((request, reply) => answerProblem(routeUnknown(request), request, reply));

  for (const route of options.routes) {
    requests.add({ route: `${route.method} ${route.path}`, result: 'ok' }, 0);
    durations.zero({ route: `${route.method} ${route.path}` });
    served.push({ method: route.method, path: route.path, action: route.action });
    app.route({
      method: route.method,
      url: route.path,
      // Before the body is read: a stranger's body is not.
      onRequest: async (request) => {
        const caller = await callerOf(request, route, options);
        callers.set(request, { ...caller, traceparent: spans.contextOf(request) });
      },
      handler: async (request, reply) => {
        const caller = callers.get(request);
        assert(caller !== undefined, 'a request without a caller');
        const answer = await route.run(request, caller);
        requests.add({ route: routeOf(request), result: 'ok' });
        return send(reply, request, answer);
      },
    });
  }
  serveDocument(app, { routes: options.routes, served });
  await app.ready();
  return { server: app.server, served, close: () => closeWithin(app) };
}

function requestMetrics(metrics: Metrics) {
  return {
    requests: metrics.counter({
      name: 'ats_gateway_requests_total',
      help: 'REST requests by route and result: ok, or the code of the problem.',
      labels: ['route', 'result'],
    }),
    durations: metrics.histogram({
      name: 'ats_gateway_request_seconds',
      help: 'From a REST request until its answer is sent, by route.',
      labels: ['route'],
      buckets: DURATION_BUCKETS,
    }),
  };
}

/** Lets requests under way end, and cuts off those that do not. */
async function closeWithin(app: FastifyInstance): Promise<void> {
  const cutting = setTimeout(() => app.server.closeAllConnections(), CLOSING_MS);
  await app.close();
  clearTimeout(cutting);
}

function serveDocument(
  app: FastifyInstance,
  { routes, served }: { routes: readonly Route[]; served: HttpServer['served'][number][] },
): void {
  const text = JSON.stringify(gatewayDocument(routes));
  served.push({ method: 'GET', path: DOCUMENT_PATH, action: 'public' });
  app.get(DOCUMENT_PATH, (_request, reply) =>
    reply.header('content-type', 'application/json').send(text),
  );
}

function send(reply: FastifyReply, request: FastifyRequest, answer: Answer): FastifyReply {
  reply.code(answer.status).header('x-correlation-id', request.id);
  if (answer.headers !== undefined) reply.headers(answer.headers);
  return reply.send(answer.body);
}

/** Who asks, allowed to. @throws REQUEST_UNAUTHENTICATED, REQUEST_FORBIDDEN */
async function callerOf(
  request: FastifyRequest,
  { method, path, action }: Route,
  { bearers, denials }: Pick<HttpServerOptions, 'bearers' | 'denials'>,
): Promise<Omit<Caller, 'traceparent'>> {
  const token = bearerToken(request.headers.authorization);
  const found = token === undefined ? undefined : await bearers.find(token);
  const target = `${method} ${path}`;
  const asked = { source: request.ip, target, correlationId: request.id };
  if (found === undefined) {
    denials.ofStranger(asked);
    throw refusal(UNAUTHENTICATED);
  }
  const principal = denials.watched(found, { ...asked, action });
  if (!principal.may(action)) {
    throw refusal({
      code: 'REQUEST_FORBIDDEN',
      message: `the token "${principal.name}" does not allow ${action}`,
      remedy: 'Use another token, or add the action to it under gateway.tokens.',
      field: 'action',
      value: action,
    });
  }
  return {
    principal,
    idempotencyKey: idempotencyKey(request),
    correlationId: request.id,
  };
}

function idempotencyKey(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const text = headerText(header, CORRELATION);
  if (text !== undefined) return text;
  throw refusal({
    code: 'REQUEST_INVALID',
    message: 'the header Idempotency-Key is not 1 to 128 printable characters without spaces',
    remedy: 'Send a UUID, or anything else of that form.',
    field: 'Idempotency-Key',
    value: header,
  });
}

/** Bounded: paths that nobody serves are one. */
function routeOf({ method, routeOptions }: FastifyRequest): string {
  return routeOptions?.url === undefined ? 'none' : `${method} ${routeOptions.url}`;
}

function headerText(header: string | string[] | undefined, form: RegExp): string | undefined {
  return typeof header === 'string' && form.test(header) ? header : undefined;
}

function routeUnknown(request: FastifyRequest): AtsError {
  return refusal({
    code: 'ROUTE_UNKNOWN',
    message: `nothing is served at ${request.method} ${request.url.slice(0, 80)}`,
    remedy: 'Look it up in /openapi.json.',
    field: 'path',
    value: request.url,
  });
}

/** Only the log describes it. */
function defect(told: LogFields, logger: Logger): AtsError {
  logger.error('gateway.request.failed', 'a request failed in a way nobody foresaw', told);
  return new AtsError({
    code: 'RPC_INTERNAL',
    message: 'The gateway failed in a way it did not foresee',
    remedy: 'Find the correlation id in its log. Send the same request again: it is taken once.',
    retry: 'unknown',
  });
}
