import type { ServiceName } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import {
  credentials as channelCredentials,
  logVerbosity,
  ServerCredentials,
  setLogVerbosity,
} from '@grpc/grpc-js';
import type { Clock, Timers } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Counter, Gauge, Metrics } from '../metrics.ts';
import type { RandomSource, RandomStream } from '../random.ts';
import { withRetry } from './backoff.ts';
import { type Breaker, openBreaker } from './breaker.ts';
import { callIds, idsToMetadata } from './call-ids.ts';
import { isIdempotent, type Methods, methodsOf } from './definitions.ts';
import { callDirect, DirectDuplex, type DuplexHandler, type UnaryHandler } from './direct.ts';
import type {
  CallOptions,
  DuplexNames,
  RequestOf,
  ResponseOf,
  RpcClient,
  RpcDirectory,
  RpcDuplex,
  RpcHandlers,
  RpcServing,
} from './directory.ts';
import { GrpcChannel } from './grpc-client.ts';
import { GrpcDuplex } from './grpc-duplex.ts';
import { GrpcServer, type ServedService } from './grpc-server.ts';
import { deadlineExceeded, unavailable } from './status-table.ts';

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
  readonly tls?: RpcTls;
}

const RETRIES_MAX = 3;
const BACKOFF = { baseMs: 20, capMs: 500 };
/** Errors that say that the other side is ill; refusals of its own do not open the breaker. */
const ILLNESS: ReadonlySet<string> = new Set([
  'RPC_UNAVAILABLE',
  'RPC_DEADLINE_EXCEEDED',
  'RPC_INTERNAL',
]);

const codeOf = (error: unknown): string =>
  error instanceof AtsError ? error.code : 'RPC_INTERNAL';

/** Opens the way between services; nothing listens or connects until a service asks. */
export function openRpcDirectory(options: RpcDirectoryOptions): RpcDirectory {
  // Whatever grpc-js would print itself also comes as an error, which is told once and in words.
  setLogVerbosity(logVerbosity.NONE);
  return new Directory(options);
}

interface Dependency {
  readonly channel: GrpcChannel;
  readonly breaker: Breaker;
}

interface UnaryCall {
  readonly service: string;
  readonly name: string;
  readonly request: object;
  readonly options: CallOptions;
}

class Directory implements RpcDirectory {
  private readonly options: RpcDirectoryOptions;
  private readonly ids: RandomStream;
  private readonly jitter: RandomStream;
  private readonly served = new Map<string, ServedService>();
  private readonly servers = new Map<string, GrpcServer>();
  private readonly dependencies = new Map<string, Dependency>();
  private readonly duplexes = new Set<RpcDuplex<object, object>>();
  private readonly calls: Counter<'service' | 'method' | 'binding' | 'result'>;
  private readonly retries: Counter<'service' | 'method'>;
  private readonly losses: Counter<'service' | 'method'>;
  private readonly refusals: Counter<'service' | 'method'>;
  private readonly breakers: Gauge<'service'>;

  constructor(options: RpcDirectoryOptions) {
    this.options = options;
    this.ids = options.random.stream('rpc.ids');
    this.jitter = options.random.stream('rpc.jitter');
    const { metrics } = options;
    this.calls = metrics.counter({
      name: 'ats_rpc_calls_total',
      help: 'Unary calls by outcome.',
      labels: ['service', 'method', 'binding', 'result'],
    });
    const labels = ['service', 'method'] as const;
    this.retries = metrics.counter({
      name: 'ats_rpc_retries_total',
      help: 'Calls that were repeated.',
      labels,
    });
    this.losses = metrics.counter({
      name: 'ats_rpc_stream_losses_total',
      help: 'Streams that were lost.',
      labels,
    });
    this.refusals = metrics.counter({
      name: 'ats_rpc_stream_refusals_total',
      help: 'Messages refused because the stream buffer was full.',
      labels,
    });
    this.breakers = metrics.gauge({
      name: 'ats_rpc_breaker_open_ratio',
      help: 'Whether the circuit breaker of a dependency is open: 1, half open: 0.5, closed: 0.',
      labels: ['service'],
    });
  }

  async serve<Service>(
    name: ServiceName<Service>,
    handlers: RpcHandlers<Service>,
  ): Promise<RpcServing> {
    const { fullName } = name;
    if (this.served.has(fullName)) {
      throw new AtsError({
        code: 'INVARIANT_VIOLATED',
        message: `${fullName} is served twice in one process`,
        context: { value: fullName },
      });
    }
    const methods = methodsOf(fullName);
    const service: ServedService = { fullName, methods, handlers, ended: new Set() };
    this.served.set(fullName, service);
    const at = this.options.listen === false ? undefined : this.options.addresses[fullName];
    if (at === undefined) return this.serving(service, '', undefined);
    const server = this.serverAt(at);
    try {
      server.add(service);
      return this.serving(service, await server.listen(), server);
    } catch (error) {
      this.served.delete(fullName);
      server.remove(service);
      throw error;
    }
  }

  private serving(service: ServedService, address: string, server?: GrpcServer): RpcServing {
    return {
      address,
      setServing: (serving) => server?.setServing(service.fullName, serving),
      stop: async () => {
        if (!this.served.delete(service.fullName)) return;
        server?.remove(service);
        for (const end of [...service.ended]) end('stopped');
      },
    };
  }

  private serverAt({ address, field }: RpcAddress): GrpcServer {
    const known = this.servers.get(address);
    if (known !== undefined) return known;
    const { timers, logger, addresses, tls } = this.options;
    const services = Object.keys(addresses).filter((key) => addresses[key]?.address === address);
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(
            tls.authority,
            [{ private_key: tls.key, cert_chain: tls.certificate }],
            true,
          );
    const random = this.ids;
    const server = new GrpcServer({
      address,
      field,
      services,
      credentials,
      timers,
      random,
      logger,
    });
    this.servers.set(address, server);
    return server;
  }

