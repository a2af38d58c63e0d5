import type { AtsError } from '@ats/domain';
import type { LazyCallContext } from './call-context.ts';
import type { ServerStream } from './directory.ts';
import { STREAM_BUFFER_MAX } from './grpc-duplex.ts';
import { unavailable } from './status-table.ts';

export type StreamHandler = (request: object, stream: ServerStream<object>) => unknown;

/** What the way to the caller, in this process or over gRPC, does for a stream of answers. */
export interface ServedStreamOptions {
  /** The service's full name. */
  readonly service: string;
  readonly context: LazyCallContext;
  /** The service's open streams: stopping it calls each. */
  readonly ended: Set<(reason: string) => void>;
  /** Messages that wait for the caller. */
  waiting(): number;
  write(response: object): void;
  /** Ends the stream once what waits has gone. */
  finish(error: AtsError | undefined): void;
  /** What the caller is told about something thrown. */
  failed(thrown: unknown): AtsError;
  onRefused(): void;
}

/** The handler's end of one stream of answers; the same for both ways to the caller. */
export class ServedStream implements ServerStream<object> {
  readonly context: LazyCallContext;
  private readonly options: ServedStreamOptions;
  private readonly stop: (reason: string) => void;
  private readonly drainHandlers: (() => void)[] = [];
  private onClosed: unknown;
  private open = true;
  private refused = false;

  constructor(options: ServedStreamOptions) {
    this.options = options;
    this.context = options.context;
    this.stop = (reason) => this.end(unavailable(options.service, reason));
    options.ended.add(this.stop);
  }

  get writable(): boolean {
    return this.open && this.options.waiting() < STREAM_BUFFER_MAX;
  }

  /** Whether a handler waits to hear that the buffer is empty again. */
  get awaitsDrain(): boolean {
    return this.open && this.refused;
  }

  start(handler: StreamHandler, request: object): void {
    try {
      this.onClosed = handler(request, this);
    } catch (thrown) {
      this.end(thrown);
    }
    // It may have ended while its handler ran, which only now said what to call.
    if (!this.open) this.tellClosed();
  }

  send(response: object): boolean {
    if (this.writable) {
      this.options.write(response);
      return true;
    }
    if (this.open) {
      this.refused = true;
      this.options.onRefused();
    }
    return false;
  }

  onDrain(handler: () => void): void {
    this.drainHandlers.push(handler);
  }

  end(error?: unknown): void {
    if (!this.open) return;
    const told = error === undefined ? undefined : this.options.failed(error);
    this.close();
    this.options.finish(told);
  }

  /** The buffer is empty. */
  drained(): void {
    if (!this.awaitsDrain) return;
    this.refused = false;
    try {
      for (const tell of this.drainHandlers) tell();
    } catch (thrown) {
      this.end(thrown);
    }
  }

  /** The caller is gone. */
  close(): void {
    if (!this.open) return;
    this.open = false;
    this.options.ended.delete(this.stop);
    this.context.abort(new Error('the stream ended'));
    this.tellClosed();
  }

  private tellClosed(): void {
    const { onClosed } = this;
    this.onClosed = undefined;
    if (typeof onClosed === 'function') onClosed();
  }
}
