import { ACCESS_SERVICE, LEDGER_SERVICE, ORDER_SERVICE, RISK_SERVICE } from '@ats/contracts';
import { accountId, type Balance, Decimal } from '@ats/domain';
import { Outbox } from '@ats/orders';
import {
  listenOn,
  listingsOf,
  type Metrics,
  openKillSwitch,
  type RunningService,
  type ServiceContext,
  type ServiceModule,
} from '@ats/runtime';
import {
  HeldStreams,
  introspector,
  openAccessLog,
  openApprovalSeal,
  sessionLasts,
  systemEntropy,
} from '@ats/security';
import {
  type DurablePorts,
  type EventLog,
  instanceName,
  type Leases,
  type MarketBus,
  openLeases,
  type Ports,
  type StateStore,
} from '@ats/storage';
import { type HttpServer, openHttpServer } from './adapters/http/http-server.ts';
import { orderRoutes } from './adapters/http/order-routes.ts';
import { StreamServer } from './adapters/stream/stream-server.ts';
import { readOrMakeToken } from './adapters/token-file.ts';
import { Bearers } from './app/bearers.ts';
import { BookPrices } from './app/book-prices.ts';
import { Denials } from './app/denials.ts';
import type { DeskAnswer } from './app/desk-parts.ts';
import { EventTail } from './app/event-tail.ts';
import { GateKeeper } from './app/gate-keeper.ts';
import { MarketFeed } from './app/market-feed.ts';
import { OrderDesk } from './app/order-desk.ts';
import { SignedOrderRisk } from './app/order-risk.ts';
import { orderHandlers } from './app/rpc-handlers.ts';
import { type GatewayConfig, gatewayConfigSchema } from './config.ts';
import { TokenBook } from './domain/permissions.ts';

const HOUR_US = 3_600_000_000;
/** Upper bounds of the histogram of submits, seconds. */
const SUBMIT_BUCKETS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5];
/** A stream of a person outlives their session by so long at most. */
const STREAM_CHECK_MS = 1000;
/** Balances that a subscription begins with, at most this many pages of 200. */
const BALANCE_PAGES_MAX = 10;

export type GatewayPorts = Pick<DurablePorts, 'eventLog' | 'stateStore'> & Pick<Ports, 'marketBus'>;

export interface RunningOrderGateway extends RunningService {
  /** `http://host:port` of REST, and of the WebSocket at `/stream`. */
  readonly url: string;
  /** `host:port` of the gRPC server; empty when only this process calls. */
  readonly address: string;
  /** Every method and path of REST with the action that it needs. */
  readonly served: HttpServer['served'];
  /** Asks risk and the ledger now rather than at the next turn. */
  pollGates(): Promise<void>;
}

/** The one way in for orders: REST, WebSocket and gRPC before one desk. */
export const orderGateway: ServiceModule<GatewayConfig, GatewayPorts, RunningOrderGateway> = {
  name: 'order-gateway',
  configSchema: gatewayConfigSchema,
  start,
};

type Context = ServiceContext<GatewayConfig, GatewayPorts>;

async function start(context: Context): Promise<RunningOrderGateway> {
  const { config, timers, logger, metrics, rpc, ports } = context;
  const { gateway, sharing } = config;
  const instance = instanceName(gateway.instance, sharing);
  const { bearers, streams, accessLog } = peopleOf(context);
  const denials = new Denials(accessLog);
  const opening = [ports.stateStore(), ports.eventLog(), ports.marketBus()] as const;
  const [state, log, bus] = await Promise.all(opening);
  const random = context.random.stream('order-gateway.outbox');
  const outbox = new Outbox({ ...context, owner: instance, state, log, random });
  // What an earlier run committed goes out before anything new can.
  const recovered = await outbox.recover();
  const leases = sharing.enabled ? await joinGateways(context, { state, outbox }) : undefined;
  const { prices, watching } = await watchPrices(context, bus);
  const keeper = openGates(context, { state, log, outbox });
  const risk = new SignedOrderRisk({
    client: rpc.client(RISK_SERVICE),
    seal: openApprovalSeal(config.risk),
    clock: context.clock,
    deadlineMs: config.rpc.deadlineMs,
  });
  const desk = new OrderDesk({
    ...{ ...context, state, outbox, gates: keeper, risk, prices },
    listings: listingsOf(config),
    requestIdUs: gateway.requestIdHours * HOUR_US,
    unpublishedMax: gateway.unpublishedMax,
    onAnswer: countAnswers(metrics),
  });
  const tail = new EventTail({ log, group: `${instance}.stream`, timers, logger });
  await tail.start();
  const feed = new MarketFeed(bus);
  const routes = orderRoutes(desk);
  const { bodyBytesMax } = gateway;
  const http = await openHttpServer({ ...context, routes, bearers, denials, bodyBytesMax });
  const stream = new StreamServer({
    ...{ server: http.server, tail, feed, bearers, denials, streams, state, timers, logger },
    ...{ metrics, clock: context.clock },
    limits: gateway.stream,
    balancesOf: (account) => allBalances(desk, account),
  });
  const serving = await rpc.serve(ORDER_SERVICE, orderHandlers(desk, { tail, logger }));
  const drain = async (): Promise<void> => {
    serving.setServing(false);
    await stream.close();
    await http.close();
    await serving.stop();
    keeper.close();
    desk.close();
    await leases?.close();
    await Promise.all([tail, feed, watching, outbox, accessLog].map((one) => one.close()));
  };
  const url = await listen(gateway, http).catch(async (problem: unknown) => {
    await drain();
    throw problem;
  });
  void keeper.poll();
  const at = { url, address: serving.address };
  logger.info('gateway.serving', 'the order gateway serves', { ...at, recovered });
  return {
    ...at,
    served: http.served,
    pollGates: () => keeper.poll(),
    readiness() {
      const reasons = keeper.troubles();
      return { ready: reasons.length === 0, reasons };
    },
    drain,
  };
}

