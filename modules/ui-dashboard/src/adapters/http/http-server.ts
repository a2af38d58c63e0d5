import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { AtsError, type ErrorCode } from '@ats/domain';
import type { Metrics, RpcDirectory, ServiceName } from '@ats/runtime';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isLoggedOut } from '../../app/logins.ts';
import { exposedMethod } from '../../app/methods.ts';
import { asProblemError, httpStatusOf, problemOf } from '../../app/problem.ts';
import type { DashboardConfig } from '../../config.ts';
import type { HealthView, MeasuresView } from '../../contract.ts';
import { authRoutes } from './auth-routes.ts';
import { backtestPages } from './backtest-pages.ts';
import { frameworkProblem } from './bodies.ts';
import { type ReportParts, reportRoutes } from './report-routes.ts';
import { keepRules, type ServedRoute } from './route-rules.ts';
import { heldTo, ROUTES } from './routes.ts';
import { type SimulatorParts, simulatorRoutes } from './simulator-routes.ts';
import { serveWeb, type WebParts } from './web-files.ts';

const CLOSING_MS = 2000;
const REQUEST_MS = 30_000;
/** Seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const YEAR_S = 31_536_000;

export interface HttpParts extends ReportParts, SimulatorParts, WebParts {
  readonly settings: DashboardConfig['dashboard'];
  readonly metrics: Metrics;
  readonly newSecret: () => string;
  readonly health: () => Promise<HealthView>;
  readonly measures: () => Promise<MeasuresView>;
}

export interface HttpSide {
  /** Not listening yet: the WebSocket is served on the same port. */
  readonly server: Server;
  readonly routes: readonly ServedRoute[];
  close(): Promise<void>;
}

type AnyClient = Readonly<Record<string, (request: object, options: object) => Promise<object>>>;

/** Pages, logins and calls of services over HTTP. */
export async function openHttp(parts: HttpParts): Promise<HttpSide> {
  const { settings, newSecret } = parts;
  const { tls } = settings;
  const app = Fastify({
    logger: false,
    bodyLimit: settings.bodyBytesMax,
    requestTimeout: REQUEST_MS,
    genReqId: () => newSecret(),
    frameworkErrors: (error, request, reply) => void answer(error, request, reply),
    ...(tls === undefined
      ? {}
      : { https: { cert: await readFile(tls.certificateFile), key: await readFile(tls.keyFile) } }),
  }) as unknown as FastifyInstance;
  const answer = answering(parts);
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler(answer);
  await app.register(fastifyCookie);
  await app.register(fastifyHelmet, policyOf(tls !== undefined));
  app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  measureRequests(app, parts.metrics);
  const routes = keepRules(app, parts.visitors);
  authRoutes(app, parts);
  rpcRoute(app, parts);
  reportRoutes(app, parts);
  app.get(ROUTES.health.path, heldTo(ROUTES.health), () => parts.health());
  app.get(ROUTES.measures.path, heldTo(ROUTES.measures), () => parts.measures());
  backtestPages(app, parts);
  simulatorRoutes(app, parts);
  await serveWeb(app, parts, (request) => {
    throw routeUnknown(request);
  });
  await app.ready();
  return { server: app.server as Server, routes, close: () => closeWithin(app) };
}

/** Rate, problems and duration of every route; paths that nobody serves are one. */
function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  const requests = metrics.counter({
    name: 'ats_dashboard_requests_total',
    help: 'Requests by route and status of the answer.',
    labels: ['route', 'status'],
  });
  const durations = metrics.histogram({
    name: 'ats_dashboard_request_seconds',
    help: 'From a request until its answer is sent, by route.',
    labels: ['route'],
    buckets: DURATION_BUCKETS,
  });
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) requests.add({ route: `${one} ${url}`, status: '200' }, 0);
  });
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    const route = routeOptions.url === undefined ? 'none' : `${method} ${routeOptions.url}`;
    requests.add({ route, status: String(reply.statusCode) });
    durations.observe({ route }, reply.elapsedTime / 1000);
  });
}

/** Scripts and styles of our own files alone; nobody may frame us. */
function policyOf(secure: boolean) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' as const },
    strictTransportSecurity: secure ? { maxAge: YEAR_S, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' as const },
  };
}

function rpcRoute(app: FastifyInstance, { rpc, logins, visitors, settings }: HttpParts): void {
  const { callDeadlineMs: deadlineMs } = settings;
  const client = (service: string) => clientOf(rpc, service) as unknown as AnyClient;
  app.post<{ Params: { service: string; method: string } }>(
    ROUTES.rpc.path,
    heldTo(ROUTES.rpc),
    async (request, reply) => {
      const login = visitors.mustBe(request);
      const { service, method } = request.params;
      const { requestOf, responseText } = exposedMethod(`${service}/${method}`, 'call');
      const message = requestOf(request.body);
      // Whoever acts is who is logged in, whatever the page says.
      if ('actor' in message) message['actor'] = login.name;
      const person = await logins.personCall(login, request.ip);
      const options = { deadlineMs, correlationId: request.id, ...person };
      try {
        const answer = await client(service)[method]?.(message, options);
        return reply.type('application/json; charset=utf-8').send(responseText(answer ?? {}));
      } catch (error) {
        // The session was ended elsewhere.
        if (isLoggedOut(error)) logins.end(login.id);
        throw error;
      }
    },
  );
}

const clientOf = (rpc: RpcDirectory, fullName: string) =>
  rpc.client({ fullName } satisfies ServiceName<unknown>);

function answering({ logger, metrics }: HttpParts) {
  const refused = metrics.counter({
    name: 'ats_dashboard_problems_total',
    help: 'Requests that were answered with a problem, by its code.',
    labels: ['code'],
  });
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const error = frameworkProblem(thrown) ?? asProblemError(thrown);
    if (error !== thrown && error.code === ('RPC_INTERNAL' satisfies ErrorCode)) {
      const fields = { correlationId: request.id, error: thrown };
      logger.error('dashboard.request.failed', 'a request failed unforeseen', fields);
    }
    refused.add({ code: error.code });
    return reply.code(httpStatusOf(error.code)).send(problemOf(error, request.id));
  };
}

function routeUnknown(request: FastifyRequest): AtsError {
  return new AtsError({
    code: 'ROUTE_UNKNOWN',
    message: `nothing is served at ${request.method} ${request.url.slice(0, 80)}`,
    remedy: 'See modules/ui-dashboard/src/contract.ts.',
    context: { field: 'path', value: request.url.slice(0, 80) },
  });
}

/** Lets requests under way end, and cuts off those that do not. */
async function closeWithin(app: FastifyInstance): Promise<void> {
  const cutting = setTimeout(() => app.server.closeAllConnections(), CLOSING_MS);
  await app.close();
  clearTimeout(cutting);
}
