import type { BookStatusReason } from '@ats/domain';
import {
  type Clock,
  fullJitterMs,
  type Logger,
  type RandomStream,
  type TimerHandle,
  type Timers,
  TokenBucket,
} from '@ats/runtime';
import { WebSocket } from 'ws';
import type { MarketLane } from '../app/collector-market.ts';
import { type LiveConnection, LiveSink } from '../app/live-sink.ts';
import type { VenueCore } from '../app/venue-core.ts';
import type { FeedDialect, FeedMarket, FeedSession, SessionOptions } from '../domain/feed.ts';
import type { FrameTap } from '../domain/venue-feed.ts';
import type { RestClient } from './rest-client.ts';

export interface ConnectionSettings {
  readonly connectTimeoutMs: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** Texts that may wait for the send budget; one more and the connection is made anew. */
  readonly sendQueueMax: number;
  /** Longest frame that is accepted. */
  readonly frameBytesMax: number;
}

export interface VenueConnectionOptions {
  readonly dialect: FeedDialect;
  /** Tried in turn. */
  readonly urls: readonly string[];
  readonly symbols: readonly string[];
  readonly depth: number;
  readonly channels: SessionOptions['channels'];
  readonly core: VenueCore;
  readonly rest: RestClient;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly logger: Logger;
  readonly settings: ConnectionSettings;
  readonly tap?: FrameTap;
}

/** How long a closing handshake may take before the socket is cut. */
const CLOSE_TIMEOUT_MS = 500;

/** One socket's life: from its opening to its end it has one session. */
interface Link {
  readonly socket: WebSocket;
  readonly url: string;
  readonly session: FeedSession;
  readonly sink: LiveSink;
}

/**
 * One WebSocket connection that stays: opens, subscribes, reads, and after any end opens the next
 * endpoint with full jitter. Subscriptions are replayed because each opening has a new session.
 */
export class VenueConnection implements LiveConnection, MarketLane {
  private readonly options: VenueConnectionOptions;
  private readonly sends: TokenBucket;
  private readonly outbox: string[] = [];
  private socket: WebSocket | undefined;
  private link: Link | undefined;
  private retryTimer: TimerHandle | undefined;
  private sendTimer: TimerHandle | undefined;
  private stopped = false;
  /** Vain attempts since a frame last came. */
  private attempt = 0;
  private endpoint = 0;
  private aliveAtUs = 0;
  private sentAtUs = 0;
  private reading = false;
  /** Asked for by the session in the middle of a frame: done when the frame is read. */
  private wish: { readonly reason: BookStatusReason; readonly detail: string } | undefined;

  constructor(options: VenueConnectionOptions) {
    this.options = options;
    const perSecond = options.dialect.sendsPerSecondMax;
    this.sends = new TokenBucket({ perSecond, burst: Math.max(1, Math.floor(perSecond)) });
  }

  get isOpen(): boolean {
    return this.link !== undefined;
  }

  start(): void {
    this.connect();
  }

