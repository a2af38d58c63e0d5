import type { ServiceName } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { RandomStream } from '../random.ts';
import { NO_TRACER } from '../tracing/tracer.ts';
import { withRetry } from './backoff.ts';
import { LazyCallContext } from './call-context.ts';
import { type CallIds, callIds, idsToMetadata } from './call-ids.ts';
import type { Caller } from './caller.ts';
import {
  isIdempotent,
  type Method,
  type Methods,
  methodsOf,
  packageDefinition,
} from './definitions.ts';
import { codeOf, Dependencies, type RpcAddress, serverCredentials } from './dependencies.ts';
import {
  callDirect,
  DirectDuplex,
  type DuplexHandler,
  type UnaryCall,
  type UnaryHandler,
} from './direct.ts';
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
  RpcSubscription,
  ServerStreamNames,
  SubscribeOptions,
} from './directory.ts';
import type { RpcDirectoryOptions } from './directory-options.ts';
import { GrpcDuplex } from './grpc-duplex.ts';
import { GrpcServer, type ServedService } from './grpc-server.ts';
import { guardedHandlers } from './guarded-handlers.ts';
import { measuredHandlers } from './measured-handlers.ts';
import { type RpcMetrics, rpcMetrics } from './rpc-metrics.ts';
import type { StreamHandler } from './served-stream.ts';
import { asAtsError, deadlineExceeded, unavailable } from './status-table.ts';
import {
  DirectSubscription,
  failedSubscription,
  GrpcSubscription,
  type Listener,
  laterSubscription,
} from './subscriptions.ts';
import { type CallSpanTools, tracedCall } from './traced-calls.ts';

const RETRIES_MAX = 3;
const BACKOFF = { baseMs: 20, maxMs: 500 };
/** Opens the way between services; nothing listens or connects until a service asks. */
export function openRpcDirectory(options: RpcDirectoryOptions): RpcDirectory {
  // Whatever grpc-js would print itself also comes as an error, which is told once and in words.
  setLogVerbosity(logVerbosity.NONE);
  return new Directory(options);
}

class Directory implements RpcDirectory {
  private readonly options: RpcDirectoryOptions;
  private readonly ids: RandomStream;
  private readonly jitter: RandomStream;
  private readonly served = new Map<string, ServedService>();
  private readonly servers = new Map<string, GrpcServer>();
  private readonly dependencies: Dependencies;
  private readonly duplexes = new Set<RpcDuplex<object, object>>();
  private readonly subscriptions = new Set<RpcSubscription>();
  private readonly measures: RpcMetrics;
  private readonly spans: CallSpanTools;

  constructor(options: RpcDirectoryOptions) {
    this.options = options;
    this.ids = options.random.stream('rpc.ids');
    this.jitter = options.random.stream('rpc.jitter');
    this.measures = rpcMetrics(options.metrics);
    this.spans = { clock: options.clock, tracer: options.tracer ?? NO_TRACER };
    this.dependencies = new Dependencies({ ...options, onBreaker: this.measures.breakers });
  }

  async serve<Service>(
    name: ServiceName<Service>,
    offered: RpcHandlers<Service>,
  ): Promise<RpcServing> {
    const { fullName } = name;
    if (this.served.has(fullName)) {
      throw new AtsError({
        code: 'INVARIANT_VIOLATED',
        message: `${fullName} is served twice in one process`,
        context: { value: fullName },
      });
    }
    const methods = this.methodsOf(fullName);
    const { measures, options, spans } = this;
    const plain = offered as unknown as ServedService['handlers'];
    const named = { service: fullName, methods, handlers: plain };
    const guarded = { ...named, handlers: guardedHandlers(named, options.guard) };
    const handlers = measuredHandlers(guarded, { measures, ...spans });
    const service: ServedService = {
      ...{ fullName, methods, handlers, ended: new Set() },
      isServed: () => this.served.get(fullName) === service,
    };
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
    const { timers, logger, addresses, tls, guard } = this.options;
    const services = Object.keys(addresses).filter((key) => addresses[key]?.address === address);
    const credentials = serverCredentials(tls);
    const random = this.ids;
    const server = new GrpcServer({
      address,
      field,
      services,
      credentials,
      guard,
      timers,
      random,
      logger,
      contracts: this.options.contracts ?? packageDefinition(),
      onRefused: (method) => this.measures.refusals.add(method),
    });
    this.servers.set(address, server);
    return server;
  }

