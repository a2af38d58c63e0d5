import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import { priceCollector, type RunningCollector } from '@ats/price-collector';
import { riskManager } from '@ats/risk-manager';
import {
  type Host,
  type Logger,
  openHost,
  openLogger,
  openRpcDirectory,
  rpcAddresses,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { type OpenPorts, openPorts } from '@ats/storage';
import { type RunningEngine, tradingEngine } from '@ats/trading-engine';
import { type Configuration, withLayer } from './configuration.ts';
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
  readonly simulator: SimulatorProcess | undefined;
  /** Drains everything, the simulator last. Safe to call twice. */
  stop(): Promise<void>;
}

export interface SessionOptions {
  readonly configuration: Configuration;
  readonly logTarget: LogTarget;
  /** Whether the engine and the risk manager run, or the collector alone. */
  readonly trading: boolean;
}

/** Starts the simulator (mode sim), then the services, consumers first. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const destination = logDestination(options.logTarget);
  const { shared } = options.configuration;
  const logger = openLogger({ service: 'cli', level: shared.log.level, destination });
  const simulator = await simulatorOf(options.configuration, logger);
  const configuration =
    simulator === undefined
      ? options.configuration
      : withLayer(options.configuration, simulator.layer);
  let host: Host<OpenPorts> | undefined;
  try {
    host = await openHost({
      loaded: configuration.loaded,
      clock: systemClock,
      timers: systemTimers,
      logDestination: destination,
      openPorts: (parts) => openPorts(parts),
      openRpc: (parts) => openRpcDirectory({ ...parts, addresses: rpcAddresses(parts.config.rpc) }),
    });
    if (options.trading) await host.start(riskManager);
    const engine = options.trading ? await host.start(tradingEngine) : undefined;
    const collector = await host.start(priceCollector);
    return { configuration, host, collector, engine, simulator, stop: stopper(host, simulator) };
  } catch (problem) {
    await stopper(host, simulator)().catch((also: unknown) => {
      logger.error('session.stop_failed', 'could not stop what had started', { error: also });
    });
    throw problem;
  }
}

function stopper(
  host: Host<OpenPorts> | undefined,
  simulator: SimulatorProcess | undefined,
): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    try {
      await host?.stop();
    } finally {
      await simulator?.stop();
    }
  };
  return () => {
    stopping ??= stop();
    return stopping;
  };
}

async function simulatorOf(
  configuration: Configuration,
  logger: Logger,
): Promise<SimulatorProcess | undefined> {
  const { shared, loaded } = configuration;
  if (shared.profile === 'distributed') {
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: 'profile "distributed" is not started by ats up: its services run one by one',
      remedy:
        'Start each with node modules/<service>/src/main.ts --set profile=distributed, or use --profile embedded.',
      context: { field: '--profile', value: shared.profile },
    });
  }
  if (shared.mode !== 'sim') return undefined;
  return startSimulatorProcess({ config: loaded.values, logger });
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
