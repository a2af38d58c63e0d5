import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { accessService } from '@ats/access';
import { auditExporter } from '@ats/audit-exporter';
import { backtest, describeSession, SessionRecorder } from '@ats/backtest';
import { AtsError } from '@ats/domain';
import { notification } from '@ats/notification';
import { omsCore } from '@ats/oms-core';
import { orderGateway } from '@ats/order-gateway';
import { priceCollector } from '@ats/price-collector';
import { riskManager } from '@ats/risk-manager';
import {
  type Host,
  type Logger,
  mergeLayers,
  openHost,
  openLogger,
  parseConfig,
  type RpcDirectory,
  reloadOnTriggers,
  systemClock,
  systemTimers,
  withoutSecrets,
} from '@ats/runtime';
import { openReloadAudit, openSystemRpc, WHOLE_SYSTEM } from '@ats/security';
import { type OpenPorts, openPorts } from '@ats/storage';
import { engineConfigSchema, tradingEngine } from '@ats/trading-engine';
import { uiDashboard } from '@ats/ui-dashboard';
import { venueGateway } from '@ats/venue-gateway';
import { serveConfig } from './config-service.ts';
import { type Configuration, withLayer } from './configuration.ts';
import { readRecorded } from './recorded.ts';
import { logDestination, type Session, type SessionOptions } from './session-parts.ts';
import { type SimulatorProcess, startSimulatorProcess } from './simulator-process.ts';

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
    const startedAtUs = systemClock.nowUs();
    const services = { collector, engine, gateway, dashboard, simulator, setUpLink };
    return {
      ...{ configuration, logger, numeraire, rpc, startedAtUs, ...services },
      restarts: () => ({}),
      stop: stopper(host, simulator, recorder, reread && reloadOnTriggers(host)),
      recorded: () => readRecorded({ configuration, logger, sinceUs: startedAtUs, trades: false }),
      close: () => Promise.resolve(),
    };
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
  endReloads?: (() => void) | undefined,
): () => Promise<readonly string[]> {
  let stopping: Promise<readonly string[]> | undefined;
  const stop = async (): Promise<readonly string[]> => {
    try {
      endReloads?.();
      await host?.stop();
    } finally {
      await simulator?.stop();
      await recording?.end();
    }
    return [];
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
  if (shared.mode !== 'sim' || !options.simulator) return undefined;
  const { recordFolder } = options;
  if (recordFolder === undefined) return startSimulatorProcess({ config: loaded.values, logger });
  const journalFile = resolve(recordFolder, 'venue-orders.jsonl');
  const layer = { source: '--record-session', values: { simulator: { journalFile } } };
  const config = mergeLayers([...loaded.layers, layer]);
  return startSimulatorProcess({ config, logger });
}
