import { LEDGER_SERVICE, ORDER_SERVICE, RISK_SERVICE, VENUE_SERVICE } from '@ats/contracts';
import { Decimal, type Listing, marketId, type VenueId } from '@ats/domain';
import { omsCore } from '@ats/oms-core';
import {
  BookPrices,
  EventTail,
  GateKeeper,
  gatewayConfigSchema,
  OrderDesk,
  orderHandlers,
  SignedOrderRisk,
  type WorstPrices,
} from '@ats/order-gateway';
import { executionReportRecord, Outbox } from '@ats/orders';
import { riskManager } from '@ats/risk-manager';
import {
  type Clock,
  type LoadedConfig,
  type Logger,
  listingsOf,
  openRpcDirectory,
  parseConfig,
  type RandomSource,
  type RpcDirectory,
  type Timers,
  UNGUARDED,
} from '@ats/runtime';
import { openApprovalSeal } from '@ats/security';
import type { EventLog, MarketBus, StateStore } from '@ats/storage';
import { type RunningEngine, tradingEngine } from '@ats/trading-engine';
import {
  openDeskMetrics,
  orderEventHandler,
  type VenueConnector,
  VenueDesk,
  venueGatewayConfigSchema,
  venueHandlers,
  WorkStore,
} from '@ats/venue-gateway';
import type { LiveTop } from './live-top.ts';

import { noKillSwitch, noMetrics, noTicks, openHeldPredictor, watchedDirectory } from './quiet.ts';

const HOUR_US = 3_600_000_000;
const HOUR_MS = 3_600_000;

export interface CompositionParts {
  readonly loaded: LoadedConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Something was begun that goes on by promises. */
  readonly touch: () => void;
  /** Something was begun that is waited for before time goes on. */
  readonly hold: (work: Promise<unknown>) => void;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly bus: MarketBus;
  readonly state: StateStore;
  readonly log: EventLog;
  readonly venues: ReadonlyMap<VenueId, VenueConnector>;
  /** The newest books by market, as they have arrived. */
  readonly tops: ReadonlyMap<string, Pick<LiveTop, 'top'>>;
  /** Puts something between the engine and what reaches it. */
  readonly engineContext?: (context: EngineContext) => EngineContext;
}

type EngineContext = Parameters<typeof tradingEngine.start>[0];

function contextOf(parts: CompositionParts, rpc: RpcDirectory) {
  const { clock, timers, random, logger, bus, state, log } = parts;
  return {
    clock,
    timers,
    random,
    logger,
    metrics: noMetrics,
    rpc,
    state,
    log,
    ports: {
      stateStore: async () => state,
      eventLog: async () => log,
      marketBus: async () => bus,
      tickStore: async () => noTicks,
      killSwitch: () => noKillSwitch,
      predictor: (model: string) => openHeldPredictor(model, parts.hold),
    },
  };
}

type Context = ReturnType<typeof contextOf>;

/** The live order path and engine on virtual time, in one process, over a log in memory. */
export class Composition {
  readonly rpc: RpcDirectory;
  private readonly parts: CompositionParts;
  private readonly context: Context;

  constructor(parts: CompositionParts) {
    const { clock, timers, random, logger } = parts;
    this.parts = parts;
    const base = { clock, timers, random, logger, metrics: noMetrics };
    // Nothing listens, and nobody but this composition calls.
    const rpc = openRpcDirectory({ ...base, guard: UNGUARDED, addresses: {}, listen: false });
    this.rpc = watchedDirectory(rpc, parts.touch);
    this.context = contextOf(parts, this.rpc);
  }

  /** Everything that orders need; venues are compared with the ledger from here on. */
  async startOrderPath(): Promise<void> {
    const { loaded } = this.parts;
    await this.startVenueDesks();
    const config = parseConfig(loaded, omsCore.configSchema);
    await omsCore.start({ ...this.context, config });
  }

  /** Whether every venue agrees with the ledger, and why not. */
  async disagreements(): Promise<readonly string[]> {
    const { venues } = await this.rpc
      .client(LEDGER_SERVICE)
      .GetReconciliation({}, { deadlineMs: 1000 });
    return venues.flatMap(({ venue, open, reason }) => (open ? [] : [`${venue}: ${reason}`]));
  }

