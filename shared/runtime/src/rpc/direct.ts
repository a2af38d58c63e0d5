import type { Timers } from '../clock.ts';
import { LazyCallContext } from './call-context.ts';
import type { CallIds } from './call-ids.ts';
import type { Caller } from './caller.ts';
import type { CallOptions, DuplexPeer, DuplexSession, RpcDuplex } from './directory.ts';
import { asAtsError, deadlineExceeded } from './status-table.ts';

export type UnaryHandler = (request: object, context: LazyCallContext) => object | Promise<object>;
export type DuplexHandler = (peer: DuplexPeer<object>) => DuplexSession<object>;

/** A call as its caller made it. */
export interface UnaryCall {
  readonly service: string;
  readonly name: string;
  readonly request: object;
  readonly options: CallOptions;
}

export interface DirectCall {
  readonly handler: UnaryHandler;
  readonly method: string;
  readonly request: object;
  readonly options: CallOptions;
  readonly ids: CallIds;
  readonly caller: Caller;
  readonly timers: Timers;
}

/** Calls a handler in this process: the same messages, errors and deadlines, and no socket. */
export function callDirect(call: DirectCall): Promise<object> {
  const context = new LazyCallContext(call.ids, call.caller);
  let answer: object | Promise<object>;
  try {
    answer = call.handler(call.request, context);
  } catch (thrown) {
    return Promise.reject(asAtsError(thrown));
  }
  if (!(answer instanceof Promise)) return Promise.resolve(answer);
  return withDeadline(answer, call, context);
}

function withDeadline(
  answer: Promise<object>,
  call: DirectCall,
  context: LazyCallContext,
): Promise<object> {
  return new Promise((resolve, reject) => {
    const timer = call.timers.after(call.options.deadlineMs, () => {
      const late = deadlineExceeded(call.method, call.options.deadlineMs);
      reject(late);
      context.abort(late);
    });
    answer.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (thrown: unknown) => {
        timer.cancel();
        reject(asAtsError(thrown));
      },
    );
  });
}

/** What a stream within the process needs of the served service. */
export interface DirectTarget {
  /** The handler while the service is served, else undefined. */
  handler(): DuplexHandler | undefined;
  readonly ids: CallIds;
  readonly caller: Caller;
  /** Learns of sessions, so that stopping the service ends them. */
  opened(end: (reason: string) => void): () => void;
  readonly onClose: () => void;
}

/** A stream to a handler in this process. An answer to `send` may come before `send` returns. */
export class DirectDuplex implements RpcDuplex<object, object> {
  private readonly target: DirectTarget;
  private session: DuplexSession<object> | undefined;
  private context: LazyCallContext | undefined;
  private forget: (() => void) | undefined;
  private closed = false;
  private readonly messageHandlers: ((response: object) => void)[] = [];
  private readonly lostHandlers: ((reason: string) => void)[] = [];

  constructor(target: DirectTarget) {
    this.target = target;
    this.open();
  }

  get up(): boolean {
    return !this.closed && (this.session !== undefined || this.target.handler() !== undefined);
  }

  send(request: object): boolean {
    const session = this.session ?? this.open();
    if (session === undefined) return false;
    try {
      session.onMessage(request);
      return true;
    } catch (thrown) {
      this.lose(asAtsError(thrown).message);
      return false;
    }
  }

  onMessage(handler: (response: object) => void): void {
    this.messageHandlers.push(handler);
  }

  onLost(handler: (reason: string) => void): void {
    this.lostHandlers.push(handler);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.end();
    this.target.onClose();
  }

  private open(): DuplexSession<object> | undefined {
    const handler = this.closed ? undefined : this.target.handler();
    if (handler === undefined) return undefined;
    const context = new LazyCallContext(this.target.ids, this.target.caller);
    const send = (response: object): boolean => {
      if (this.context !== context) return false;
      for (const deliver of this.messageHandlers) deliver(response);
      return true;
    };
    this.context = context;
    this.session = handler({ context, send });
    this.forget = this.target.opened((reason) => this.lose(reason));
    return this.session;
  }

  private lose(reason: string): void {
    if (!this.end()) return;
    for (const tell of this.lostHandlers) tell(reason);
  }

  private end(): boolean {
    const { session, context } = this;
    if (session === undefined) return false;
    this.session = undefined;
    this.context = undefined;
    this.forget?.();
    context?.abort(new Error('the stream ended'));
    session.onClosed();
    return true;
  }
}