  /** Reconnects when the venue has been silent too long, and keeps the connection alive. */
  guard(nowUs: number): void {
    const { dialect } = this.options;
    if (this.link === undefined) return;
    if (nowUs - this.aliveAtUs > dialect.silenceLimitMs * 1000) {
      this.reconnect('HEARTBEAT_MISSED', `silent for over ${dialect.silenceLimitMs} ms`);
      return;
    }
    const { keepAlive } = dialect;
    if (keepAlive !== undefined && nowUs - this.sentAtUs > keepAlive.everyMs * 1000) {
      this.sentAtUs = nowUs;
      this.send(keepAlive.text);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.retryTimer?.cancel();
    const { socket } = this;
    this.unlink('SHUTDOWN');
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    const closed = Promise.withResolvers<void>();
    socket.once('close', () => closed.resolve());
    if (socket.readyState === WebSocket.OPEN) {
      socket.close(1000);
      const cut = this.options.timers.after(CLOSE_TIMEOUT_MS, () => socket.terminate());
      await closed.promise;
      cut.cancel();
    } else {
      socket.terminate();
      await closed.promise;
    }
  }

  send(text: string): void {
    if (this.outbox.length >= this.options.settings.sendQueueMax) {
      this.options.core.counters.limit('send_queue');
      this.reconnect('VENUE_ERROR', 'too many texts wait to be sent');
      return;
    }
    this.outbox.push(text);
    this.flush();
  }

  fetch(path: string): void {
    const { link } = this;
    const { rest, clock, tap } = this.options;
    rest.get(path, ({ url, body }) => {
      if (link === undefined || this.link !== link) return;
      const atUs = clock.nowUs();
      tap?.answered(url, body, atUs);
      link.sink.receivedAtUs = atUs;
      link.session.onRest(path, body, atUs);
      this.options.core.afterFrame();
    });
  }

  resync(market: FeedMarket): void {
    this.link?.session.resync(market);
  }

  reconnect(reason: BookStatusReason, detail: string): void {
    const { socket } = this;
    if (socket === undefined || this.stopped) return;
    if (this.reading) {
      this.wish = { reason, detail };
      return;
    }
    this.options.logger.warn('connection.dropped', detail, { reason });
    this.unlink(reason);
    socket.terminate();
    this.retry();
  }

  private connect(): void {
    const { urls, settings, logger } = this.options;
    const url = urls[this.endpoint % urls.length] as string;
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      handshakeTimeout: settings.connectTimeoutMs,
      maxPayload: settings.frameBytesMax,
    });
    this.socket = socket;
    socket.on('open', () => this.onOpen(socket, url));
    socket.on('message', (data: Buffer) => this.onFrame(socket, data));
    socket.on('ping', () => {
      this.aliveAtUs = this.options.clock.nowUs();
    });
    socket.on('error', (error) => {
      logger.warn('connection.failed', `${url}: ${error.message}`, { url });
    });
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.unlink('DISCONNECTED');
      this.retry();
    });
  }

  private onOpen(socket: WebSocket, url: string): void {
    if (this.socket !== socket || this.stopped) return;
    const { core, dialect, symbols, depth, channels, clock, tap, logger } = this.options;
    const nowUs = clock.nowUs();
    const sink = new LiveSink({
      core,
      connection: this,
      onProblem: (event, detail) => {
        if (event === 'frame.malformed') logger.debug(event, detail);
        else logger.warn(event, detail);
      },
    });
    const session = dialect.open({ sink, symbols, depth, channels });
    this.link = { socket, url, session, sink };
    this.aliveAtUs = nowUs;
    this.sentAtUs = nowUs;
    core.counters.connects += 1;
    tap?.opened(url, nowUs);
    logger.info('connection.opened', `${url} is open`, { url, symbols: symbols.length });
    core.attach(this, symbols);
    session.start();
  }

  private onFrame(socket: WebSocket, data: Buffer): void {
    const { link } = this;
    if (link === undefined || link.socket !== socket) return;
    const { core, clock, tap } = this.options;
    const atUs = clock.nowUs();
    this.aliveAtUs = atUs;
    this.attempt = 0;
    core.counters.frames += 1;
    const text = data.toString('utf8');
    if (tap !== undefined) tap.received(text, atUs);
    link.sink.receivedAtUs = atUs;
    this.reading = true;
    link.session.onText(text, atUs);
    core.afterFrame();
    this.reading = false;
    this.grantWish();
  }

  private grantWish(): void {
    const { wish } = this;
    if (wish === undefined) return;
    this.wish = undefined;
    this.reconnect(wish.reason, wish.detail);
  }

  private flush(): void {
    const { link, sendTimer } = this;
    if (link === undefined || sendTimer !== undefined) return;
    const { clock, timers, core, tap } = this.options;
    while (this.outbox.length > 0) {
      const nowUs = clock.nowUs();
      if (!this.sends.take(nowUs)) {
        core.counters.limit('send_budget');
        this.sendTimer = timers.after(this.sends.waitMs(nowUs), () => {
          this.sendTimer = undefined;
          this.flush();
        });
        return;
      }
      const text = this.outbox.shift() as string;
      this.sentAtUs = nowUs;
      link.socket.send(text);
      tap?.sent(text, nowUs);
      link.session.onSent(text);
    }
  }

  /** Ends the session; its books are nobody's from here on. */
  private unlink(reason: BookStatusReason): void {
    this.socket = undefined;
    this.sendTimer?.cancel();
    this.sendTimer = undefined;
    this.outbox.length = 0;
    this.link = undefined;
    this.options.core.detach(this.options.symbols, reason);
  }

  private retry(): void {
    if (this.stopped) return;
    const { settings, random, timers, core } = this.options;
    const delayMs = fullJitterMs({
      attempt: this.attempt,
      baseMs: settings.backoffBaseMs,
      maxMs: settings.backoffMaxMs,
      random: random.next(),
    });
    this.attempt += 1;
    this.endpoint += 1;
    core.counters.reconnects += 1;
    this.retryTimer = timers.after(delayMs, () => this.connect());
  }
}
