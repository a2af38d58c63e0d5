import type { PackageDefinition } from '@grpc/proto-loader';
import type { Clock, Timers } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { RandomSource } from '../random.ts';
import type { Tracer } from '../tracing/tracer.ts';
import type { RpcGuard } from './caller.ts';
import type { RpcAddress, RpcTls } from './dependencies.ts';

export interface RpcDirectoryOptions {
  /** By the service's full name. A service without one is reached in this process only. */
  readonly addresses: Readonly<Record<string, RpcAddress>>;
  /** Whether served services also listen at their address; true unless told. */
  readonly listen?: boolean;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: RandomSource;
  /** Without it gRPC is in plain text: for tests and benches. */
  readonly tls?: RpcTls;
  /** Takes a span of each call; of no call where absent. */
  readonly tracer?: Tracer;
  /** Decides who may call what; a process of the system has that of `@ats/security`. */
  readonly guard: RpcGuard;
  /** The contracts as gRPC wants them; those of `proto/` unless told. */
  readonly contracts?: PackageDefinition;
}
