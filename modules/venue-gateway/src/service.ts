import { ACCESS_SERVICE, VENUE_SERVICE } from '@ats/contracts';

import { AtsError, type Listing, type Order, type VenueId, venueId } from '@ats/domain';
import { type Cause, executionReportRecord } from '@ats/orders';
import {
  listingsOf,
  openBreaker,
  type RunningService,
  type ServiceContext,
  type ServiceModule,
} from '@ats/runtime';
import { newId, systemEntropy } from '@ats/security';
import type { DurablePorts, EventLog, Ports, StateStore } from '@ats/storage';
import { connectingConnector } from './adapters/connecting-connector.ts';
import { guardedConnector, isIll } from './adapters/guarded-connector.ts';
import { openCcxtConnector, testVaultKey } from './adapters/open-connector.ts';
import { PaperConnector } from './adapters/paper/paper-connector.ts';
import { vaultKeys } from './adapters/vault-keys.ts';
import { type DeskMetrics, openDeskMetrics } from './app/desk-metrics.ts';
import type { DeskLimits, ReportSink } from './app/desk-tools.ts';
import { mayGoLive, notLive } from './app/going-live.ts';
import { orderEventHandler } from './app/order-events.ts';
import { OrderReports } from './app/order-reports.ts';
import { type OrderCall, toldConnector } from './app/told-connector.ts';
import type { VenueConnector } from './app/venue-connector.ts';
import { VenueDesk } from './app/venue-desk.ts';
import { venueHandlers } from './app/venue-handlers.ts';
import { WorkStore } from './app/work-store.ts';
import { connectorOf, type VenueGatewayConfig, venueGatewayConfigSchema } from './config.ts';

/** The ports that the venue gateway opens. */
export type VenueGatewayPorts = Pick<DurablePorts, 'eventLog' | 'stateStore'> &
  Pick<Ports, 'marketBus'> & {
    /** Told of each submit once it is answered; must not throw. */
    readonly onOrderCall?: (call: OrderCall) => void;
  };

type Context = ServiceContext<VenueGatewayConfig, VenueGatewayPorts>;

export interface RunningVenueGateway extends RunningService {
  /** `host:port` of the gRPC server; empty when only this process calls. */
  readonly address: string;
}

/** Carries orders to venues and reports back what became of them. */
export const venueGateway: ServiceModule<
  VenueGatewayConfig,
  VenueGatewayPorts,
  RunningVenueGateway
> = {
  name: 'venue-gateway',
  configSchema: venueGatewayConfigSchema,
  start,
};

const GROUP = 'venue-gateway';
const HOUR_MS = 3_600_000;

async function start(context: Context): Promise<RunningVenueGateway> {
  const { ports, logger, metrics, rpc, clock, tracer } = context;
  const log = await ports.eventLog();
  const state = await ports.stateStore();
  const deskMetrics = openDeskMetrics(metrics);
  const desks = await openDesks(context, deskMetrics, log, state);
  metrics.beforeCollect(() => {
    for (const desk of desks.values()) desk.collect();
  });
  const closeDesks = () => Promise.all([...desks.values()].map((desk) => desk.close()));
  try {
    for (const desk of desks.values()) await desk.start();
    const serving = await rpc.serve(VENUE_SERVICE, venueHandlers(desks, keyTester(context)));
    const subscription = await log.subscribe({
      group: GROUP,
      topics: ['orders.events'],
      handle: orderEventHandler({
        desks,
        logger,
        ...(tracer?.on ? { traces: { tracer, clock } } : {}),
        refuse: refuser(context, deskMetrics, log),
      }),
    });
    logger.info('venue.serving', 'orders are carried', {
      address: serving.address,
      venues: [...desks.keys()],
    });
    return {
      address: serving.address,
      readiness: () => readinessOf(desks, log, state),
      async drain() {
        serving.setServing(false);
        await subscription.close();
        await closeDesks();
        await serving.stop();
      },
    };
  } catch (problem) {
    await closeDesks();
    throw problem;
  }
}

function readinessOf(desks: ReadonlyMap<VenueId, VenueDesk>, log: EventLog, state: StateStore) {
  const reasons: string[] = [];
  for (const [name, { ok, reason }] of [
    ['event log', log.health()],
    ['state store', state.health()],
  ] as const) {
    if (!ok) reasons.push(`${name}: ${reason}`);
  }
  // One venue that is down is that venue's matter: the others are traded on.
  const down = [...desks].filter(([, desk]) => !desk.connection().ready);
  if (desks.size > 0 && down.length === desks.size) reasons.push('no venue can be reached');
  return { ready: reasons.length === 0, reasons };
}

const reportSink =
  (log: EventLog): ReportSink =>
  async (report, about) => {
    await log.append(executionReportRecord(report, about));
  };

function refuser(context: Context, deskMetrics: DeskMetrics, log: EventLog) {
  const { clock, timers, random, logger } = context;
  const stream = random.stream('venue-gateway/refusals');
  const tools = { clock, timers, logger, random: stream, metrics: deskMetrics };
  return (order: Order, cause: Cause, detail: string): Promise<void> =>
    new OrderReports({ ...tools, report: reportSink(log) }, { order, ...cause }).say({
      type: 'rejected',
      detail,
    });
}