  client<Service>(name: ServiceName<Service>): RpcClient<Service> {
    const service = name.fullName;
    const methods = this.methodsOf(service);
    const client: Record<string, unknown> = {};
    for (const [method, definition] of Object.entries(methods)) {
      if (definition.requestStream || definition.responseStream) continue;
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
        ? tracedCall(this.spans, call, (traced) => this.callRemote(traced, methods))
        : this.callLocal(call, local));
      this.measures.calls.add({ service, method: name, binding, result: 'ok' });
      return answer;
    } catch (error) {
      this.measures.calls.add({ service, method: name, binding, result: codeOf(error) });
      throw error;
    }
  }

  private callLocal(call: UnaryCall, local: ServedService): Promise<object> {
    const { guard } = this.options;
    if (call.options.authorization === undefined) return this.callAs(guard.self, call, local);
    return this.bearerOf(call.options).then((caller) => this.callAs(caller, call, local));
  }

  /** The person in whose name something in this process asks. */
  private async bearerOf({ authorization, personSource }: CallOptions): Promise<Caller> {
    const { self, identify } = this.options.guard;
    const certificateName = self.name;
    return identify({ certificateName, authorization, personSource, source: 'process' });
  }

  private callAs(caller: Caller, call: UnaryCall, local: ServedService): Promise<object> {
    if (!local.isServed()) throw unavailable(call.service, 'stopped');
    return callDirect({
      caller,
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
    const { channel, breaker } = this.dependencies.of(service);
    const metadata = idsToMetadata(callIds(options, this.ids), options);
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
      onRetry: () => this.measures.retries.add({ service, method: name }),
      ...BACKOFF,
    });
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
        caller: this.options.guard.self,
        onClose,
        handler: () => this.served.get(service)?.handlers[name] as DuplexHandler | undefined,
        opened: (end) => {
          const ended = this.served.get(service)?.ended;
          ended?.add(end);
          return () => void ended?.delete(end);
        },
      });
    }
    const method = this.methodOf(service, name);
    const { channel } = this.dependencies.of(service);
    return new GrpcDuplex({
      open: () => channel.duplex(method, idsToMetadata(ids)),
      timers: this.options.timers,
      random: this.jitter,
      onLoss: () => this.measures.losses.add({ service, method: name }),
      onClose,
      onRefused: () => this.measures.refusals.add({ service, method: name }),
    });
  }

  subscribe<Service, Method extends ServerStreamNames<Service>>(
    name: ServiceName<Service>,
    method: Method,
    request: RequestOf<Service[Method]>,
    options: SubscribeOptions<ResponseOf<Service[Method]>>,
  ): RpcSubscription {
    const service = name.fullName;
    const binding = this.served.has(service) ? 'direct' : 'grpc';
    const over = (result: string): boolean => {
      if (!this.subscriptions.delete(subscription)) return false;
      this.measures.calls.add({ service, method, binding, result });
      return true;
    };
    const listener: Listener = {
      onMessage: (response) => options.onMessage(response as ResponseOf<Service[Method]>),
      onEnd(error) {
        if (over(error === undefined ? 'ok' : error.code)) options.onEnd(error);
      },
    };
    const call: UnaryCall = { service, name: method, request: request as object, options };
    const opened = this.openSubscription(call, listener);
    const subscription: RpcSubscription = {
      close() {
        if (over('closed')) opened.close();
      },
    };
    this.subscriptions.add(subscription);
    return subscription;
  }

  private openSubscription(call: UnaryCall, listener: Listener): RpcSubscription {
    const { service, name, request, options } = call;
    const { deadlineMs } = options;
    const { timers } = this.options;
    try {
      if (!(deadlineMs > 0)) throw deadlineExceeded(`${service}/${name}`, deadlineMs);
      const ids = callIds(options, this.ids);
      if (this.served.has(service)) return this.openLocal(call, listener, ids);
      const method = this.methodOf(service, name);
      const { channel, breaker } = this.dependencies.of(service);
      const metadata = idsToMetadata(ids, options);
      const open = () => channel.serverStream({ method, request, metadata });
      return new GrpcSubscription({
        open,
        breaker,
        timers,
        path: method.path,
        deadlineMs,
        listener,
      });
    } catch (thrown) {
      return failedSubscription(asAtsError(thrown), listener);
    }
  }

  private openLocal(call: UnaryCall, listener: Listener, ids: CallIds): RpcSubscription {
    const { service, name, request, options } = call;
    const { timers, guard } = this.options;
    const open = (caller: Caller): RpcSubscription => {
      const local = this.served.get(service);
      if (local === undefined) throw unavailable(service, 'stopped');
      return new DirectSubscription({
        service,
        handler: local.handlers[name] as StreamHandler,
        request,
        context: new LazyCallContext(ids, caller),
        ended: local.ended,
        listener,
        timers,
        onRefused: () => this.measures.refusals.add({ service, method: name }),
      });
    };
    if (options.authorization === undefined) return open(guard.self);
    return laterSubscription({ asker: this.bearerOf(options), open, listener });
  }

  private methodsOf(service: string): Methods {
    return methodsOf(service, this.options.contracts);
  }

  private methodOf(service: string, name: string): Method {
    const method = this.methodsOf(service)[name];
    if (method === undefined) throw unavailable(service, `has no method ${name}`);
    return method;
  }

  async close(): Promise<void> {
    for (const subscription of [...this.subscriptions]) subscription.close();
    for (const duplex of [...this.duplexes]) duplex.close();
    for (const service of this.served.values()) {
      for (const end of [...service.ended]) end('stopped');
    }
    this.served.clear();
    await Promise.all([...this.servers.values()].map((server) => server.close()));
    this.dependencies.close();
  }
}
