import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import {
  type Logger,
  openLogger,
  openMetrics,
  parseConfig,
  type RpcDirectory,
  type SharedConfig,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { openOperatorRpc } from '@ats/security';
import { engineConfigSchema } from '@ats/trading-engine';
import { dashboardConfigSchema } from '@ats/ui-dashboard';
import { type Configuration, withLayer } from '../configuration.ts';
import { portsOf, readRecorded } from '../recorded.ts';
import {
  logDestination,
  recordsInOneProcess,
  type Session,
  type SessionOptions,
} from '../session-parts.ts';
import { type SimulatorProcess, startSimulatorProcess } from '../simulator-process.ts';
import { shownPlace, silentEngines } from './engine-places.ts';
import { freePlaces } from './free-places.ts';
import { type LocalEngines, startLocalEngines } from './local-engines.ts';
import { RemoteSystem } from './remote-system.ts';
import { Services, STAGES } from './services.ts';

/**
 * Starts the servers (where asked to), the simulator (mode sim), then one process for each service.
 * @throws STORAGE_UNAVAILABLE, ENGINE_MISSING, PORT_IN_USE, SERVICE_START_FAILED
 */
export async function openDistributedSession(options: SessionOptions): Promise<Session> {
  if (options.recordFolder !== undefined) throw recordsInOneProcess('--record-session');
  const destination = logDestination(options.logTarget);
  const { log } = options.configuration.shared;
  const logger = openLogger({ service: 'cli', level: log.level, destination });
  const run = new Run(logger, (line) => destination.write(`${line}\n`));
  try {
    return await run.open(options);
  } catch (problem) {
    await run.stop().catch((also: unknown) => {
      logger.error('session.stop_failed', 'could not stop what had started', { error: also });
    });
    await run.close();
    throw problem;
  }
}

/** What one run has started, to be ended whatever becomes of it. */
class Run {
  private readonly logger: Logger;
  private readonly onLine: (line: string) => void;
  private engines: LocalEngines | undefined;
  private simulator: SimulatorProcess | undefined;
  private rpc: RpcDirectory | undefined;
  private services: Services | undefined;
  private system: RemoteSystem | undefined;
  private stopping: Promise<readonly string[]> | undefined;

  constructor(logger: Logger, onLine: (line: string) => void) {
    this.logger = logger;
    this.onLine = onLine;
  }

  async open(options: SessionOptions): Promise<Session> {
    const { logger } = this;
    const configuration = await this.surroundings(options);
    const { shared, loaded } = configuration;
    const { drainMs } = shared;
    const rpc = await openRpc(shared, logger);
    this.rpc = rpc;
    const { abandoned = new Promise<void>(() => undefined) } = options;
    const told = { config: loaded.values, logger, onLine: this.onLine };
    const holds = this.engines?.lifelines ?? [];
    const services = new Services({ ...told, holds, drainMs, abandoned });
    this.services = services;
    for (const stage of STAGES) await services.start(stage);
    const startedAtUs = systemClock.nowUs();
    await services.start(['trading-engine']);
    const system = new RemoteSystem({
      ...{ rpc, logger, adminUrl: adminUrlOf(shared) },
      troubles: () => services.troubles(),
    });
    this.system = system;
    await system.open();
    const { collector, engine, gateway } = system;
    const { simulator } = this;
    return {
      ...{ configuration, logger, rpc, simulator, startedAtUs, collector, engine, gateway },
      numeraire: parseConfig(loaded, engineConfigSchema).engine.numeraire,
      dashboard: { url: dashboardUrl(configuration) },
      setUpLink: keptLink(shared),
      restarts: () => services.restarts(),
      stop: () => this.stop(),
      recorded: () => readRecorded({ configuration, logger, sinceUs: startedAtUs, trades: true }),
      close: () => this.close(),
    };
  }

  /** Starts what is around the services. @returns the configuration that says where it is */
  private async surroundings(options: SessionOptions): Promise<Configuration> {
    let { configuration } = options;
    // A wrong URL is said before anything starts.
    await portsOf({ configuration, logger: this.logger }).close();
    const { enginesFolder: folder } = options;
    if (folder !== undefined) {
      const engines = await startLocalEngines({ config: configuration.shared, folder });
      this.engines = engines;
      const { values } = engines;
      configuration = withLayer(configuration, { source: '--with-engines', values });
    }
    const silent = await silentEngines(configuration.shared);
    if (silent.length > 0) throw enginesSilent(silent.map(shownPlace));
    configuration = withLayer(configuration, await freePlaces(configuration));
    if (configuration.shared.mode !== 'sim' || !options.simulator) return configuration;
    const { logger } = this;
    this.simulator = await startSimulatorProcess({ config: configuration.loaded.values, logger });
    const { adminUrl, layer } = this.simulator;
    logger.info('simulator.ready', 'the simulated exchanges take faults', { adminUrl });
    return withLayer(configuration, layer);
  }

  stop(): Promise<readonly string[]> {
    this.stopping ??= this.drain();
    return this.stopping;
  }

  private async drain(): Promise<readonly string[]> {
    try {
      await this.system?.ask();
      this.system?.close();
      return (await this.services?.stop()) ?? [];
    } finally {
      await this.rpc?.close();
      await this.simulator?.stop();
    }
  }

  async close(): Promise<void> {
    await this.engines?.close();
  }
}

function enginesSilent(places: readonly string[]): AtsError {
  return new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `nothing answers at ${places.join(', ')}`,
    remedy:
      'Start it, name another with --set, or let this run start those of this machine with ' +
      '--with-engines ("npm run engines" installs them).',
    retry: 'safe',
    context: { field: places.map((place) => place.split(' ')[0]).join(', ') },
  });
}

function openRpc(config: SharedConfig, logger: Logger): Promise<RpcDirectory> {
  return openOperatorRpc({
    ...{ config, logger, clock: systemClock, timers: systemTimers },
    // Ids of calls must differ from one run to the next.
    random: seededRandom(systemClock.nowUs() ^ process.pid),
    metrics: openMetrics({ service: 'cli' }),
  });
}

const reachable = (host: string): string => (host === '0.0.0.0' ? '127.0.0.1' : host);

function adminUrlOf({ admin }: SharedConfig) {
  const ports: Readonly<Record<string, number>> = admin.ports;
  return (service: string): string => `http://${reachable(admin.host)}:${ports[service]}`;
}

function dashboardUrl({ loaded }: Configuration): string {
  const { host, port, tls } = parseConfig(loaded, dashboardConfigSchema).dashboard;
  return `${tls === undefined ? 'http' : 'https'}://${reachable(host)}:${port}`;
}

/** What the access service keeps in a file while there is no administrator. */
function keptLink({ security }: SharedConfig): string | undefined {
  try {
    return readFileSync(join(security.folder, 'set-up-link'), 'utf8').trim();
  } catch {
    return undefined;
  }
}
