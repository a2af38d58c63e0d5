import type { BookStatusReason } from '@ats/domain';
import {
  type FeedDialect,
  type FeedMarket,
  type FeedSession,
  LiveSink,
  type VenueCore,
} from '@ats/price-collector';
import type { Clock, RandomStream, Timers } from '@ats/runtime';
import type { AttachedDialect, ConnectionHandler } from '@ats/venue-simulator';
import { type NetworkCounts, type NetworkFaults, NetworkLane } from './network.ts';

export interface SimLinkOptions {
  readonly dialect: FeedDialect;
  readonly server: AttachedDialect;
  readonly path: string;
  readonly symbols: readonly string[];
  readonly depth: number;
  readonly core: VenueCore;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly counts: NetworkCounts;
  readonly faults: () => NetworkFaults;
}

const REST_LATENCY_MS = 15;
const RECONNECT_MS_MAX = 800;

interface Wire {
  readonly session: FeedSession;
  readonly sink: LiveSink;
  readonly handler: ConnectionHandler;
  readonly toClient: NetworkLane;
  readonly toServer: NetworkLane;
}

/**
 * A collector's connection to a simulated venue without sockets: the production session and core
 * at one end, the production protocol server at the other, and a bad network between them.
 */
export class SimLink {
  private readonly options: SimLinkOptions;
  private wire: Wire | undefined;
  private connections = 0;
  private lastFrameUs = 0;

  constructor(options: SimLinkOptions) {
    this.options = options;
  }

  get isOpen(): boolean {
    return this.wire !== undefined;
  }

  connect(): void {
    const { options } = this;
    this.connections += 1;
    const sink = new LiveSink({ core: options.core, connection: this, onProblem: () => undefined });
    const { dialect, symbols, depth, clock } = options;
    const channels = ['book', 'trade', 'ticker'] as const;
    const session = dialect.open({ sink, symbols, depth, channels });
    const toClient = this.lane((text) => this.receive(wire, text));
    const toServer = this.lane((text) => handler.onText(text));
    let open = true;
    const handler = options.server.connect({
      id: this.connections,
      path: options.path,
      query: new URLSearchParams(),
      client: '127.0.0.1',
      send: (frame, kind) => {
        const text = typeof frame === 'string' ? frame : Buffer.from(frame).toString('utf8');
        toClient.send(text, kind === 'data');
      },
      ping: () => undefined,
      close: () => {
        open = false;
        options.timers.after(1, () => this.cut(wire, 'DISCONNECTED'));
      },
      get open() {
        return open;
      },
    });
    const wire: Wire = { session, sink, handler, toClient, toServer };
    this.wire = wire;
    this.lastFrameUs = clock.nowUs();
    options.core.attach(this, symbols);
    session.start();
    this.scheduleCut(wire);
  }

  send(text: string): void {
    const { wire } = this;
    if (wire === undefined) return;
    wire.toServer.send(text, false);
    wire.session.onSent(text);
  }

  fetch(path: string): void {
    const { wire } = this;
    const { server, timers, clock, core } = this.options;
    const latencyMs = () => this.options.random.next() * REST_LATENCY_MS;
    timers.after(latencyMs(), () => {
      const url = new URL(path, 'http://venue');
      const answer = server.handle({
        method: 'GET',
        path: url.pathname,
        query: url.searchParams,
        rawQuery: url.search.slice(1),
        headers: {},
        body: '',
        client: '127.0.0.1',
      });
      timers.after(latencyMs(), () => {
        if (wire === undefined || this.wire !== wire || answer === undefined) return;
        wire.sink.receivedAtUs = clock.nowUs();
        wire.session.onRest(path, answer.body, clock.nowUs());
        core.afterFrame();
      });
    });
  }

  resync(market: FeedMarket): void {
    this.wire?.session.resync(market);
  }

  reconnect(reason: BookStatusReason): void {
    const { wire } = this;
    if (wire !== undefined) this.options.timers.after(0, () => this.cut(wire, reason));
  }

  /** As the production connection does: silence over the venue's limit ends it. */
  guard(): void {
    const { dialect, clock } = this.options;
    const silentUs = clock.nowUs() - this.lastFrameUs;
    if (silentUs > dialect.silenceLimitMs * 1000) this.reconnect('HEARTBEAT_MISSED');
  }

  close(): void {
    if (this.wire !== undefined) this.end(this.wire, 'SHUTDOWN');
  }

  private receive(wire: Wire, text: string): void {
    if (this.wire !== wire) return;
    const { clock, core } = this.options;
    this.lastFrameUs = clock.nowUs();
    core.counters.frames += 1;
    wire.sink.receivedAtUs = this.lastFrameUs;
    wire.session.onText(text, this.lastFrameUs);
    core.afterFrame();
  }

  private cut(wire: Wire, reason: BookStatusReason): void {
    if (this.wire !== wire) return;
    this.end(wire, reason);
    const delayMs = this.options.random.next() * RECONNECT_MS_MAX;
    this.options.timers.after(delayMs, () => this.connect());
  }

  private end(wire: Wire, reason: BookStatusReason): void {
    this.wire = undefined;
    wire.toClient.close();
    wire.toServer.close();
    wire.handler.onClose();
    this.options.core.detach(this.options.symbols, reason);
  }

  private lane(deliver: (text: string) => void): NetworkLane {
    const { timers, clock, random, counts, faults } = this.options;
    return new NetworkLane({ timers, nowUs: () => clock.nowUs(), random, counts, faults, deliver });
  }

  private scheduleCut(wire: Wire): void {
    const { random, timers, faults, counts } = this.options;
    const meanMs = faults().cutEveryMs;
    if (!Number.isFinite(meanMs)) return;
    timers.after(random.exponential() * meanMs, () => {
      if (this.wire !== wire || !Number.isFinite(faults().cutEveryMs)) return;
      counts.cuts += 1;
      this.cut(wire, 'DISCONNECTED');
    });
  }
}
