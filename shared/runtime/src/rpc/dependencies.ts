import { AtsError } from '@ats/domain';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import type { Logger } from '../logger.ts';
import type { Gauge } from '../metrics.ts';
import { type Breaker, openBreaker } from './breaker.ts';
import { GrpcChannel } from './grpc-client.ts';
import { unavailable } from './status-table.ts';

/** Where a service is found, and the configuration's field that says so. */
export interface RpcAddress {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  readonly field: string;
}

/** Mutual TLS within the system: one authority, one certificate for each process; PEM. */
export interface RpcTls {
  readonly authority: Buffer;
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** A service in another process: its channel and the breaker before it. */
export interface Dependency {
  readonly channel: GrpcChannel;
  readonly breaker: Breaker;
}

/** Errors that say that the other side is ill; refusals of its own do not open the breaker. */
const ILLNESS: ReadonlySet<string> = new Set([
  'RPC_UNAVAILABLE',
  'RPC_DEADLINE_EXCEEDED',
  'RPC_INTERNAL',
]);

export const codeOf = (error: unknown): string =>
  error instanceof AtsError ? error.code : 'RPC_INTERNAL';

/** The services in other processes, connected when they are first asked for. */
export class Dependencies {
  private readonly options: DependenciesOptions;
  private readonly open = new Map<string, Dependency>();

  constructor(options: DependenciesOptions) {
    this.options = options;
  }

  /** @throws RPC_UNAVAILABLE when the service has no address */
  of(service: string): Dependency {
    const known = this.open.get(service);
    if (known !== undefined) return known;
    const { addresses, logger, onBreaker } = this.options;
    const at = addresses[service];
    if (at === undefined) throw unavailable(service, 'is not served here and has no address');
    const breaker = openBreaker({
      name: service,
      isFailure: (error) => ILLNESS.has(codeOf(error)),
      onState: (state) => {
        onBreaker.set({ service }, state === 'open' ? 1 : state === 'closed' ? 0 : 0.5);
        logger.warn('rpc.breaker', `circuit breaker of ${service} is ${state}`, { service, state });
      },
    });
    const dependency = { channel: new GrpcChannel(at.address, this.credentials()), breaker };
    this.open.set(service, dependency);
    return dependency;
  }

  close(): void {
    for (const { channel, breaker } of this.open.values()) {
      channel.close();
      breaker.close();
    }
  }

  private credentials(): ChannelCredentials {
    const { tls } = this.options;
    return tls === undefined
      ? credentials.createInsecure()
      : credentials.createSsl(tls.authority, tls.key, tls.certificate);
  }
}

interface DependenciesOptions {
  readonly addresses: Readonly<Record<string, RpcAddress>>;
  readonly logger: Logger;
  readonly onBreaker: Gauge<'service'>;
  readonly tls?: RpcTls;
}
