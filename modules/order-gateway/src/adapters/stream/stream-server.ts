import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Balance } from '@ats/domain';
import { type BalanceKey, balanceKey, readBalanceItem, readLedgerEntry } from '@ats/orders';
import { type Logger, limitHits, type Metrics, type TimerHandle } from '@ats/runtime';
import type { LogRecord, StateStore } from '@ats/storage';
import { type WebSocket, WebSocketServer } from 'ws';
import type { EventTail } from '../../app/event-tail.ts';
import type { MarketFeed } from '../../app/market-feed.ts';
import { bearerToken, type Principal } from '../../domain/permissions.ts';
import { STREAM_PATH } from './messages.ts';
import { CLOSE, StreamClient, type StreamClientParts } from './stream-client.ts';
import type { StreamIdentityParts } from './stream-identity.ts';

export interface StreamServerOptions extends StreamIdentityParts {
  readonly server: Server;
  readonly tail: EventTail;
  readonly feed: MarketFeed;
  readonly state: Pick<StateStore, 'get'>;
  readonly balancesOf: StreamClientParts['balancesOf'];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly limits: {
    readonly clientsMax: number;
    readonly subscriptionsMax: number;
    readonly bufferBytesMax: number;
    readonly conflateMs: number;
    readonly authenticateMs: number;
    readonly heartbeatMs: number;
  };
}

/** Longest message of a client, bytes. */
const MESSAGE_BYTES_MAX = 16_384;
/** A client that does not finish closing is cut off after this. */
const CLOSING_MS = 1000;

function streamMetrics(metrics: Metrics) {
  return {
    clients: metrics.gauge({
      name: 'ats_gateway_stream_clients',
      help: 'Clients of the stream.',
      labels: [],
    }),
    conflated: metrics.counter({
      name: 'ats_gateway_stream_conflated_total',
      help: 'Market events and balances that a newer one replaced before a client had room.',
      labels: [],
    }),
    closed: metrics.counter({
      name: 'ats_gateway_stream_closed_total',
      help: 'Clients that the gateway closed or turned away, by reason.',
      labels: ['reason'],
    }),
    onTooMany: limitHits(metrics, {
      name: 'ats_gateway_stream_limit_hits_total',
      limits: ['subscriptions'],
    }),
    unreadable: metrics.counter({
      name: 'ats_gateway_stream_unreadable_total',
      help: 'Records of the log that no client could be told of.',
      labels: ['topic'],
    }),
  };
}

