import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { accessService } from '@ats/access';
import { auditExporter } from '@ats/audit-exporter';
import { backtest, describeSession, SessionRecorder } from '@ats/backtest';
import { AtsError } from '@ats/domain';
import { notification } from '@ats/notification';
import { omsCore } from '@ats/oms-core';
import { orderGateway, type RunningOrderGateway } from '@ats/order-gateway';
import { priceCollector, type RunningCollector } from '@ats/price-collector';
import { riskManager } from '@ats/risk-manager';
import {
  type Host,
  type Logger,
  mergeLayers,
  openHost,
  openLogger,
  openMetrics,
  parseConfig,
  type RpcDirectory,
  systemClock,
  systemTimers,
  withoutSecrets,
} from '@ats/runtime';
import { openReloadAudit, openSystemRpc, WHOLE_SYSTEM } from '@ats/security';
import { type OpenPorts, openPorts } from '@ats/storage';
import { engineConfigSchema, type RunningEngine, tradingEngine } from '@ats/trading-engine';
import { type RunningDashboard, uiDashboard } from '@ats/ui-dashboard';
import { venueGateway } from '@ats/venue-gateway';
import { serveConfig } from './config-service.ts';
import { type Configuration, withLayer } from './configuration.ts';
import { checkLedger, type LedgerCheck } from './ledger-check.ts';
import { type SimulatorProcess, startSimulatorProcess } from './simulator-process.ts';

/** Where log lines go: `stderr`, `stdout` or the path of a file. */
export type LogTarget = 'stderr' | 'stdout' | { readonly file: string };

/** Running services of one process and the simulator beside them, if the mode asks for one. */
export interface Session {
  readonly configuration: Configuration;
  readonly host: Host<OpenPorts>;
  readonly collector: RunningCollector;
  /** Absent when only recording. */
  readonly engine: RunningEngine | undefined;
  /** Absent when only recording. */
  readonly gateway: RunningOrderGateway | undefined;
  /** Absent when only recording. */
  readonly dashboard: RunningDashboard | undefined;
  /** Where the first administrator is made; absent when there is one. A secret. */
  readonly setUpLink: string | undefined;
  /** The way to the services, in this process too. */
  readonly rpc: RpcDirectory;
  /** The money that profit is counted in. */
  readonly numeraire: string;
  readonly simulator: SimulatorProcess | undefined;
  /** Drains everything, the simulator last. Safe to call twice. */
  stop(): Promise<void>;
  /** Replays the ledger, once everything has stopped; profit counts from `sinceUs` on. */
  checkLedger(sinceUs: number): Promise<LedgerCheck>;
}

export interface SessionOptions {
  readonly configuration: Configuration;
  /** Reads the configuration again; without it settings stay as they are. */
  readonly reread?: () => Configuration;
  readonly logTarget: LogTarget;
  /** Whether everything runs, or the collector alone. */
  readonly trading: boolean;
  /** Whether the simulated exchanges are started, in mode sim; else they run already. */
  readonly simulator: boolean;
  /** Where everything that reaches the engine is noted, for "ats parity"; nowhere when absent. */
  readonly recordFolder?: string | undefined;
}

/** Starts the simulator (mode sim), then the services, each after those that it needs. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const destination = logDestination(options.logTarget);
  const { shared } = options.configuration;
  const logger = openLogger({ service: 'cli', level: shared.log.level, destination });
  const recorder = recorderOf(options);
  const simulator = await simulatorOf(options, logger);
  const configuration =
    simulator === undefined
      ? options.configuration
      : withLayer(options.configuration, simulator.layer);
  let host: Host<OpenPorts> | undefined;
  try {
    const { reread } = options;
    const again = (from: () => Configuration) => () =>
      simulator === undefined ? from() : withLayer(from(), simulator.layer);
    const opened = await openServicesHost(configuration, {
      destination,
      reread: reread && again(reread),
    });
    ({ host } = opened);
    const { rpc } = opened;
    const { numeraire } = parseConfig(configuration.loaded, engineConfigSchema).engine;
    const orderPath = options.trading ? await startOrderPath(host, recorder) : undefined;
    const { gateway, setUpLink } = orderPath ?? {};
    if (options.trading) await serveConfig(rpc, host);
    const collector = await host.start(priceCollector);
    const dashboard = options.trading ? await host.start(uiDashboard) : undefined;
    // Last to start and first to stop: trades that are open at the end are unwound on live books.
    const engine = options.trading ? await host.start(engineOf(recorder)) : undefined;
    if (simulator !== undefined) {
      const { adminUrl } = simulator;
      logger.info('simulator.ready', 'the simulated exchanges take faults', { adminUrl });
    }
    const stop = stopper(host, simulator, recorder);
    const check = (sinceUs: number) => checkStored({ configuration, logger }, sinceUs);
    const services = { host, collector, engine, gateway, dashboard, simulator, setUpLink };
    const running = { configuration, numeraire, rpc, ...services };
    return { ...running, stop, checkLedger: check };
  } catch (problem) {
    await stopper(host, simulator)().catch((also: unknown) => {
      logger.error('session.stop_failed', 'could not stop what had started', { error: also });
    });
    throw problem;
  }
}

/** The host of all services, and the way to them. */
async function openServicesHost(
  { loaded }: Configuration,
  how: {
    readonly destination: { write(line: string): void };
    readonly reread: (() => Configuration) | undefined;
  },
): Promise<{ readonly host: Host<OpenPorts>; readonly rpc: RpcDirectory }> {
  const opened = Promise.withResolvers<RpcDirectory>();
  const { destination: logDestination, reread } = how;
  const host = await openHost<OpenPorts>({
    ...(reread === undefined ? {} : { reread: () => reread().loaded }),
    openAudit: openReloadAudit,
    loaded,
    clock: systemClock,
    timers: systemTimers,
    logDestination,
    openPorts: (parts) => openPorts(parts),
    async openRpc(parts, ports) {
      const rpc = await openSystemRpc(WHOLE_SYSTEM)(parts, ports);
      opened.resolve(rpc);
      return rpc;
    },
  });
  return { host, rpc: await opened.promise };
}

