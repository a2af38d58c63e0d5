import { AtsError } from '@ats/domain';
import type { DestinationStream } from 'pino';
import { type AdminServer, openAdminServer } from './admin-server.ts';
import type { Clock, Timers } from './clock.ts';
import type { LoadedConfig } from './config/load.ts';
import type { ConfigChange } from './config/reload.ts';
import { type SharedConfig, sharedConfigSchema } from './config/shared-schema.ts';
import { LiveConfig } from './live-config.ts';
import type { Logger } from './logger.ts';
import type { Metrics, ServedMetrics } from './metrics.ts';
import { type LiveLevel, openLogger } from './pino-logger.ts';
import { openMetrics } from './prometheus-metrics.ts';
import { type RandomSource, seededRandom } from './random.ts';
import type { Reload } from './reload-triggers.ts';
import type { RpcDirectory } from './rpc/directory.ts';
import type { RunningService, ServiceModule } from './service.ts';
import { openTracing } from './tracing/otlp-tracer.ts';
import type { Tracer } from './tracing/tracer.ts';

/** What a host gives to whoever opens its ports and its RPC directory. */
export interface HostParts {
  readonly config: SharedConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Takes spans in the process's name: of calls and of the log. Absent where nothing is traced. */
  readonly tracer?: Tracer;
}

export interface HostOptions<Ports extends Closable> {
  /** What the process calls itself in traces: its service, or `ats` for several of them. */
  readonly name?: string;
  readonly loaded: LoadedConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Where log lines go. */
  readonly logDestination: DestinationStream;
  readonly openPorts: (parts: HostParts) => Ports | Promise<Ports>;
  readonly openRpc: (parts: HostParts, ports: Ports) => RpcDirectory | Promise<RpcDirectory>;
  /** Reads all layers again; without it settings never change while the process runs. */
  readonly reread?: () => LoadedConfig;
  /** Where reloads are recorded that no guarded call asked for; nowhere when absent. */
  readonly openAudit?: (parts: HostParts, ports: Ports) => (reload: Reload) => void;
}

export interface Closable {
  close(): Promise<void>;
}

/** Runs services of one process: starts them in order, stops them in reverse within a deadline. */
export interface Host<Ports> {
  readonly logger: Logger;
  /** @throws whatever the service's start throws; nothing of it is left behind */
  start<Config, Running extends RunningService>(
    module: ServiceModule<Config, Ports, Running>,
  ): Promise<Running>;
  /** Admin URL by service name. */
  readonly admin: ReadonlyMap<string, string>;
  /**
   * Reads the settings again, and hands out what may change while running. Logs what became of it.
   * @returns all that differs. @throws CONFIG_* when anything is wrong: what ran goes on
   */
  reload(asked: { readonly source: string; readonly dryRun: boolean }): readonly ConfigChange[];
  /** Records a reload that no guarded call asked for. */
  readonly audit: (reload: Reload) => void;
  /** Files of settings whose changes are to be taken at once. */
  readonly watched: readonly string[];
  /** Drains all services and closes ports. @throws DRAIN_DEADLINE_EXCEEDED naming the laggard */
  stop(): Promise<void>;
}

interface Started {
  readonly name: string;
  readonly running: RunningService;
  readonly admin: AdminServer;
}

