import type { z } from 'zod';
import type { Clock, Timers } from './clock.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { RandomSource } from './random.ts';
import type { RpcDirectory } from './rpc/directory.ts';
import type { Tracer } from './tracing/tracer.ts';

/** What every service is given; nothing else reaches it. */
export interface ServiceContext<Config, Ports> {
  /** The service's own section of the configuration, parsed, and the shared parts. */
  readonly config: Config;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Registers in the service's own registry, served at its `/metrics`. */
  readonly metrics: Metrics;
  /** Takes spans in this service's name. Absent where nothing is traced. */
  readonly tracer?: Tracer;
  /** Offers this service's handlers and finds other services' clients. */
  readonly rpc: RpcDirectory;
  /** Opens the storage ports that the configuration names; the host closes them at the end. */
  readonly ports: Ports;
  /**
   * Who wants to be told when settings change while it runs. Of the configuration that `take` is
   * given only keys that their schemas mark as hot differ from the one before; it has been checked
   * as a whole. `take` assigns and nothing else: it neither waits nor throws. Absent where nothing
   * is ever read again.
   */
  readonly onReload?: (take: (config: Config) => void) => void;
  /** Admin URL by name of the services that share the process; more come as they start. */
  readonly admin?: ReadonlyMap<string, string>;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not, for /readyz and the operator; empty when ready. */
  readonly reasons: readonly string[];
}

export interface RunningService {
  /** Resolves when it cannot go on, which ends the process; absent where that never happens. */
  readonly failed?: Promise<Error>;
  readiness(): Readiness;
  /** Stops taking work, finishes what is under way, frees everything. Called once. */
  drain(): Promise<void>;
}

/** A module's one export to whoever composes services. */
export interface ServiceModule<Config, Ports, Running extends RunningService = RunningService> {
  readonly name: string;
  /** Parses the whole merged configuration into what this module needs of it. */
  readonly configSchema: z.ZodType<Config>;
  start(context: ServiceContext<Config, Ports>): Promise<Running>;
}
