import { AtsError } from '@ats/domain';
import {
  Metadata,
  Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import type { Timers } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { RandomStream } from '../random.ts';
import { LazyCallContext } from './call-context.ts';
import { AUTHORIZATION_KEY, idsFromMetadata, PERSON_SOURCE_KEY } from './call-ids.ts';
import type { Caller, Peer, RpcGuard } from './caller.ts';
import type { Methods } from './definitions.ts';
import type { DuplexHandler, UnaryHandler } from './direct.ts';
import { MESSAGE_BYTES_MAX } from './grpc-client.ts';
import { STREAM_BUFFER_MAX } from './grpc-duplex.ts';
import { HealthService } from './health-service.ts';
import { ServedStream, type StreamHandler } from './served-stream.ts';
import { asAtsError, toStatus, unavailable } from './status-table.ts';

/** How long a server waits for calls under way when it stops. */
const GRACE_MS = 1000;

export interface GrpcServerOptions {
  readonly address: string;
  /** The configuration's field of the address, for messages. */
  readonly field: string;
  /** The services that belong to this address, for reflection. */
  readonly services: readonly string[];
  readonly contracts: PackageDefinition;
  readonly credentials: ServerCredentials;
  readonly guard: RpcGuard;
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly logger: Logger;
  /** Told of each message that a full stream did not take. */
  readonly onRefused: (method: { readonly service: string; readonly method: string }) => void;
}

export interface ServedService {
  readonly fullName: string;
  readonly methods: Methods;
  readonly handlers: Readonly<Record<string, unknown>>;
  readonly ended: Set<(reason: string) => void>;
  /** False once it has stopped. */
  readonly isServed: () => boolean;
}

interface ServedMethod {
  readonly path: string;
  readonly name: string;
  readonly service: ServedService;
}

type GrpcCall = Pick<
  ServerUnaryCall<object, object>,
  'metadata' | 'getPeer' | 'getAuthContext' | 'cancelled'
>;

function peerOf(call: GrpcCall): Peer {
  const header = (key: string): string | undefined => {
    const value = call.metadata.get(key)[0];
    return typeof value === 'string' ? value : undefined;
  };
  const name = call.getAuthContext().sslPeerCertificate?.subject.CN;
  return {
    certificateName: typeof name === 'string' ? name : undefined,
    authorization: header(AUTHORIZATION_KEY),
    personSource: header(PERSON_SOURCE_KEY),
    // Without the port, which is another for each connection of the same place.
    source: call.getPeer().replace(/:\d+$/, ''),
  };
}

/** A gRPC server on one address, with health and reflection beside the project's services. */
export class GrpcServer {
  private readonly options: GrpcServerOptions;
  private readonly server: Server;
  private readonly health = new HealthService();
  private bound: Promise<string> | undefined;

  constructor(options: GrpcServerOptions) {
    this.options = options;
    this.server = new Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES_MAX });
    this.health.addTo(this.server);
    const services = [...options.services, 'grpc.health.v1.Health'];
    new ReflectionService(options.contracts, { services }).addToServer(this.server);
  }

  /** Listens, once. @returns `host:port` in use. @throws PORT_IN_USE */
  listen(): Promise<string> {
    this.bound ??= this.bind();
    return this.bound;
  }

  private bind(): Promise<string> {
    const { address, field } = this.options;
    const [first = address, ...others] = address.split(',');
    // An address of another instance is taken, or of another machine.
    const bound = others.reduce(
      (before, next) => before.catch(() => this.bindTo(next)),
      this.bindTo(first),
    );
    return bound.catch((cause: unknown) => {
      throw new AtsError({
        code: 'PORT_IN_USE',
        message: `${field}: ${address} cannot be listened on`,
        remedy: `Stop what listens there, or choose another with --set ${field}=host:port.`,
        context: { field, value: address },
        cause,
      });
    });
  }

  private bindTo(address: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync(address, this.options.credentials, (cause, port) => {
        if (cause === null) resolve(`${address.slice(0, address.lastIndexOf(':'))}:${port}`);
        else reject(cause);
      });
    });
  }

  add(service: ServedService): void {
    const implementation: UntypedServiceImplementation = {};
    for (const [name, { path, requestStream, responseStream }] of Object.entries(service.methods)) {
      if (requestStream) {
        implementation[name] = this.duplex({ path, name, service });
      } else if (responseStream) {
        implementation[name] = this.serverStream({ path, name, service });
      } else implementation[name] = this.unary({ path, name, service });
    }
    this.server.addService(service.methods as ServiceDefinition, implementation);
    this.health.set(service.fullName, true);
  }

  setServing(fullName: string, serving: boolean): void {
    this.health.set(fullName, serving);
  }

  remove(service: ServedService): void {
    this.server.removeService(service.methods as ServiceDefinition);
    this.health.forget(service.fullName);
  }

  async close(): Promise<void> {
    this.health.close();
    await this.bound?.catch(() => undefined);
    await new Promise<void>((resolve) => {
      const force = this.options.timers.after(GRACE_MS, () => {
        this.server.forceShutdown();
        resolve();
      });
      this.server.tryShutdown(() => {
        force.cancel();
        resolve();
      });
    });
  }

  private failed(path: string, context: LazyCallContext, thrown: unknown): AtsError {
    const error = asAtsError(thrown);
    if (error === thrown) return error;
    const { correlationId, traceparent } = context;
    this.options.logger.error('rpc.handler.failed', `${path} failed`, {
      ...{ correlationId, traceparent },
      errorCode: error.code,
      error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    });
    return error;
  }

  /** Goes on once it is known who calls, at once where that needs no asking. */
  private identified(
    call: GrpcCall,
    { isServed, fullName }: ServedService,
    then: {
      readonly refuse: (thrown: unknown) => void;
      readonly goOn: (context: LazyCallContext) => void;
    },
  ): void {
    const { guard, random } = this.options;
    const { refuse, goOn } = then;
    const enter = (caller: Caller): void => {
      // Whoever has left meanwhile is owed nothing, and would never be heard to leave.
      if (call.cancelled) return;
      if (!isServed()) return refuse(unavailable(fullName, 'stopped'));
      goOn(new LazyCallContext(idsFromMetadata(call.metadata, random), caller));
    };
    try {
      const caller = guard.identify(peerOf(call));
      if (caller instanceof Promise) caller.then(enter, refuse);
      else enter(caller);
    } catch (thrown) {
      refuse(thrown);
    }
  }

  private unary({ path, name, service }: ServedMethod) {
    const handler = service.handlers[name] as UnaryHandler;
    return (call: ServerUnaryCall<object, object>, callback: sendUnaryData<object>): void => {
      const refuse = (thrown: unknown): void => callback(toStatus(asAtsError(thrown)));
      const goOn = (context: LazyCallContext): void => {
        call.on('cancelled', () => context.abort(new Error('the caller went away')));
        const fail = (thrown: unknown): void =>
          callback(toStatus(this.failed(path, context, thrown)));
        try {
          const answer = handler(call.request, context);
          if (answer instanceof Promise) answer.then((value) => callback(null, value), fail);
          else callback(null, answer);
        } catch (thrown) {
          fail(thrown);
        }
      };
      this.identified(call, service, { refuse, goOn });
    };
  }

  private serverStream({ path, name, service }: ServedMethod) {
    const handler = service.handlers[name] as StreamHandler;
    const labels = { service: service.fullName, method: name };
    return (call: ServerWritableStream<object, object>): void => {
      const refuse = (thrown: unknown) => void call.emit('error', toStatus(asAtsError(thrown)));
      const goOn = (context: LazyCallContext): void => {
        const stream = new ServedStream({
          service: service.fullName,
          context,
          ended: service.ended,
          waiting: () => call.writableLength,
          write: (response) => void call.write(response),
          finish(error) {
            if (error === undefined) call.end();
            // grpc-js sends what was written before, then this status.
            else call.emit('error', toStatus(error));
          },
          failed: (thrown) => this.failed(path, context, thrown),
          onRefused: () => this.options.onRefused(labels),
        });
        call.on('drain', () => stream.drained());
        call.on('cancelled', () => stream.close());
        // The caller takes the stream for open when this arrives, before any answer.
        call.sendMetadata(new Metadata());
        stream.start(handler, call.request);
      };
      this.identified(call, service, { refuse, goOn });
    };
  }

  private duplex({ path, name, service }: ServedMethod) {
    const handler = service.handlers[name] as DuplexHandler;
    const { ended } = service;
    return (call: ServerDuplexStream<object, object>): void => {
      const refuse = (thrown: unknown) => void call.emit('error', toStatus(asAtsError(thrown)));
      const goOn = (context: LazyCallContext): void => {
        let open = true;
        const close = (): boolean => {
          if (!open) return false;
          open = false;
          ended.delete(end);
          context.abort(new Error('the stream ended'));
          session.onClosed();
          return true;
        };
        const end = (reason: string): void => {
          if (close()) call.emit('error', toStatus(unavailable(path, reason)));
        };
        const send = (response: object): boolean => {
          if (!open) return false;
          if (call.writableLength >= STREAM_BUFFER_MAX) {
            this.options.onRefused({ service: service.fullName, method: name });
            return false;
          }
          call.write(response);
          return true;
        };
        let session: ReturnType<DuplexHandler>;
        try {
          session = handler({ context, send });
        } catch (thrown) {
          open = false;
          return refuse(this.failed(path, context, thrown));
        }
        ended.add(end);
        call.on('data', (request: object) => {
          if (!open) return;
          try {
            session.onMessage(request);
          } catch (thrown) {
            const error = this.failed(path, context, thrown);
            if (close()) call.emit('error', toStatus(error));
          }
        });
        call.on('end', () => {
          close();
          call.end();
        });
        call.on('cancelled', close);
        call.on('error', close);
        // The caller takes the stream for open when this arrives, before any answer.
        call.sendMetadata(new Metadata());
      };
      this.identified(call, service, { refuse, goOn });
    };
  }
}