export async function openHost<Ports extends Closable>(
  options: HostOptions<Ports>,
): Promise<Host<Ports>> {
  const live = new LiveConfig(options.loaded, options.reread);
  const { config, onReload } = live.read(sharedConfigSchema);
  const level: LiveLevel = { current: config.log.level };
  onReload(({ log }) => {
    level.current = log.level;
  });
  const random = seededRandom(config.seed);
  const parts = (service: string, processMetrics: boolean) => ({
    config,
    clock: options.clock,
    timers: options.timers,
    random,
    logger: openLogger({ service, level, destination: options.logDestination }),
    metrics: openMetrics({ service, processMetrics }),
  });
  const untraced = parts('host', false);
  const tracing = await openTracing({ ...untraced, config: config.tracing });
  const own = { ...untraced, tracer: tracing.of(options.name ?? 'ats') };
  const ports = await options.openPorts(own);
  const rpc = await options.openRpc(own, ports);
  const started: Started[] = [];
  const admin = new Map<string, string>();
  let stopping: Promise<void> | undefined;

  return {
    logger: own.logger,
    admin,
    async start(module) {
      const { logger, metrics, ...rest } = parts(module.name, true);
      const section = live.read(module.configSchema);
      const tracer = tracing.of(module.name);
      const context = { ...rest, ...section, logger, metrics, tracer, rpc, ports, admin };
      const running = await module.start(context);
      tellReadiness(metrics, running);
      // What storage and calls count belongs to the process: it is told by its first service.
      const told = started.length === 0 ? [metrics, own.metrics] : [metrics];
      const server = await openServiceAdmin({ name: module.name, config, metrics: told, running });
      started.push({ name: module.name, running, admin: server });
      admin.set(module.name, server.url);
      logger.info('service.started', `${module.name} started`, { admin: server.url });
      return running;
    },
    reload: (asked) => reload(live, own.logger, asked),
    audit: options.openAudit?.(own, ports) ?? (() => undefined),
    watched: config.reloadOnChange
      ? options.loaded.layers.flatMap(({ file, source }) => (file ? source : []))
      : [],
    stop() {
      stopping ??= stopAll({ started, closables: [rpc, ports, tracing], own });
      return stopping;
    },
  };
}

function tellReadiness(metrics: Metrics, running: RunningService): void {
  const ready = metrics.gauge({
    name: 'ats_runtime_ready_ratio',
    help: 'Whether the service can work: 1 or 0; /readyz says why not.',
    labels: [],
  });
  metrics.beforeCollect(() => ready.set({}, running.readiness().ready ? 1 : 0));
}

function reload(
  live: LiveConfig,
  logger: Logger,
  { source, dryRun }: { readonly source: string; readonly dryRun: boolean },
): readonly ConfigChange[] {
  try {
    const changes = live.reload({ dryRun });
    if (dryRun) return changes;
    const [taken, waiting] = [true, false].map((one) =>
      changes.filter(({ live: is }) => is === one),
    );
    const said = `${taken?.length} taken, ${waiting?.length} wait for a restart`;
    // Above `info`: a level that was raised just now is not to hide it.
    logger.warn('config.reloaded', `settings were read again: ${said}`, {
      ...{ source, taken },
      needRestart: waiting?.map(({ path }) => path),
    });
    return changes;
  } catch (error) {
    logger.error('config.refused', 'settings were read again and refused', { source, error });
    throw error;
  }
}

async function openServiceAdmin(input: {
  name: string;
  config: SharedConfig;
  metrics: readonly ServedMetrics[];
  running: RunningService;
}): Promise<AdminServer> {
  const ports: Readonly<Record<string, number>> = input.config.admin.ports;
  try {
    return await openAdminServer({
      service: input.name,
      host: input.config.admin.host,
      port: ports[input.name] ?? 0,
      metrics: input.metrics,
      readiness: () => input.running.readiness(),
    });
  } catch (problem) {
    await input.running.drain();
    throw problem;
  }
}

async function stopAll(input: {
  started: readonly Started[];
  closables: readonly Closable[];
  own: HostParts;
}): Promise<void> {
  const { config, timers, logger } = input.own;
  let current = 'ports';
  const work = async (): Promise<void> => {
    for (const service of input.started.toReversed()) {
      current = service.name;
      await service.running.drain();
      await service.admin.close();
      logger.info('service.drained', `${service.name} drained`);
    }
    current = 'ports';
    for (const closable of input.closables) await closable.close();
  };
  const deadline = Promise.withResolvers<never>();
  const timer = timers.after(config.drainMs, () => {
    deadline.reject(
      new AtsError({
        code: 'DRAIN_DEADLINE_EXCEEDED',
        message: `${current} did not stop within drainMs ${config.drainMs}`,
        remedy: 'Look at its last log lines; raise drainMs if the machine is slow.',
        retry: 'unknown',
        context: { field: 'drainMs', value: config.drainMs, service: current },
      }),
    );
  });
  try {
    await Promise.race([work(), deadline.promise]);
  } finally {
    timer.cancel();
    await Promise.all(input.started.map(({ admin }) => admin.close()));
  }
}