  client<Service>(name: ServiceName<Service>): RpcClient<Service> {
    const service = name.fullName;
    const methods = methodsOf(service);
    const client: Record<string, unknown> = {};
    for (const [method, definition] of Object.entries(methods)) {
      if (definition.requestStream) continue;
      client[method] = (request: object, options: CallOptions) =>
        this.call({ service, name: method, request, options }, methods);
    }
    return client as RpcClient<Service>;
  }

  private async call(call: UnaryCall, methods: Methods): Promise<object> {
    const { service, name } = call;
    const local = this.served.get(service);
    const binding = local === undefined ? 'grpc' : 'direct';
    try {
      if (!(call.options.deadlineMs > 0)) {
        throw deadlineExceeded(`${service}/${name}`, call.options.deadlineMs);
      }
      const answer = await (local === undefined
        ? this.callRemote(call, methods)
        : this.callLocal(call, local));
      this.calls.add({ service, method: name, binding, result: 'ok' });
      return answer;
    } catch (error) {
      this.calls.add({ service, method: name, binding, result: codeOf(error) });
      throw error;
    }
  }

  private callLocal(call: UnaryCall, local: ServedService): Promise<object> {
    return callDirect({
      handler: local.handlers[call.name] as UnaryHandler,
      method: `${call.service}/${call.name}`,
      request: call.request,
      options: call.options,
      ids: callIds(call.options, this.ids),
      timers: this.options.timers,
    });
  }

  private callRemote(call: UnaryCall, methods: Methods): Promise<object> {
    const { service, name, request, options } = call;
    const method = methods[name];
    if (method === undefined) throw unavailable(service, `has no method ${name}`);
    const { channel, breaker } = this.dependency(service);
    const metadata = idsToMetadata(callIds(options, this.ids));
    const { clock, timers } = this.options;
    const endUs = clock.nowUs() + options.deadlineMs * 1000;
    const remainingMs = (): number => (endUs - clock.nowUs()) / 1000;
    const attempt = (): Promise<object> =>
      breaker.run(() =>
        channel.unary({ method, request, metadata, deadlineMs: Math.max(0, remainingMs()) }),
      );
    if (!isIdempotent(method)) return attempt();
    return withRetry(attempt, {
      timers,
      random: this.jitter,
      retriesMax: RETRIES_MAX,
      shouldRetry: (error) => codeOf(error) === 'RPC_UNAVAILABLE',
      remainingMs,
      onRetry: () => this.retries.add({ service, method: name }),
      ...BACKOFF,
    });
  }

  private dependency(service: string): Dependency {
    const known = this.dependencies.get(service);
    if (known !== undefined) return known;
    const at = this.options.addresses[service];
    if (at === undefined) throw unavailable(service, 'is not served here and has no address');
    const { tls, logger } = this.options;
    const credentials =
      tls === undefined
        ? channelCredentials.createInsecure()
        : channelCredentials.createSsl(tls.authority, tls.key, tls.certificate);
    const breaker = openBreaker({
      name: service,
      isFailure: (error) => ILLNESS.has(codeOf(error)),
      onState: (state) => {
        this.breakers.set({ service }, state === 'open' ? 1 : state === 'closed' ? 0 : 0.5);
        logger.warn('rpc.breaker', `circuit breaker of ${service} is ${state}`, { service, state });
      },
    });
    const dependency = { channel: new GrpcChannel(at.address, credentials), breaker };
    this.dependencies.set(service, dependency);
    return dependency;
  }

  duplex<Service, Method extends DuplexNames<Service>>(
    name: ServiceName<Service>,
    method: Method,
  ): RpcDuplex<RequestOf<Service[Method]>, ResponseOf<Service[Method]>> {
    const opened: RpcDuplex<object, object> = this.openDuplex(name.fullName, method, () => {
      this.duplexes.delete(opened);
    });
    this.duplexes.add(opened);
    return opened as unknown as RpcDuplex<RequestOf<Service[Method]>, ResponseOf<Service[Method]>>;
  }

  private openDuplex(
    service: string,
    name: string,
    onClose: () => void,
  ): RpcDuplex<object, object> {
    const ids = callIds({}, this.ids);
    if (this.served.has(service)) {
      return new DirectDuplex({
        ids,
        onClose,
        handler: () => this.served.get(service)?.handlers[name] as DuplexHandler | undefined,
        opened: (end) => {
          const ended = this.served.get(service)?.ended;
          ended?.add(end);
          return () => void ended?.delete(end);
        },
      });
    }
    const method = methodsOf(service)[name];
    if (method === undefined) throw unavailable(service, `has no method ${name}`);
    const { channel } = this.dependency(service);
    return new GrpcDuplex({
      open: () => channel.duplex(method, idsToMetadata(ids)),
      timers: this.options.timers,
      random: this.jitter,
      onLoss: () => this.losses.add({ service, method: name }),
      onClose,
      onRefused: () => this.refusals.add({ service, method: name }),
    });
  }

  async close(): Promise<void> {
    for (const duplex of [...this.duplexes]) duplex.close();
    for (const service of this.served.values()) {
      for (const end of [...service.ended]) end('stopped');
    }
    this.served.clear();
    await Promise.all([...this.servers.values()].map((server) => server.close()));
    for (const { channel, breaker } of this.dependencies.values()) {
      channel.close();
      breaker.close();
    }
  }
}
