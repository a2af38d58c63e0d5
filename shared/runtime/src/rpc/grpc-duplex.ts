import type { ClientDuplexStream, StatusObject } from '@grpc/grpc-js';
import type { TimerHandle, Timers } from '../clock.ts';
import type { RandomStream } from '../random.ts';
import { type BackoffOptions, fullJitterMs } from './backoff.ts';
import type { RpcDuplex } from './directory.ts';

/** Messages that may wait in one stream before `send` refuses. */
export const STREAM_BUFFER_MAX = 1024;
const BACKOFF: BackoffOptions = { baseMs: 50, maxMs: 2000 };

export interface GrpcDuplexOptions {
  readonly open: () => ClientDuplexStream<object, object>;
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly onLoss: () => void;
  readonly onRefused: () => void;
  readonly onClose: () => void;
}

/** A stream over gRPC that reopens by itself with full jitter. */
export class GrpcDuplex implements RpcDuplex<object, object> {
  private readonly options: GrpcDuplexOptions;
  private stream: ClientDuplexStream<object, object> | undefined;
  private reopening: TimerHandle | undefined;
  private taken = false;
  private closed = false;
  private failures = 0;
  private readonly messageHandlers: ((response: object) => void)[] = [];
  private readonly lostHandlers: ((reason: string) => void)[] = [];

  constructor(options: GrpcDuplexOptions) {
    this.options = options;
    this.open();
  }

  get up(): boolean {
    return this.taken;
  }

  send(request: object): boolean {
    const { stream } = this;
    if (!this.taken || stream === undefined) return false;
    if (stream.writableLength >= STREAM_BUFFER_MAX) {
      this.options.onRefused();
      return false;
    }
    stream.write(request);
    return true;
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
    this.taken = false;
    this.reopening?.cancel();
    this.stream?.cancel();
    this.options.onClose();
  }

  private open(): void {
    const stream = this.options.open();
    this.stream = stream;
    stream.on('metadata', () => {
      if (this.stream !== stream || this.closed) return;
      this.taken = true;
      this.failures = 0;
    });
    stream.on('data', (response: object) => {
      if (this.closed) return;
      for (const deliver of this.messageHandlers) deliver(response);
    });
    // The status says the same and always comes; without a listener the error would be thrown.
    stream.on('error', () => {});
    stream.on('status', (end: StatusObject) => this.lost(stream, end));
  }

  private lost(stream: ClientDuplexStream<object, object>, end: StatusObject): void {
    if (this.stream !== stream || this.closed) return;
    const wasUp = this.taken;
    this.taken = false;
    this.stream = undefined;
    const waitMs = fullJitterMs({
      ...BACKOFF,
      attempt: this.failures,
      random: this.options.random.next(),
    });
    this.failures += 1;
    this.reopening = this.options.timers.after(waitMs, () => this.open());
    if (!wasUp) return;
    this.options.onLoss();
    for (const tell of this.lostHandlers) tell(end.details || 'the other side ended the stream');
  }
}
