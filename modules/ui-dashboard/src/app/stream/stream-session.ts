import type { AtsError } from '@ats/domain';
import type { Login } from '../logins.ts';
import { problemOf } from '../problem.ts';
import { KeptFrames } from './kept-frames.ts';

/** The way to a browser, while there is one. */
export interface StreamSocket {
  /** Bytes that wait in it. */
  readonly bufferedAmount: number;
  /** Sends one text. */
  send(bytes: Buffer, options: { readonly binary: false }): void;
  close(code: number, reason: string): void;
}

/** Something that a session has asked for. */
export interface Subscription {
  cancel(): void;
  /** Everything is to be told again: of latest values alone. */
  refresh(): void;
}

export interface SessionLimits {
  readonly subscriptionsMax: number;
  readonly keptFramesMax: number;
  readonly keptBytesMax: number;
  readonly bufferBytesMax: number;
}

const TEXT = { binary: false } as const;
/** Events sent in one go; the rest waits for the next look, so that a replay starves nobody. */
const BURST_MAX = 500;

/**
 * What one page of a browser is told, across connections. Events are numbered and kept; the socket
 * is given as many as it has room for, and after a reconnect the ones that were not seen. Latest
 * values are not kept: whoever has missed some is told of everything.
 */
export class StreamSession {
  readonly id: string;
  readonly login: Login;
  readonly subscriptions = new Map<string, Subscription>();
  /** When the connection was lost, microseconds since the epoch; 0 while there is one. */
  lostAtUs = 0;
  /** Why it cannot go on; empty while it can. */
  broken = '';
  private readonly limits: SessionLimits;
  private readonly kept: KeptFrames;
  private socket: StreamSocket | undefined;
  private madeSeq = 0;
  private sentSeq = 0;

  constructor(options: {
    readonly id: string;
    readonly login: Login;
    readonly limits: SessionLimits;
  }) {
    const { keptFramesMax: framesMax, keptBytesMax: bytesMax } = options.limits;
    this.id = options.id;
    this.login = options.login;
    this.limits = options.limits;
    this.kept = new KeptFrames({ framesMax, bytesMax });
  }

  get connected(): boolean {
    return this.socket !== undefined;
  }

  /** Frames that are kept for a reconnect. */
  get keptFrames(): number {
    return this.kept.count;
  }

  /** Whether latest values may be sent now: half of the buffer is left to events. */
  get ready(): boolean {
    const { socket, limits } = this;
    return (
      socket !== undefined &&
      this.sentSeq === this.madeSeq &&
      socket.bufferedAmount < limits.bufferBytesMax / 2
    );
  }

  attach(socket: StreamSocket): void {
    this.socket = socket;
    this.lostAtUs = 0;
  }

  detach(nowUs: number): void {
    this.socket = undefined;
    this.lostAtUs = nowUs;
  }

  /** Whether the events after this one are all kept. */
  canResume(lastSeq: number): boolean {
    if (this.broken !== '' || lastSeq > this.madeSeq) return false;
    return lastSeq + 1 >= this.kept.oldestSeq(this.madeSeq + 1);
  }

  /** Sends on from there. */
  resume(lastSeq: number): void {
    this.sentSeq = lastSeq;
    for (const subscription of this.subscriptions.values()) subscription.refresh();
    this.pump();
  }

  /** A frame that is neither numbered nor kept. */
  tell(frame: object): void {
    this.socket?.send(Buffer.from(JSON.stringify(frame)), TEXT);
  }

  /** A frame of latest values, whole. */
  sendLatest(frame: Buffer): void {
    this.socket?.send(frame, TEXT);
  }

  event(id: string, text: string): void {
    this.keep(`{"id":${JSON.stringify(id)},"seq":${this.madeSeq + 1},"data":${text}}`);
  }

  /** Ends a subscription, well or with why not. */
  over(id: string, error: AtsError | undefined, requestId: string): void {
    if (!this.subscriptions.delete(id)) return;
    const seq = this.madeSeq + 1;
    const retry = error !== undefined && error.retry !== 'never';
    const frame =
      error === undefined
        ? { id, seq, end: true }
        : { id, seq, error: problemOf(error, requestId), retry };
    this.keep(JSON.stringify(frame));
  }

  /** Sends what waits, as far as the socket has room. */
  pump(): void {
    const { socket, limits } = this;
    if (socket === undefined) return;
    for (let sent = 0; this.sentSeq < this.madeSeq && sent < BURST_MAX; sent += 1) {
      if (socket.bufferedAmount >= limits.bufferBytesMax) return;
      const frame = this.kept.at(this.sentSeq + 1);
      if (frame === undefined) return;
      this.sentSeq = frame.seq;
      socket.send(frame.bytes, TEXT);
    }
  }

  /** Frees everything. */
  end(): void {
    for (const subscription of this.subscriptions.values()) subscription.cancel();
    this.subscriptions.clear();
  }

  closeSocket(code: number, reason: string): void {
    this.socket?.close(code, reason);
  }

  private keep(text: string): void {
    if (this.broken !== '') return;
    this.madeSeq += 1;
    this.kept.push({ seq: this.madeSeq, bytes: Buffer.from(text) });
    // What has not been sent must not be dropped unseen.
    if (this.kept.oldestSeq(this.madeSeq + 1) > this.sentSeq + 1) this.broken = 'too slow';
    else this.pump();
  }
}