  async startTrading(): Promise<RunningEngine> {
    await this.startGates();
    return this.startEngine();
  }

  /** Risk and the order gateway, which an engine asks. */
  async startGates(): Promise<void> {
    const { loaded } = this.parts;
    const { context } = this;
    await riskManager.start({ ...context, config: parseConfig(loaded, riskManager.configSchema) });
    await this.startOrderGateway();
  }

  async startEngine(): Promise<RunningEngine> {
    const { loaded } = this.parts;
    const { context } = this;
    const config = parseConfig(loaded, tradingEngine.configSchema);
    const { engineContext } = this.parts;
    const own = { ...context, config };
    return tradingEngine.start(engineContext === undefined ? own : engineContext(own));
  }

  /** The production desks over the tape's venues, without ccxt and sockets. */
  private async startVenueDesks(): Promise<void> {
    const { context } = this;
    const { log, state, clock, timers, logger, random, rpc } = context;
    const { venueGateway } = parseConfig(this.parts.loaded, venueGatewayConfigSchema);
    const metrics = openDeskMetrics(noMetrics);
    const desks = new Map<VenueId, VenueDesk>();
    for (const [venue, connector] of this.parts.venues) {
      const { budgets, doneKeepHours, ...limits } = venueGateway;
      const doneKeepMs = doneKeepHours * HOUR_MS;
      const rate = budgets[venue] ?? budgets['default'] ?? { perSecond: 5, burst: 10 };
      const desk = new VenueDesk({
        venue,
        connector,
        store: new WorkStore({ state, venue, doneKeepMs, holder: 'backtest' }),
        report: async (report, about) =>
          void (await log.append(executionReportRecord(report, about))),
        ...{ clock, timers, logger, metrics },
        random: random.stream(`venue-gateway/${venue}`),
        limits: { ...limits, rate, doneKeepMs },
      });
      desks.set(venue, desk);
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
  private async startOrderGateway(): Promise<void> {
    const { context } = this;
    const { log, state, clock, timers, logger, rpc } = context;
    const config = parseConfig(this.parts.loaded, gatewayConfigSchema);
    const { gateway } = config;
    const random = context.random.stream('order-gateway.outbox');
    const outbox = new Outbox({ ...context, owner: gateway.instance, random });
    const gates = new GateKeeper({
      ...context,
      ...gateway.gates,
      deadlineMs: config.rpc.deadlineMs,
      ledger: rpc.client(LEDGER_SERVICE),
      risk: rpc.client(RISK_SERVICE),
      vitals: [{ gate: 'outbox', health: () => outbox.health() }],
    });
    const risk = new SignedOrderRisk({
      client: rpc.client(RISK_SERVICE),
      seal: openApprovalSeal(config.risk),
      clock,
      deadlineMs: config.rpc.deadlineMs,
    });
    const desk = new OrderDesk({
      ...{ ...context, state, outbox, gates, risk, prices: this.prices() },
      listings: listingsOf(config),
      requestIdUs: gateway.requestIdHours * HOUR_US,
      unpublishedMax: gateway.unpublishedMax,
    });
    await outbox.recover();
    const tail = new EventTail({ log, group: `${gateway.instance}.stream`, timers, logger });
    await rpc.serve(ORDER_SERVICE, orderHandlers(desk, { tail, logger }));
    await gates.poll();
  }

  /** Market orders are few: the newest book is looked at when one comes. */
  private prices(): WorstPrices {
    const { gateway } = parseConfig(this.parts.loaded, gatewayConfigSchema);
    const prices = new BookPrices({
      clock: this.context.clock,
      collarBps: Decimal.parse(gateway.marketCollarBps),
      ageMsMax: gateway.bookAgeMsMax,
    });
    return {
      worst: (listing: Listing, side) => {
        const live = this.parts.tops.get(marketId(listing));
        if (live !== undefined) prices.onEvent(live.top);
        return prices.worst(listing, side);
      },
    };
  }
}