async function openDesks(
  context: Context,
  deskMetrics: DeskMetrics,
  log: EventLog,
  state: StateStore,
): Promise<ReadonlyMap<VenueId, VenueDesk>> {
  const { config, clock, timers, random, logger } = context;
  const listings = Map.groupBy(listingsOf(config), ({ venue }) => venue);
  const holder = newId(systemEntropy);
  const opened = await Promise.allSettled(
    [...listings].map(async ([venue, own]) => {
      const opened = await openConnector(context, { venue, listings: own, state }, deskMetrics);
      const { onOrderCall } = context.ports;
      const connector =
        onOrderCall === undefined ? opened : toldConnector(opened, { venue, clock, onOrderCall });
      const limits = limitsOf(config, venue);
      const { doneKeepMs } = limits;
      const store = new WorkStore({ state, venue, doneKeepMs, holder });
      return new VenueDesk({
        venue,
        connector,
        store,
        report: reportSink(log),
        clock,
        timers,
        random: random.stream(`venue-gateway/${venue}`),
        logger,
        metrics: deskMetrics,
        limits,
        ...(context.tracer === undefined ? {} : { tracer: context.tracer }),
      });
    }),
  );
  const desks = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed === undefined) return new Map(desks.map((desk) => [desk.venue, desk]));
  await Promise.all(desks.map((desk) => desk.close()));
  throw failed.reason;
}

function limitsOf({ venueGateway: section }: VenueGatewayConfig, venue: string): DeskLimits {
  const rate = section.budgets[venue] ?? section.budgets['default'];
  if (rate === undefined) throw new Error('the schema asks for a default budget');
  return {
    rate,
    concurrencyMax: section.concurrencyMax,
    waitingMax: section.waitingMax,
    inFlightMaxMs: section.inFlightMaxMs,
    pollMs: section.pollMs,
    streamingPollMs: section.streamingPollMs,
    lateFillsMs: section.lateFillsMs,
    doneKeepMs: section.doneKeepHours * HOUR_MS,
  };
}

/** Asks the exchange itself, in whatever mode the venue is traded; of a demo key the simulated. */
function keyTester({ config, rpc, timers, logger }: Context): (venue: string) => Promise<boolean> {
  const { venueGateway: section, venues } = config;
  return async (name) => {
    const settings = venues[name];
    if (settings === undefined) {
      throw new AtsError({
        code: 'VENUE_UNKNOWN',
        message: `the configuration has no venue called "${name}"`,
        remedy: `Name one of ${Object.keys(venues).join(', ')}.`,
        context: { field: 'venue', value: name },
      });
    }
    const vaultKey = vaultKeys(rpc);
    const kind = 'live' as const;
    const parts = { kind, section, settings, listings: [], timers, logger, vaultKey };
    return testVaultKey({ ...parts, venue: name });
  };
}

async function openConnector(
  context: Context,
  of: {
    readonly venue: VenueId;
    readonly listings: readonly Listing[];
    readonly state: StateStore;
  },
  { breakerOpen }: DeskMetrics,
): Promise<VenueConnector> {
  const { config, clock, timers, random, logger, rpc } = context;
  const { venue, listings, state } = of;
  const { venueGateway: section } = config;
  const settings = config.venues[venueId(venue)];
  const kind = connectorOf(config, venue);
  if (settings === undefined) throw new Error(`no section of ${venue}`);
  if (kind !== 'live') await notLive({ venue, state });
  if (kind === 'paper') {
    const { latencyMs, balances } = section.paper;
    const paper = new PaperConnector({
      venue,
      listings,
      bus: await context.ports.marketBus(),
      clock,
      timers,
      latencyMs,
      balances: balances[venue] ?? {},
    });
    await paper.start();
    return paper;
  }
  const inner = await connectingConnector({
    kind,
    async open() {
      const access = rpc.client(ACCESS_SERVICE);
      if (kind === 'live') await mayGoLive({ venue, state, access });
      return openCcxtConnector({
        ...{ venue, kind, section, settings, listings, timers, logger },
        vaultKey: vaultKeys(rpc),
      });
    },
    timers,
    random: random.stream(`venue-gateway/${venue}/connect`),
    onOpen: () => logger.info('venue.opened', 'the venue can be reached now', { venue }),
  });
  if (!inner.health().ok) {
    logger.warn('venue.unreachable', inner.health().reason, { venue });
  }
  breakerOpen.set({ venue }, 0);
  const breaker = openBreaker({
    name: venue,
    ...section.breaker,
    isFailure: isIll,
    onState: (now) => {
      breakerOpen.set({ venue }, now === 'closed' ? 0 : now === 'half-open' ? 0.5 : 1);
      logger.warn('venue.breaker', `calls of ${venue}: the breaker is ${now}`, { venue });
    },
  });
  return guardedConnector(inner, breaker);
}
