/**
 * The shape that `proto-loader-gen-types` gives a service: method name to its request and
 * response types. The generated `<Name>Definition` interfaces fit it.
 */
// biome-ignore lint/complexity/noBannedTypes: the generated definitions have no index signature
export type ServiceShape = {};

/** Reads the message types out of a generated method definition. */
type RequestOf<Method> = Method extends { requestSerialize: (value: infer Request) => Buffer }
  ? Request
  : never;
type RequestInOf<Method> = Method extends { requestDeserialize: (bytes: Buffer) => infer Request }
  ? Request
  : never;
type ResponseOf<Method> = Method extends { responseSerialize: (value: infer Response) => Buffer }
  ? Response
  : never;
type ResponseInOf<Method> = Method extends {
  responseDeserialize: (bytes: Buffer) => infer Response;
}
  ? Response
  : never;

/** Passed along with every call. */
export interface CallOptions {
  /** Milliseconds until the caller stops waiting. Every call has one. */
  readonly deadlineMs: number;
  readonly correlationId?: string;
  readonly traceparent?: string;
}

export interface CallContext {
  readonly correlationId: string;
  readonly traceparent: string;
  /** Aborted when the caller's deadline passes or it goes away. */
  readonly signal: AbortSignal;
}

/** A service's client, from its contract: unary methods as promises. */
export type RpcClient<Service extends ServiceShape> = {
  readonly [Name in keyof Service]: (
    request: RequestOf<Service[Name]>,
    options: CallOptions,
  ) => Promise<ResponseInOf<Service[Name]>>;
};

/** A service's handlers, from its contract. A handler may answer without a promise. */
export type RpcHandlers<Service extends ServiceShape> = {
  readonly [Name in keyof Service]: (
    request: RequestInOf<Service[Name]>,
    context: CallContext,
  ) => ResponseOf<Service[Name]> | Promise<ResponseOf<Service[Name]>>;
};

/** A bidirectional stream of requests and answers, matched by a correlation id in the messages. */
export interface RpcDuplex<Request, Response> {
  /** @returns false when the stream is down or its buffer is full: nothing was sent. */
  send(request: Request): boolean;
  onMessage(handler: (response: Response) => void): void;
  /** Called each time the stream is lost; it reopens by itself with full jitter. */
  onLost(handler: (reason: string) => void): void;
  close(): void;
}

/** Where services offer handlers and find each other, in one process or across many. */
export interface RpcDirectory {
  /** Serves a contract over gRPC and to clients in this process. */
  serve<Service extends ServiceShape>(
    name: ServiceName<Service>,
    handlers: RpcHandlers<Service>,
  ): void;
  /** Bound to the handlers when they are in this process, else to gRPC at the configured address. */
  client<Service extends ServiceShape>(name: ServiceName<Service>): RpcClient<Service>;
}

/** A contract's full name, such as `ats.risk.v1.RiskService`, that remembers its type. */
export interface ServiceName<Service extends ServiceShape> {
  readonly fullName: string;
  /** Never set: carries the type. */
  readonly shape?: Service;
}
