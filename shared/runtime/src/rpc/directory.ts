import type { DuplexMethod, ServerStreamMethod, ServiceName, UnaryMethod } from '@ats/contracts';
import type { AtsError } from '@ats/domain';
import type { Caller, Change } from './caller.ts';

export type { ServiceName } from '@ats/contracts';

/** Passed along with every call. */
export interface CallOptions {
  /** Milliseconds until the caller stops waiting, retries included. Every call has one. */
  readonly deadlineMs: number;
  /** Leads through logs from one service to the next; made up when absent. */
  readonly correlationId?: string;
  /** W3C trace context; made up when absent. */
  readonly traceparent?: string;
  /** `Bearer <access token>`: the call is that person's, and not this process's own. */
  readonly authorization?: string;
  /**
   * Where that person is, an address: for who calls on behalf of people, such as the dashboard. The
   * other side believes it of some services alone.
   */
  readonly personSource?: string;
}

export interface CallContext {
  /** Who calls, as the guard has found out. */
  readonly caller: Caller;
  readonly correlationId: string;
  readonly traceparent: string;
  /** Aborted when the caller's deadline passes or it goes away. */
  readonly signal: AbortSignal;
  /** Tells what the call has changed, for the access log. */
  changed(change: Change): void;
}

type UnaryNames<Service> = {
  [Name in keyof Service]: Service[Name] extends UnaryMethod<infer _Q, infer _S> ? Name : never;
}[keyof Service];

/** The names of a service's bidirectional methods. */
export type DuplexNames<Service> = {
  [Name in keyof Service]: Service[Name] extends DuplexMethod<infer _Q, infer _S> ? Name : never;
}[keyof Service] &
  string;

/** The names of a service's methods that answer one request with a stream. */
export type ServerStreamNames<Service> = {
  [Name in keyof Service]: Service[Name] extends ServerStreamMethod<infer _Q, infer _S>
    ? Name
    : never;
}[keyof Service] &
  string;

export type RequestOf<Method> = Method extends { readonly request: infer Request }
  ? Request
  : never;
export type ResponseOf<Method> = Method extends { readonly response: infer Response }
  ? Response
  : never;

/**
 * A service's client, from its contract: unary methods as promises. Rejects with an `AtsError`
 * whose code is the handler's own, or one of the `RPC_` codes.
 */
export type RpcClient<Service> = {
  readonly [Name in UnaryNames<Service>]: (
    request: RequestOf<Service[Name]>,
    options: CallOptions,
  ) => Promise<ResponseOf<Service[Name]>>;
};

/** The far end of one open stream, as its handler sees it. */
export interface DuplexPeer<Response> {
  readonly context: CallContext;
  /** @returns false when the stream is gone or its buffer is full: nothing was sent. */
  send(response: Response): boolean;
}

/** What a handler keeps for one open stream. */
export interface DuplexSession<Request> {
  onMessage(request: Request): void;
  /** Called once, whichever side ended the stream. */
  onClosed(): void;
}

/** The answers to one request, as its handler sends them. */
export interface ServerStream<Response> {
  /** Its signal is aborted when the stream ends. */
  readonly context: CallContext;
  /** Whether the next `send` will be taken. */
  readonly writable: boolean;
  /** @returns false when the stream is gone or its buffer is full: nothing was sent. */
  send(response: Response): boolean;
  /** Called each time the buffer is empty again after it refused a message. */
  onDrain(handler: () => void): void;
  /** Ends the stream once all that was sent has gone, well or with an error for the caller. */
  end(error?: unknown): void;
}

type Handler<Method> =
  Method extends DuplexMethod<infer Request, infer Response>
    ? (peer: DuplexPeer<Response>) => DuplexSession<Request>
    : Method extends ServerStreamMethod<infer Request, infer Response>
      ? (
          request: Request,
          stream: ServerStream<Response>,
          // biome-ignore lint/suspicious/noConfusingVoidType: `void` alone would let promises pass.
        ) => void | (() => void)
      : (
          request: RequestOf<Method>,
          context: CallContext,
        ) => ResponseOf<Method> | Promise<ResponseOf<Method>>;

/**
 * A service's handlers, from its contract. A unary handler may answer without a promise; then no
 * timer is made for a caller in the same process. The handler of a server stream may throw, which
 * ends the stream, and may return what is to be called once the stream has ended, whichever side
 * ended it; that must not throw.
 */
export type RpcHandlers<Service> = {
  readonly [Name in keyof Service]: Handler<Service[Name]>;
};

/**
 * A bidirectional stream of requests and answers, matched by a correlation id in the messages.
 * Bound to a handler in this process, an answer may arrive within `send`. Lost streams reopen by
 * themselves; what was under way is not repeated.
 */
export interface RpcDuplex<Request, Response> {
  /** Whether the other side has taken the stream. */
  readonly up: boolean;
  /** @returns false when the stream is down or its buffer is full: nothing was sent. */
  send(request: Request): boolean;
  onMessage(handler: (response: Response) => void): void;
  /** Called each time the stream is lost; it reopens by itself with full jitter. */
  onLost(handler: (reason: string) => void): void;
  close(): void;
}

/** How the answers to one request are taken. Neither function may throw. */
export interface SubscribeOptions<Response> extends CallOptions {
  /** Milliseconds until the other side must have taken the stream; it may then last for ever. */
  readonly deadlineMs: number;
  /** First called after `subscribe` has returned, in the order of sending. */
  onMessage(response: Response): void;
  /**
   * Called once, after the last message, and not after `close`. Nothing reopens by itself: the
   * caller knows what it has seen and from where to go on.
   * @param error undefined when the service ended the stream well
   */
  onEnd(error: AtsError | undefined): void;
}

/** An open stream of answers. */
export interface RpcSubscription {
  /** Ends the stream: nothing more is delivered. */
  close(): void;
}

/** A service that is being served. */
export interface RpcServing {
  /** `host:port` of the gRPC server with the port in use; empty when only this process calls. */
  readonly address: string;
  /** What `grpc.health.v1` answers for the service; true from the start. */
  setServing(serving: boolean): void;
  /** Ends its streams and takes no more calls. */
  stop(): Promise<void>;
}

/** Where services offer handlers and find each other, in one process or across many. */
export interface RpcDirectory {
  /**
   * Serves a contract to clients in this process at once and over gRPC when it resolves.
   * @throws PORT_IN_USE with the configuration's field
   */
  serve<Service>(name: ServiceName<Service>, handlers: RpcHandlers<Service>): Promise<RpcServing>;
  /** Bound to the handlers while they are in this process, else to gRPC at the address. */
  client<Service>(name: ServiceName<Service>): RpcClient<Service>;
  /** Opens a stream. Serve before opening to be bound within the process. */
  duplex<Service, Method extends DuplexNames<Service>>(
    name: ServiceName<Service>,
    method: Method,
  ): RpcDuplex<RequestOf<Service[Method]>, ResponseOf<Service[Method]>>;
  /** Asks for a stream of answers. Never throws: what fails is told to `onEnd`. */
  subscribe<Service, Method extends ServerStreamNames<Service>>(
    name: ServiceName<Service>,
    method: Method,
    request: RequestOf<Service[Method]>,
    options: SubscribeOptions<ResponseOf<Service[Method]>>,
  ): RpcSubscription;
  /** Ends streams, stops servers, closes channels. */
  close(): Promise<void>;
}
