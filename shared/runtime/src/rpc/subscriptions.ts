import type { AtsError } from '@ats/domain';
import { type ClientReadableStream, type StatusObject, status } from '@grpc/grpc-js';
import type { TimerHandle, Timers } from '../clock.ts';
import type { Breaker } from './breaker.ts';
import type { LazyCallContext } from './call-context.ts';
import type { RpcSubscription } from './directory.ts';
import { ServedStream, type StreamHandler } from './served-stream.ts';
import { asAtsError, deadlineExceeded, fromStatus } from './status-table.ts';

/** Who takes the answers. */
export interface Listener {
  onMessage(response: object): void;
  onEnd(error: AtsError | undefined): void;
}

/** A stream that could not be asked for; says so once its caller has it. */
export function failedSubscription(error: AtsError, listener: Listener): RpcSubscription {
  let closed = false;
  queueMicrotask(() => {
    if (!closed) listener.onEnd(error);
  });
  return {
    close() {
      closed = true;
    },
  };
}

/** A stream that is opened once it is known who asks. */
export function laterSubscription<Asker>(parts: {
  readonly asker: Promise<Asker>;
  readonly open: (asker: Asker) => RpcSubscription;
  readonly listener: Listener;
}): RpcSubscription {
  const { asker, open, listener } = parts;
  let closed = false;
  let opened: RpcSubscription | undefined;
  asker
    .then((found) => {
      if (!closed) opened = open(found);
    })
    .catch((thrown: unknown) => {
      if (!closed) listener.onEnd(asAtsError(thrown));
    });
  return {
    close() {
      closed = true;
      opened?.close();
    },
  };
}

export interface DirectSubscriptionOptions {
  readonly service: string;
  readonly handler: StreamHandler;
  readonly request: object;
  readonly context: LazyCallContext;
  readonly ended: Set<(reason: string) => void>;
  readonly listener: Listener;
  readonly timers: Timers;
  readonly onRefused: () => void;
}

/**
 * Answers of a handler in this process. They wait, as many as over gRPC, until the code that sent
 * them has returned: neither side is called within a call of its own.
 */
export class DirectSubscription implements RpcSubscription {
  private readonly options: DirectSubscriptionOptions;
  private readonly stream: ServedStream;
  private waiting: object[] = [];
  private scheduled = false;
  private end: { readonly error: AtsError | undefined } | undefined;
  private closed = false;

  constructor(options: DirectSubscriptionOptions) {
    this.options = options;
    this.stream = new ServedStream({
      ...options,
      waiting: () => this.waiting.length,
      write: (response) => {
        this.waiting.push(response);
        this.schedule();
      },
      finish: (error) => {
        this.end = { error };
        this.schedule();
      },
      failed: asAtsError,
    });
    this.stream.start(options.handler, options.request);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.waiting = [];
    this.stream.close();
  }

  private schedule(): void {
    if (this.scheduled || this.closed) return;
    this.scheduled = true;
    queueMicrotask(() => this.deliver());
  }

  private deliver(): void {
    const { listener, timers } = this.options;
    const batch = this.waiting;
    this.waiting = [];
    this.scheduled = false;
    for (const response of batch) {
      if (this.closed) return;
      listener.onMessage(response);
    }
    // An answer may have caused more of them, which have been scheduled.
    if (this.closed || this.waiting.length > 0) return;
    if (this.end !== undefined) {
      this.closed = true;
      listener.onEnd(this.end.error);
    } else if (this.stream.awaitsDrain) {
      // By a timer, so that a long replay leaves the process time for other things.
      timers.after(0, () => this.stream.drained());
    }
  }
}

export interface GrpcSubscriptionOptions {
  readonly open: () => ClientReadableStream<object>;
  readonly breaker: Breaker;
  readonly timers: Timers;
  /** The method's path, for messages. */
  readonly path: string;
  /** Milliseconds until the other side must have taken the stream. */
  readonly deadlineMs: number;
  readonly listener: Listener;
}

/** Answers over gRPC. */
export class GrpcSubscription implements RpcSubscription {
  private readonly options: GrpcSubscriptionOptions;
  private call: ClientReadableStream<object> | undefined;
  private opening: TimerHandle | undefined;
  private closed = false;

  constructor(options: GrpcSubscriptionOptions) {
    this.options = options;
    options.breaker
      .run(() => this.open())
      .catch((thrown: unknown) => this.finish(asAtsError(thrown)));
  }

  close(): void {
    if (!this.over()) return;
    this.call?.cancel();
  }

  /** Resolves when the other side has taken the stream, or the caller wants it no more. */
  private open(): Promise<void> {
    const { path, deadlineMs, timers, listener } = this.options;
    return new Promise((resolve, reject) => {
      const call = this.options.open();
      this.call = call;
      this.opening = timers.after(deadlineMs, () => {
        const late = deadlineExceeded(path, deadlineMs);
        this.finish(late);
        reject(late);
        call.cancel();
      });
      call.on('metadata', () => {
        this.opening?.cancel();
        resolve();
      });
      call.on('data', (response: object) => {
        if (!this.closed) listener.onMessage(response);
      });
      // The status says the same and always comes; without a listener the error would be thrown.
      call.on('error', () => {});
      call.on('status', (end: StatusObject) => {
        const error = end.code === status.OK ? undefined : fromStatus(end, path);
        if (error === undefined || this.closed) resolve();
        else reject(error);
        // Answers that were received before may still be on their way through the stream.
        if (call.readableEnded) this.finish(error);
        else call.once('end', () => this.finish(error));
      });
    });
  }

  private finish(error: AtsError | undefined): void {
    if (this.over()) this.options.listener.onEnd(error);
  }

  /** @returns false when it was over before */
  private over(): boolean {
    if (this.closed) return false;
    this.closed = true;
    this.opening?.cancel();
    return true;
  }
}
