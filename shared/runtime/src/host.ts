import { AtsError } from '@ats/domain';
import type { DestinationStream } from 'pino';
import { type AdminServer, openAdminServer } from './admin-server.ts';
import type { Clock, Timers } from './clock.ts';
import { type LoadedConfig, parseConfig } from './config/load.ts';
import { type SharedConfig, sharedConfigSchema } from './config/shared-schema.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { openLogger } from './pino-logger.ts';
import { openMetrics } from './prometheus-metrics.ts';
import { type RandomSource, seededRandom } from './random.ts';
import type { RpcDirectory } from './rpc/directory.ts';
import type { RunningService, ServiceModule } from './service.ts';

/** What a host gives to whoever opens its ports and its RPC directory. */
export interface HostParts {
  readonly config: SharedConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface HostOptions<Ports extends Closable> {
  readonly loaded: LoadedConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Where log lines go. */
  readonly logDestination: DestinationStream;
  readonly openPorts: (parts: HostParts) => Ports | Promise<Ports>;
  readonly openRpc: (parts: HostParts, ports: Ports) => RpcDirectory | Promise<RpcDirectory>;
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
  const config = parseConfig(options.loaded, sharedConfigSchema);
  const random = seededRandom(config.seed);
  const parts = (service: string, processMetrics: boolean): HostParts => ({
    config,
    clock: options.clock,
    timers: options.timers,
    random,
    logger: openLogger({ service, level: config.log.level, destination: options.logDestination }),
    metrics: openMetrics({ service, processMetrics }),
  });
  const own = parts('host', false);
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
      const parsed = parseConfig(options.loaded, module.configSchema);
      const context = { ...rest, config: parsed, logger, metrics, rpc, ports };
      const running = await module.start(context);
      // What the services of a process share is shown once, with the first of them.
      const shown = started.length === 0 ? [metrics, own.metrics] : [metrics];
      const server = await openServiceAdmin({ name: module.name, config, metrics: shown, running });
      started.push({ name: module.name, running, admin: server });
      admin.set(module.name, server.url);
      logger.info('service.started', `${module.name} started`, { admin: server.url });
      return running;
    },
    stop() {
      stopping ??= stopAll({ started, closables: [rpc, ports], own });
      return stopping;
    },
  };
}

async function openServiceAdmin(input: {
  name: string;
  config: SharedConfig;
  metrics: readonly Pick<Metrics, 'text'>[];
  running: RunningService;
}): Promise<AdminServer> {
  const ports: Readonly<Record<string, number>> = input.config.admin.ports;
  try {
    return await openAdminServer({
      service: input.name,
      host: input.config.admin.host,
      port: ports[input.name] ?? 0,
      metrics: {
        text: async () => (await Promise.all(input.metrics.map((one) => one.text()))).join(''),
      },
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