/** Gateways take orders side by side; whoever lives publishes what one that is gone has left. */
async function joinGateways(
  context: Context,
  { state, outbox }: { readonly state: StateStore; readonly outbox: Outbox },
): Promise<Leases> {
  const leases = openLeases(context, {
    ...{ state, group: 'order-gateway', service: context.config.gateway.instance, shards: [] },
    onGained: () => undefined,
    onLost: () => undefined,
    onRelease: () => Promise.resolve(),
    onGone: async (owner) => void (await outbox.recover({ owner })),
  });
  await leases.start();
  return leases;
}

/** @returns `http://host:port`. @throws PORT_IN_USE */
async function listen(
  { host, port: wanted }: GatewayConfig['gateway'],
  http: HttpServer,
): Promise<string> {
  const port = await listenOn(http.server, { host, port: wanted, field: 'gateway.port' });
  return `http://${host}:${port}`;
}

const priceLimitsOf = ({ gateway }: GatewayConfig) => ({
  collarBps: Decimal.parse(gateway.marketCollarBps),
  ageMsMax: gateway.bookAgeMsMax,
});

async function watchPrices({ config, clock, onReload }: Context, bus: MarketBus) {
  const prices = new BookPrices({ clock, ...priceLimitsOf(config) });
  onReload?.((changed) => prices.limit(priceLimitsOf(changed)));
  const watching = await bus.subscribe({ kinds: ['book', 'status'] }, (event) => {
    prices.onEvent(event);
  });
  return { prices, watching };
}

function openGates(
  context: Context,
  vital: { readonly state: StateStore; readonly log: EventLog; readonly outbox: Outbox },
): GateKeeper {
  const { config, rpc } = context;
  const { state, log, outbox } = vital;
  const killSwitch = openKillSwitch(config.killSwitchFile);
  return new GateKeeper({
    ...context,
    ...config.gateway.gates,
    ledger: rpc.client(LEDGER_SERVICE),
    risk: rpc.client(RISK_SERVICE),
    deadlineMs: config.rpc.deadlineMs,
    vitals: [
      {
        gate: 'kill-switch',
        health() {
          const reason = killSwitch.reason();
          return { ok: reason === '', reason };
        },
      },
      { gate: 'store', health: () => state.health() },
      { gate: 'log', health: () => log.health() },
      { gate: 'outbox', health: () => outbox.health() },
    ],
  });
}

/** Tokens of the configuration, people who have logged in, their open streams, their record. */
function peopleOf(context: Context) {
  const { config, clock, timers, rpc, logger, ports } = context;
  const { deadlineMs } = config.rpc;
  const { rememberMs } = config.security;
  const client = () => rpc.client(ACCESS_SERVICE);
  const introspect = introspector({ client, clock, rememberMs, deadlineMs });
  const tokens = new TokenBook(tokensOf(context));
  const lasts = sessionLasts(client, deadlineMs);
  const eventLog = () => ports.eventLog();
  return {
    bearers: new Bearers({ tokens, introspect, logger }),
    accessLog: openAccessLog({ ...context, entropy: systemEntropy, eventLog }),
    streams: new HeldStreams({ lasts, timers, everyMs: Math.max(rememberMs, STREAM_CHECK_MS) }),
  };
}

function tokensOf({ config, logger }: Context) {
  const { tokens, tokenFile } = config.gateway;
  if (tokens.length > 0) return tokens;
  const { token, made } = readOrMakeToken(tokenFile);
  logger.info('gateway.token', 'the bearer token for everything is in a file', {
    path: tokenFile,
    made,
  });
  return [token];
}

async function allBalances(desk: OrderDesk, account: string): Promise<readonly Balance[]> {
  const found: Balance[] = [];
  let after: string | undefined;
  for (let page = 0; page < BALANCE_PAGES_MAX; page += 1) {
    const owner = accountId(account);
    const { things, next } = await desk.balances({
      accountId: owner,
      venue: undefined,
      after,
      limit: 200,
    });
    found.push(...things);
    if (next === undefined) break;
    after = next;
  }
  return found;
}

function countAnswers(metrics: Metrics): (answer: DeskAnswer) => void {
  const answers = metrics.counter({
    name: 'ats_gateway_answers_total',
    help: 'What came of requests that change something: taken, repeated, or the refusal.',
    labels: ['use', 'result'],
  });
  const durations = metrics.histogram({
    name: 'ats_gateway_submit_duration_seconds',
    help: 'From a submit until it is durable or refused.',
    labels: [],
    buckets: SUBMIT_BUCKETS,
  });
  return ({ use, result, tookUs }) => {
    answers.add({ use, result });
    if (use === 'submit') durations.observe({}, tookUs / 1_000_000);
  };
}