/** Fans orders, executions, balances and market data out to WebSocket clients. */
export class StreamServer {
  private readonly options: StreamServerOptions;
  private readonly metrics: ReturnType<typeof streamMetrics>;
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  });
  private readonly clients = new Map<WebSocket, StreamClient>();
  /** Sockets whose client is being asked about: each has the room of a client already. */
  private readonly arriving = new Set<Duplex>();
  private readonly alive = new WeakSet<WebSocket>();
  private readonly timers: readonly TimerHandle[];
  private readonly stopListening: () => void;
  private dirty = new Map<string, BalanceKey>();
  private reading = false;

  constructor(options: StreamServerOptions) {
    this.options = options;
    this.metrics = streamMetrics(options.metrics);
    this.metrics.closed.add({ reason: 'full' }, 0);
    const { timers, limits } = options;
    this.timers = [
      timers.every(limits.conflateMs, () => void this.flush()),
      timers.every(limits.heartbeatMs, () => this.beat()),
    ];
    this.stopListening = options.tail.listen((record) => this.onRecord(record));
    options.metrics.beforeCollect(() => this.metrics.clients.set({}, this.clients.size));
    options.server.on('upgrade', (request, socket, head) => {
      this.upgrade(request, socket, head).catch((error: unknown) => {
        options.logger.error('gateway.stream.failed', 'a client was not let in', { error });
        refuse(socket, '503 Service Unavailable');
      });
    });
  }

  async close(): Promise<void> {
    this.stopListening();
    for (const timer of this.timers) timer.cancel();
    for (const socket of this.arriving) socket.destroy();
    for (const socket of this.clients.keys()) socket.close(CLOSE.goingAway, 'the gateway stops');
    const cutting = this.options.timers.after(CLOSING_MS, () => {
      for (const socket of this.clients.keys()) socket.terminate();
    });
    await Promise.all(
      [...this.clients.keys()].map((socket) => new Promise((done) => socket.once('close', done))),
    );
    cutting.cancel();
    this.sockets.close();
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // From here on nobody else listens to it, and an error that nobody hears ends the process.
    socket.on('error', () => socket.destroy());
    const { denials } = this.options;
    const path = (request.url ?? '').split('?')[0];
    if (path !== STREAM_PATH) return refuse(socket, '404 Not Found');
    if (this.clients.size + this.arriving.size >= this.options.limits.clientsMax) {
      this.metrics.closed.add({ reason: 'full' });
      return refuse(socket, '503 Service Unavailable');
    }
    const { authorization } = request.headers;
    const token = bearerToken(authorization);
    const principal = token === undefined ? undefined : await this.ask(token, socket);
    if (socket.destroyed) return;
    if (authorization !== undefined && principal === undefined) {
      this.metrics.closed.add({ reason: 'unauthenticated' });
      denials.ofStranger({ source: sourceOf(request), target: STREAM_PATH });
      return refuse(socket, '401 Unauthorized');
    }
    this.sockets.handleUpgrade(request, socket, head, (opened) => {
      const { identity } = this.admit(opened, sourceOf(request));
      if (principal !== undefined) identity.become(principal);
    });
  }

  /** Who the bearer is; meanwhile the socket has its room, until it is gone. */
  private async ask(token: string, socket: Duplex): Promise<Principal | undefined> {
    const leave = (): void => void this.arriving.delete(socket);
    this.arriving.add(socket);
    socket.once('close', leave);
    try {
      return await this.options.bearers.find(token);
    } finally {
      leave();
      socket.off('close', leave);
    }
  }

  private admit(socket: WebSocket, source: string): StreamClient {
    const { options, metrics } = this;
    const client = new StreamClient(socket, {
      ...options,
      ...options.limits,
      source,
      onConflated: () => metrics.conflated.add({}),
      onTooMany: () => metrics.onTooMany('subscriptions'),
      onClosing: (reason) => metrics.closed.add({ reason }),
      onUnreadable: (record, error) => this.unreadable(record, error),
    });
    this.clients.set(socket, client);
    this.alive.add(socket);
    const waiting = options.timers.after(options.limits.authenticateMs, () => {
      if (client.identity.principal !== undefined) return;
      client.identity.turnAway();
      client.refuse();
    });
    socket.on('message', (data) => {
      client.onMessage(data).catch((error: unknown) => {
        options.logger.error('gateway.stream.failed', 'a message could not be handled', { error });
        socket.close(CLOSE.tryAgain, 'STORAGE_UNAVAILABLE: try again later');
      });
    });
    socket.on('pong', () => this.alive.add(socket));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      waiting.cancel();
      this.clients.delete(socket);
      client.onClosed();
    });
    return client;
  }

  /** A record of the ledger names the balances that somebody may want to hear of. */
  private onRecord(record: LogRecord): void {
    if (record.topic !== 'ledger.entries' || this.clients.size === 0) return;
    try {
      for (const { bucket, ...place } of readLedgerEntry(record).postings) {
        if (bucket === 'counter') continue;
        const { accountId, venue, asset } = place;
        this.dirty.set(`${accountId}/${venue}/${asset}`, { accountId, venue, asset });
      }
    } catch (error) {
      this.unreadable(record, error);
    }
  }

  private async flush(): Promise<void> {
    for (const client of this.clients.values()) client.flush();
    if (this.reading || this.dirty.size === 0) return;
    this.reading = true;
    const places = [...this.dirty.values()];
    this.dirty = new Map();
    try {
      await Promise.all(places.map((place) => this.tellBalance(place)));
    } catch (error) {
      // They stay to be told: the store will answer again.
      for (const place of places) {
        this.dirty.set(`${place.accountId}/${place.venue}/${place.asset}`, place);
      }
      this.options.logger.warn('gateway.stream.balance_failed', 'no balance to be read', { error });
    } finally {
      this.reading = false;
    }
  }

  private async tellBalance(place: BalanceKey): Promise<void> {
    const watching = [...this.clients.values()].filter((client) =>
      client.watchesBalancesOf(place.accountId),
    );
    if (watching.length === 0) return;
    const item = await this.options.state.get(balanceKey(place));
    if (item === undefined) return;
    const balance: Balance = readBalanceItem(item);
    for (const client of watching) client.takeBalance(balance);
  }

  private beat(): void {
    for (const socket of this.clients.keys()) {
      if (this.alive.delete(socket)) {
        socket.ping();
        continue;
      }
      this.metrics.closed.add({ reason: 'silent' });
      socket.terminate();
    }
  }

  private unreadable(record: LogRecord, error: unknown): void {
    const { topic, partition, offset } = record;
    this.metrics.unreadable.add({ topic });
    this.options.logger.error('gateway.stream.unreadable', 'a record could not be read', {
      topic,
      partition,
      offset,
      error,
    });
  }
}

const sourceOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? '';

function refuse(socket: Duplex, status: string): void {
  // Who does not close its own side is not waited for.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
