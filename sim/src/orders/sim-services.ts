import { LEDGER_SERVICE, ORDER_SERVICE, RISK_SERVICE, VENUE_SERVICE } from '@ats/contracts';
import { Decimal, type VenueId } from '@ats/domain';
import { omsCore } from '@ats/oms-core';
import {
  BookPrices,
  EventTail,
  GateKeeper,
  gatewayConfigSchema,
  OrderDesk,
  orderHandlers,
  SignedOrderRisk,
} from '@ats/order-gateway';
import { executionReportRecord, Outbox } from '@ats/orders';
import { riskManager } from '@ats/risk-manager';
import {
  type LoadedConfig,
  listingsOf,
  openRpcDirectory,
  parseConfig,
  type RandomSource,
  sharedConfigSchema,
  UNGUARDED,
} from '@ats/runtime';
import { openApprovalSeal } from '@ats/security';
import { type MarketBus, openMemoryMarketBus } from '@ats/storage';
import { discardingTickStore, type ManualTimers, memoryMetrics, silentLogger } from '@ats/testkit';
import { type RunningEngine, tradingEngine } from '@ats/trading-engine';
import {
  openDeskMetrics,
  orderEventHandler,
  VenueDesk,
  venueHandlers,
  WorkStore,
} from '@ats/venue-gateway';
import type { SimDisk } from './sim-disk.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimRpcNetwork } from './sim-rpc.ts';
import type { SimVenue } from './sim-venue.ts';

export interface ServiceParts {
  readonly loaded: LoadedConfig;
  readonly process: SimProcess;
  readonly disk: SimDisk;
  readonly network: SimRpcNetwork;
  readonly timers: ManualTimers;
  readonly random: RandomSource;
  readonly venues: readonly SimVenue[];
}

/** The services by the names of the processes that they run in. */
export const SERVICES = ['oms-core', 'venue-gateway', 'order-gateway', 'trading-engine'] as const;
export type SimService = (typeof SERVICES)[number];

const UNPUBLISHED_MAX = 1000;
const REQUEST_ID_US = 3_600_000_000;
const GATES = { pollMs: 500, ageMsMax: 5000, deadlineMs: 1000 };
const DESK_LIMITS = {
  rate: { perSecond: 1000, burst: 1000 },
  concurrencyMax: 16,
  waitingMax: 10_000,
  inFlightMaxMs: 2000,
  pollMs: 500,
  streamingPollMs: 1000,
  lateFillsMs: 1000,
  doneKeepMs: 3_600_000,
};

function contextOf(parts: ServiceParts) {
  const { process, timers, random, network, disk } = parts;
  const logger = silentLogger();
  const metrics = memoryMetrics();
  const base = { clock: timers.clock, timers: process.timers, random, logger, metrics };
  const local = openRpcDirectory({ guard: UNGUARDED, ...base, addresses: {}, listen: false });
  const state = disk.stateFor(process);
  const log = disk.logFor(process);
  const rpc = network.directoryFor(process, local);
  const ports = { stateStore: async () => state, eventLog: async () => log };
  return { ...base, rpc, local, state, log, ports };
}

export async function startOms(parts: ServiceParts): Promise<void> {
  const context = contextOf(parts);
  await omsCore.start({ ...context, config: parseConfig(parts.loaded, omsCore.configSchema) });
}

/** The production desks, one for each simulated venue, without ccxt and sockets. */
export async function startVenueGateway(parts: ServiceParts): Promise<void> {
  const context = contextOf(parts);
  const { log, state, clock, logger, rpc } = context;
  const metrics = openDeskMetrics(context.metrics);
  const desks = new Map<VenueId, VenueDesk>();
  for (const venue of parts.venues) {
    const { doneKeepMs } = DESK_LIMITS;
    const kept = { state, venue: venue.venue, doneKeepMs, holder: `${clock.nowUs()}` };
    const desk = new VenueDesk({
      venue: venue.venue,
      connector: venue.connector(parts.process),
      store: new WorkStore(kept),
      report: async (report, about) =>
        void (await log.append(executionReportRecord(report, about))),
      clock,
      timers: parts.process.timers,
      random: parts.random.stream(`desk.${venue.venue}`),
      logger,
      metrics,
      limits: DESK_LIMITS,
    });
    desks.set(venue.venue, desk);
    await desk.start();
  }
  await rpc.serve(
    VENUE_SERVICE,
    venueHandlers(desks, async () => false),
  );
  await log.subscribe({
    group: 'venue-gateway',
    topics: ['orders.events'],
    handle: orderEventHandler({ desks, logger, refuse: () => Promise.resolve() }),
  });
}

/** The production desk behind the contract of orders, without REST and sockets. */
export async function startOrderGateway(
  parts: ServiceParts,
  market: { readonly bus: MarketBus },
): Promise<OrderDesk> {
  const context = contextOf(parts);
  const { log, state, clock, rpc } = context;
  const { timers } = parts.process;
  const outbox = new Outbox({
    ...context,
    timers,
    owner: 'order-gateway',
    state,
    log,
    random: parts.random.stream('gateway.outbox'),
  });
  const prices = new BookPrices({ clock, collarBps: Decimal.parse('200'), ageMsMax: 10_000 });
  await market.bus.subscribe({ kinds: ['book', 'status'] }, (event) => {
    if (parts.process.alive) prices.onEvent(event);
  });
  const gates = new GateKeeper({
    ...context,
    ...GATES,
    timers,
    ledger: rpc.client(LEDGER_SERVICE),
    risk: rpc.client(RISK_SERVICE),
    vitals: [{ gate: 'outbox', health: () => outbox.health() }],
  });
  const risk = new SignedOrderRisk({
    client: rpc.client(RISK_SERVICE),
    seal: openApprovalSeal(parseConfig(parts.loaded, gatewayConfigSchema).risk),
    clock,
    deadlineMs: GATES.deadlineMs,
  });
  const desk = new OrderDesk({
    ...context,
    timers,
    outbox,
    gates,
    risk,
    prices,
    listings: listingsOf(parseConfig(parts.loaded, sharedConfigSchema)),
    requestIdUs: REQUEST_ID_US,
    unpublishedMax: UNPUBLISHED_MAX,
  });
  await outbox.recover();
  const tail = new EventTail({ ...context, timers, log, group: 'order-gateway.stream' });
  await rpc.serve(ORDER_SERVICE, orderHandlers(desk, { tail, logger: context.logger }));
  void gates.poll();
  return desk;
}

/** Risk and engine in one process, on the live market. */
export async function startEngine(
  parts: ServiceParts,
  market: { readonly bus: MarketBus },
): Promise<RunningEngine> {
  const context = contextOf(parts);
  // A bus of its own: the live one forgets subscribers no more than a dead process leaves it.
  const bus = openMemoryMarketBus({ logger: context.logger, metrics: context.metrics });
  await market.bus.subscribe({}, (event) => {
    if (parts.process.alive) bus.publish(event);
  });
  const ports = {
    ...context.ports,
    marketBus: async () => bus,
    tickStore: async () => discardingTickStore,
  };
  const risk = parseConfig(parts.loaded, riskManager.configSchema);
  await riskManager.start({ ...context, ports, config: risk });
  const config = parseConfig(parts.loaded, tradingEngine.configSchema);
  return tradingEngine.start({ ...context, ports, config });
}
