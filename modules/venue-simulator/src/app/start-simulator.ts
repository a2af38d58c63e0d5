import type { Clock, Logger, Metrics, RandomSource, ServedMetrics, Timers } from '@ats/runtime';
import { listingsOf } from '@ats/runtime';
import { openSimulatorAdmin } from '../adapters/admin-server.ts';
import { DIALECT_SERVERS } from '../adapters/dialects/index.ts';
import { VenueServer } from '../adapters/venue-server.ts';
import type { SimulatorConfig } from '../config.ts';
import { MarketModel, type SimulatedVenue } from '../domain/model/market-model.ts';
import { AccountDesk } from './account-desk.ts';
import type { DialectServer } from './dialect-server.ts';
import { FaultDesk } from './fault-desk.ts';
import { modelParameters } from './model-parameters.ts';
import { OrderJournal } from './order-journal.ts';
import { type SimulatorMetrics, simulatorMetrics } from './simulator-metrics.ts';
import { startStepper } from './stepper.ts';
import { type OpenAccounts, openVenueAccounts } from './venue-accounts.ts';
import { VenueFaults } from './venue-faults.ts';

export interface SimulatorOptions {
  readonly config: SimulatorConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics & ServedMetrics;
  /** The exchanges it can play; all there are unless given. */
  readonly dialects?: readonly DialectServer[];
}

export interface RunningSimulator {
  /** Where each venue is served. */
  readonly venues: Readonly<Record<string, { readonly ws: string; readonly rest: string }>>;
  readonly adminUrl: string;
  readonly faults: FaultDesk;
  readonly accounts: AccountDesk;
  readonly model: MarketModel;
  close(): Promise<void>;
}

interface OpenVenue {
  readonly venue: SimulatedVenue;
  readonly faults: VenueFaults;
  readonly server: VenueServer;
  readonly dialect: DialectServer;
  readonly accounts: OpenAccounts;
}

/**
 * Starts all simulated exchanges, each on its own port, and the admin server. Nothing stays open
 * when it fails. @throws PORT_IN_USE
 */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const { config, clock, timers } = options;
  const metrics = simulatorMetrics(options.metrics);
  const stepUs = config.simulator.stepMs * 1000;
  const model = new MarketModel({
    listings: listingsOf(config),
    parameters: modelParameters(config),
    random: options.random,
    startUs: clock.nowUs(),
    stepUs,
  });
  const open = new Map<string, OpenVenue>();
  const { journalFile } = config.simulator;
  const journal = journalFile === '' ? undefined : new OrderJournal({ path: journalFile, clock });
  const closeVenues = async (): Promise<void> => {
    for (const { server, faults, accounts } of open.values()) {
      await server.close();
      faults.clear();
      accounts.close();
    }
    await journal?.close();
  };
  try {
    for (const venue of model.venues.values()) {
      const one = await openVenue(venue, options, { metrics, journal });
      if (one !== undefined) open.set(venue.name, one);
    }
    const faults = new FaultDesk({
      venues: open,
      metrics,
      logger: options.logger,
      timers,
      marketTimeUs: () => model.nowUs,
    });
    const accounts = new AccountDesk(open);
    for (const fault of config.simulator.faults) faults.apply(fault);
    const admin = await openSimulatorAdmin({
      host: config.simulator.host,
      port: config.admin.ports['venue-simulator'],
      metrics: options.metrics,
      readiness: () => readinessOf(open),
      faults,
      accounts,
      requestBytesMax: config.simulator.requestBytesMax,
    });
    const { catchUpStepsMax } = config.simulator;
    const stepper = startStepper({ model, clock, timers, metrics, stepUs, catchUpStepsMax });
    return {
      venues: Object.fromEntries(
        [...open].map(([name, { server }]) => [
          name,
          { ws: server.webSocketUrl, rest: server.restUrl },
        ]),
      ),
      adminUrl: admin.url,
      faults,
      accounts,
      model,
      async close() {
        stepper.cancel();
        await admin.close();
        faults.clear();
        await closeVenues();
      },
    };
  } catch (problem) {
    await closeVenues();
    throw problem;
  }
}

async function openVenue(
  venue: SimulatedVenue,
  options: SimulatorOptions,
  { metrics, journal }: { metrics: SimulatorMetrics; journal: OrderJournal | undefined },
): Promise<OpenVenue | undefined> {
  const { config, clock, timers, random } = options;
  const { simulator } = config;
  const feed = config.venues[venue.name]?.feed;
  const dialects = options.dialects ?? DIALECT_SERVERS;
  // Another client of the same exchange: through ccxt by its id there, a user's file by its venue.
  const dialect =
    dialects.find((one) => one.venue === feed || `ccxt:${one.venue}` === feed) ??
    dialects.find((one) => one.venue === venue.name);
  if (dialect === undefined) {
    options.logger.warn('venue.not_simulated', `no simulated exchange speaks "${feed}"`, {
      venue: venue.name,
    });
    return undefined;
  }
  const faults = new VenueFaults(timers);
  const { counted } = faults;
  const parts = { venue, dialect, config, metrics, timers, journal };
  const accounts = openVenueAccounts({ ...parts, faults: counted });
  const server = await VenueServer.open({
    venue,
    dialect,
    host: simulator.host,
    port: simulator.ports[venue.name] ?? 0,
    faults,
    accounts,
    clock: { nowUs: () => clock.nowUs() + venue.clockDriftUs },
    delayClock: clock,
    timers,
    random,
    logger: options.logger.child({ venue: venue.name }),
    metrics,
    connectionsMax: simulator.connectionsMax,
    sendBufferBytesMax: simulator.sendBufferBytesMax,
    requestBytesMax: simulator.requestBytesMax,
  });
  return { venue, faults, server, dialect, accounts };
}

function readinessOf(open: ReadonlyMap<string, OpenVenue>): { ready: boolean; reasons: string[] } {
  const reasons = [...open.values()]
    .filter(({ server }) => !server.listening)
    .map(({ server }) => `${server.name} does not listen`);
  return { ready: reasons.length === 0, reasons };
}
