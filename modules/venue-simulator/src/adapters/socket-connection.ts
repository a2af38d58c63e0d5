import type { Duplex } from 'node:stream';
import type { Clock, Timers } from '@ats/runtime';
import type { WebSocket } from 'ws';
import type { FrameKind, VenueConnection, VenueRequest } from '../app/dialect-server.ts';
import type { SimulatorMetrics } from '../app/simulator-metrics.ts';
import type { VenueFaults } from '../app/venue-faults.ts';

export interface SocketConnectionOptions {
  readonly id: number;
  readonly venue: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly client: string;
  readonly headers: VenueRequest['headers'];
  readonly socket: WebSocket;
  /** What the WebSocket writes to. */
  readonly stream: Duplex;
  readonly faults: VenueFaults;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: SimulatorMetrics;
  readonly sendBufferBytesMax: number;
}

/** What waits while the latency fault is on: a frame, or the close that follows it. */
interface Delayed {
  readonly dueUs: number;
  readonly bytes: number;
  readonly run: () => void;
}

/** One client's WebSocket: faults on the way out, and a bound on what it may leave unread. */
export class SocketConnection implements VenueConnection {
  readonly id: number;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly client: string;
  readonly headers: VenueRequest['headers'];
  /** Data frames still to be dropped or doubled. */
  dropNext = 0;
  duplicateNext = 0;
  private readonly options: SocketConnectionOptions;
  private readonly socket: WebSocket;
  private readonly delayed: Delayed[] = [];
  private delayedBytes = 0;
  private corked = false;

  constructor(options: SocketConnectionOptions) {
    this.options = options;
    this.id = options.id;
    this.path = options.path;
    this.query = options.query;
    this.client = options.client;
    this.headers = options.headers;
    this.socket = options.socket;
  }

  get open(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  send(frame: string | Uint8Array, kind: FrameKind): void {
    if (!this.open) return;
    const { metrics, venue } = this.options;
    if (kind === 'data' && this.dropNext > 0) {
      this.dropNext -= 1;
      metrics.faultedFrames.add({ venue, fault: 'gap' });
      return;
    }
    this.queue(frame.length, () => this.write(frame));
    if (kind === 'data' && this.duplicateNext > 0) {
      this.duplicateNext -= 1;
      metrics.faultedFrames.add({ venue, fault: 'duplicate' });
      this.queue(frame.length, () => this.write(frame));
    }
  }

  ping(payload?: string): void {
    this.queue(0, () => {
      if (this.open) this.socket.ping(payload);
    });
  }

  close(code: number, reason: string): void {
    this.queue(0, () => this.socket.close(code, reason));
  }

  /** Ends the connection without a word, as a broken network does. */
  terminate(): void {
    this.socket.terminate();
  }

  private queue(bytes: number, run: () => void): void {
    const { faults, clock, timers } = this.options;
    if (faults.latencyMs <= 0 && this.delayed.length === 0) {
      run();
      return;
    }
    if (!this.fits(bytes)) return;
    const delayMs = Math.max(0, faults.latencyMs);
    this.delayed.push({ dueUs: clock.nowUs() + delayMs * 1000, bytes, run });
    this.delayedBytes += bytes;
    if (this.delayed.length === 1) timers.after(delayMs, () => this.release());
  }

  /** Runs what is due, in order, however short the latency has become for what came later. */
  private release(): void {
    const { clock, timers } = this.options;
    const nowUs = clock.nowUs();
    for (let first = this.delayed[0]; first !== undefined; first = this.delayed[0]) {
      if (first.dueUs > nowUs) {
        timers.after((first.dueUs - nowUs) / 1000, () => this.release());
        return;
      }
      this.delayed.shift();
      this.delayedBytes -= first.bytes;
      first.run();
    }
  }

  private write(frame: string | Uint8Array): void {
    if (!this.open || !this.fits(frame.length)) return;
    this.options.metrics.frames.add({ venue: this.options.venue });
    if (!this.corked) {
      this.corked = true;
      this.options.stream.cork();
      queueMicrotask(this.uncork);
    }
    this.socket.send(frame);
  }

  /** All frames of one turn leave in one system call, which is most of what a frame costs. */
  private readonly uncork = (): void => {
    this.corked = false;
    this.options.stream.uncork();
  };

  /** Whether the buffer has room; without it the client is gone. */
  private fits(bytes: number): boolean {
    const { sendBufferBytesMax, metrics, venue } = this.options;
    const queued = this.socket.bufferedAmount + this.delayedBytes + bytes;
    if (queued <= sendBufferBytesMax) return true;
    metrics.slowClients.add({ venue });
    this.delayed.length = 0;
    this.delayedBytes = 0;
    this.socket.terminate();
    return false;
  }
}