/** Opens log and state once more, after the services have given them up. */
async function checkStored(
  parts: { readonly configuration: Configuration; readonly logger: Logger },
  sinceUs: number,
): Promise<LedgerCheck> {
  const ports = openPorts({
    config: parts.configuration.shared,
    clock: systemClock,
    timers: systemTimers,
    logger: parts.logger,
    metrics: openMetrics({ service: 'cli' }),
  });
  try {
    return await checkLedger({
      log: await ports.eventLog(),
      state: await ports.stateStore(),
      sinceUs,
    });
  } finally {
    await ports.close();
  }
}

/** Consumers of the log before those who write to it. */
async function startOrderPath(host: Host<OpenPorts>, recorder: Recording | undefined) {
  await host.start(auditExporter);
  const { setUpLink } = await host.start(accessService);
  await host.start(notification);
  await host.start(backtest);
  await host.start(riskManager);
  // The OMS compares venues with the ledger as soon as it runs, and asks the venue gateway for it.
  await host.start(venuesOf(recorder));
  await host.start(omsCore);
  return { gateway: await host.start(orderGateway), setUpLink };
}

interface Recording {
  readonly recorder: SessionRecorder;
  /** Ends the recording. @throws what the disk throws */
  end(): Promise<void>;
}

function recorderOf({ recordFolder, configuration }: SessionOptions): Recording | undefined {
  if (recordFolder === undefined) return undefined;
  if (existsSync(join(recordFolder, 'session.json'))) {
    throw new AtsError({
      code: 'SESSION_EXISTS',
      message: `${recordFolder} holds a session already`,
      remedy: 'Name another folder, or remove that one.',
      context: { field: '--record-session', value: recordFolder },
    });
  }
  const time = { clock: systemClock, timers: systemTimers };
  const recorder = new SessionRecorder({ folder: recordFolder, ...time });
  const startedAtUs = systemClock.nowUs();
  const { loaded } = configuration;
  const values = withoutSecrets(loaded.values, loaded.sealed);
  const head = describeSession({ values, startedAtUs });
  recorder.describe(head);
  return {
    recorder,
    async end() {
      await recorder.close();
      const { dropped } = recorder;
      recorder.describe({ ...head, ended: { atUs: systemClock.nowUs(), dropped } });
    },
  };
}

function engineOf(recording: Recording | undefined): typeof tradingEngine {
  if (recording === undefined) return tradingEngine;
  const { recorder } = recording;
  return {
    ...tradingEngine,
    async start(context) {
      const running = await tradingEngine.start(recorder.engine(context));
      const drain = (): Promise<void> => {
        recorder.stopping();
        return running.drain();
      };
      return { ...running, drain };
    },
  };
}

function venuesOf(recording: Recording | undefined): typeof venueGateway {
  if (recording === undefined) return venueGateway;
  const { recorder } = recording;
  return { ...venueGateway, start: (context) => venueGateway.start(recorder.venues(context)) };
}

function stopper(
  host: Host<OpenPorts> | undefined,
  simulator: SimulatorProcess | undefined,
  recording?: Recording | undefined,
): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    try {
      await host?.stop();
    } finally {
      await simulator?.stop();
      await recording?.end();
    }
  };
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

async function simulatorOf(
  options: SessionOptions,
  logger: Logger,
): Promise<SimulatorProcess | undefined> {
  const { shared, loaded } = options.configuration;
  if (shared.profile === 'distributed') {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: 'profile "distributed" is not started by ats up: its services run one by one',
      remedy:
        'Start each with node modules/<service>/src/main.ts --set profile=distributed, ' +
        'or use --profile embedded.',
      context: { field: '--profile', value: shared.profile },
    });
  }
  if (shared.mode !== 'sim' || !options.simulator) return undefined;
  const { recordFolder } = options;
  if (recordFolder === undefined) return startSimulatorProcess({ config: loaded.values, logger });
  const journalFile = resolve(recordFolder, 'venue-orders.jsonl');
  const layer = { source: '--record-session', values: { simulator: { journalFile } } };
  const config = mergeLayers([...loaded.layers, layer]);
  return startSimulatorProcess({ config, logger });
}

function logDestination(target: LogTarget): { write(line: string): void } {
  if (target === 'stdout') return { write: (line) => void process.stdout.write(line) };
  if (target === 'stderr') return { write: (line) => void process.stderr.write(line) };
  const stream = createWriteStream(target.file, { flags: 'a' });
  return { write: (line) => void stream.write(line) };
}

/** @returns the path of a fresh log file in `folder`, which is made if it is not there. */
export function logFileIn(folder: string, startedAtUs: number): string {
  mkdirSync(folder, { recursive: true });
  const stamp = new Date(startedAtUs / 1000).toISOString().replaceAll(/[-:]/g, '').slice(0, 15);
  return join(folder, `ats-${stamp}-${process.pid}.jsonl`);
}
