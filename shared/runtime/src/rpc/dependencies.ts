import { AtsError } from '@ats/domain';
import {
  type ChannelCredentials,
  credentials,
  experimental,
  ServerCredentials,
} from '@grpc/grpc-js';
import type { Logger } from '../logger.ts';
import type { Gauge } from '../metrics.ts';
import { type Breaker, openBreaker } from './breaker.ts';
import { ChannelList } from './channel-list.ts';
import { unavailable } from './status-table.ts';

/** Where a service is found, and the configuration's field that says so. */
export interface RpcAddress {
  /**
   * `host:port`; port 0 takes a free one. Several with commas between are instances: a service
   * listens at the first that it can have, a client stays with the one that answers.
   */
  readonly address: string;
  readonly field: string;
}

/** Mutual TLS within the system: one authority, one certificate for each process; PEM. */
export interface RpcTls {
  readonly authority: Buffer;
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** Tells of a new certificate before the old one ends; connections made from then on use it. */
  onRenewal?(listener: (next: RpcTls) => void): void;
}

type Provider = Parameters<typeof experimental.createCertificateProviderServerCredentials>[0];

/** Certificates as grpc-js wants those that change while it serves. */
function providerOf(tls: RpcTls): Provider {
  type CaListener = Parameters<Provider['addCaCertificateListener']>[0];
  type IdentityListener = Parameters<Provider['addIdentityCertificateListener']>[0];
  const authorities = new Set<CaListener>();
  const identities = new Set<IdentityListener>();
  let current = tls;
  const tellAuthority = (to: CaListener) => to({ caCertificate: current.authority });
  const tellIdentity = (to: IdentityListener) =>
    to({ certificate: current.certificate, privateKey: current.key });
  tls.onRenewal?.((next) => {
    current = next;
    for (const listener of authorities) tellAuthority(listener);
    for (const listener of identities) tellIdentity(listener);
  });
  return {
    addCaCertificateListener(listener) {
      authorities.add(listener);
      // grpc-js adds a listener before it is ready for an answer.
      queueMicrotask(() => tellAuthority(listener));
    },
    removeCaCertificateListener: (listener) => void authorities.delete(listener),
    addIdentityCertificateListener(listener) {
      identities.add(listener);
      queueMicrotask(() => tellIdentity(listener));
    },
    removeIdentityCertificateListener: (listener) => void identities.delete(listener),
  };
}

/** Takes connections of whoever our authority has signed for, and of nobody else. */
export function serverCredentials(tls: RpcTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const provider = providerOf(tls);
  return experimental.createCertificateProviderServerCredentials(provider, provider, true);
}

function channelCredentials(tls: RpcTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const provider = providerOf(tls);
  return experimental.createCertificateProviderChannelCredentials(provider, provider);
}

/** A service in another process: its channel and the breaker before it. */
export interface Dependency {
  readonly channel: ChannelList;
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
  private readonly credentials: ChannelCredentials;

  constructor(options: DependenciesOptions) {
    this.options = options;
    this.credentials = channelCredentials(options.tls);
  }

  /** @throws RPC_UNAVAILABLE when the service has no address */
  of(service: string): Dependency {
    const known = this.open.get(service);
    if (known !== undefined) return known;
    const { addresses, logger, onBreaker } = this.options;
    const at = addresses[service];
    if (at === undefined) throw unavailable(service, 'is not served here and has no address');
    onBreaker.set({ service }, 0);
    const breaker = openBreaker({
      name: service,
      isFailure: (error) => ILLNESS.has(codeOf(error)),
      onState: (state) => {
        onBreaker.set({ service }, state === 'open' ? 1 : state === 'closed' ? 0 : 0.5);
        logger.warn('rpc.breaker', `circuit breaker of ${service} is ${state}`, { service, state });
      },
    });
    const dependency = { channel: new ChannelList(at.address, this.credentials), breaker };
    this.open.set(service, dependency);
    return dependency;
  }

  close(): void {
    for (const { channel, breaker } of this.open.values()) {
      channel.close();
      breaker.close();
    }
  }
}

interface DependenciesOptions {
  readonly addresses: Readonly<Record<string, RpcAddress>>;
  readonly logger: Logger;
  readonly onBreaker: Gauge<'service'>;
  readonly tls?: RpcTls;
}
