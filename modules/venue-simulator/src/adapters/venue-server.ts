import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Clock, type Logger, listenOn, type RandomSource, type Timers } from '@ats/runtime';
import { type WebSocket, WebSocketServer } from 'ws';
import type {
  AttachedDialect,
  ConnectionHandler,
  DialectServer,
  RequestKind,
  VenueAccounts,
  VenueAnswer,
  VenueRequest,
} from '../app/dialect-server.ts';
import type { SimulatorMetrics } from '../app/simulator-metrics.ts';
import type { VenueFaults } from '../app/venue-faults.ts';
import type { SimVenue } from '../domain/sim-market.ts';
import { readBody } from './read-body.ts';
import { SocketConnection } from './socket-connection.ts';
import { Unanswered } from './unanswered.ts';

export interface VenueServerOptions {
  readonly venue: SimVenue;
  readonly dialect: DialectServer;
  readonly host: string;
  readonly port: number;
  readonly faults: VenueFaults;
  readonly accounts: VenueAccounts;
  /** The venue's own clock. */
  readonly clock: Clock;
  /** The machine's clock, for delays. */
  readonly delayClock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly metrics: SimulatorMetrics;
  readonly connectionsMax: number;
  readonly sendBufferBytesMax: number;
  readonly requestBytesMax: number;
}

interface Client {
  readonly connection: SocketConnection;
  readonly handler: ConnectionHandler;
}

interface Refusal {
  readonly reason: string;
  /** The HTTP status line's code and words. */
  readonly status: string;
}

const NO_SUCH_PATH: Refusal = { reason: 'path', status: '404 Not Found' };
const NO_KEY: Refusal = { reason: 'key', status: '401 Unauthorized' };
/** How long connections live on after maintenance began. */
const MAINTENANCE_GRACE_MS = 250;
const BAD_REQUEST: VenueAnswer = { status: 400, body: '{"error":"bad request"}' };
const BARE_LIMIT: VenueAnswer = {
  status: 429,
  headers: { 'retry-after': '1' },
  body: '{"error":"too many requests"}',
};
const JSON_TYPE = { 'content-type': 'application/json' };

/** One exchange on one port: REST and WebSocket, spoken by its dialect. */
export class VenueServer {
  readonly webSocketUrl: string;
  readonly restUrl: string;
  private readonly options: VenueServerOptions;
  private readonly http: Server;
  private readonly sockets: WebSocketServer;
  private readonly dialect: AttachedDialect;
  private readonly clients = new Set<Client>();
  private readonly unanswered: Unanswered;
  private readonly port: number;
  private connectionCount = 0;
  private closing = false;

  private constructor(
    options: VenueServerOptions,
    parts: { http: Server; sockets: WebSocketServer; port: number },
  ) {
    this.options = options;
    this.http = parts.http;
    this.sockets = parts.sockets;
    this.port = parts.port;
    this.unanswered = new Unanswered(options);
    this.restUrl = `http://${options.host}:${parts.port}`;
    this.webSocketUrl = `ws://${options.host}:${parts.port}${options.dialect.webSocketPath}`;
    this.dialect = options.dialect.attach(options.venue, options);
    this.http.on('request', (request, response) => void this.answer(request, response));
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    options.metrics.connections.set({ venue: this.name }, 0);
  }

  /** @throws PORT_IN_USE */
  static async open(options: VenueServerOptions): Promise<VenueServer> {
    const http = createServer();
    const sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: options.requestBytesMax,
      skipUTF8Validation: true,
    });
    const field = `simulator.ports.${options.venue.name}`;
    const port = await listenOn(http, { host: options.host, port: options.port, field });
    return new VenueServer(options, { http, sockets, port });
  }

  get name(): string {
    return this.options.venue.name;
  }

  /** Whether it listens; not while killed. */
  get listening(): boolean {
    return this.http.listening;
  }

  /** Breaks every connection without a word. */
  disconnect(): void {
    for (const { connection } of this.clients) connection.terminate();
  }

  /** Drops, or doubles, the next data frames of every connection. */
  faultFrames(fault: 'gap' | 'duplicate', count: number): void {
    for (const { connection } of this.clients) {
      if (fault === 'gap') connection.dropNext += count;
      else connection.duplicateNext += count;
    }
  }

  maintain(active: boolean): void {
    for (const { handler } of this.clients) handler.onMaintenance?.(active);
    if (!active) return;
    this.options.timers.after(MAINTENANCE_GRACE_MS, () => {
      if (!this.options.faults.maintenance) return;
      for (const { connection } of this.clients) connection.close(1012, 'maintenance');
    });
  }

  /** The process behind the venue is gone: connections break, new ones are refused. */
  kill(): void {
    this.disconnect();
    this.http.close();
    this.http.closeAllConnections();
  }

  /** After a kill: listens on the same port again. */
  async revive(): Promise<void> {
    if (this.closing || this.http.listening) return;
    const { host } = this.options;
    await listenOn(this.http, { host, port: this.port, field: `simulator.ports.${this.name}` });
  }

  async close(): Promise<void> {
    this.closing = true;
    this.unanswered.close();
    for (const { connection } of this.clients) connection.close(1001, 'shutting down');
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    this.http.closeAllConnections();
    this.disconnect();
    await closed;
    await this.dialect.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: VenueAnswer;
    try {
      const asked = await this.read(request);
      const loss = asked && this.unanswered.lossOf(this.kindOf(asked));
      if (asked !== undefined && loss !== undefined) {
        if (loss.isCarriedOut) this.answerTo(asked);
        this.options.metrics.requests.add({ venue: this.name, status: 'none' });
        this.unanswered.leave(request, loss);
        return;
      }
      answer = asked === undefined ? BAD_REQUEST : this.answerTo(asked);
    } catch (cause) {
      const tooLarge = cause instanceof RangeError;
      answer = { status: tooLarge ? 413 : 500, body: '{"error":"request failed"}' };
      this.options.logger.warn('request.failed', String(cause), { venue: this.name });
    }
    this.options.metrics.requests.add({ venue: this.name, status: String(answer.status) });
    const { latencyMs } = this.options.faults;
    if (latencyMs > 0) await this.options.timers.sleep(latencyMs);
    response.writeHead(answer.status, { ...JSON_TYPE, ...answer.headers }).end(answer.body);
  }

  private async read(request: IncomingMessage): Promise<VenueRequest | undefined> {
    const url = URL.parse(request.url ?? '/', this.restUrl);
    if (url === null) return undefined;
    return {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      rawQuery: (request.url ?? '').split('?').slice(1).join('?'),
      headers: request.headers as VenueRequest['headers'],
      body: await readBody(request, this.options.requestBytesMax),
      client: request.socket.remoteAddress ?? '',
    };
  }

  private kindOf(request: VenueRequest): RequestKind {
    return this.dialect.requestKind?.(request) ?? 'public';
  }

  private answerTo(request: VenueRequest): VenueAnswer {
    const { faults } = this.options;
    const limit = faults.limitOf(this.kindOf(request));
    if (limit !== undefined) {
      const banned = limit === 'banned' ? this.dialect.banAnswer?.(request) : undefined;
      return banned ?? this.dialect.rateLimitAnswer?.(request) ?? BARE_LIMIT;
    }
    if (faults.maintenance) {
      const bare = { status: 503, body: '{"error":"maintenance"}' };
      return this.dialect.maintenanceAnswer?.(request) ?? bare;
    }
    return this.dialect.handle(request) ?? { status: 404, body: '{"error":"not found"}' };
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = URL.parse(request.url ?? '/', this.restUrl);
    const refusal = this.refusalOf(url, request);
    // A client may be gone before it is answered; the WebSocket has a listener of its own.
    socket.on('error', () => socket.destroy());
    if (url === null || refusal !== undefined) {
      const { reason, status } = refusal ?? NO_SUCH_PATH;
      this.options.metrics.refusedConnections.add({ venue: this.name, reason });
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const headers = request.headers as VenueRequest['headers'];
      const client = request.socket.remoteAddress ?? '';
      const from = { url, stream: socket, client, headers };
      this.guard(webSocket, () => this.accept(webSocket, from));
    });
  }

  private refusalOf(url: URL | null, { headers }: IncomingMessage): Refusal | undefined {
    if (this.options.faults.maintenance) {
      return { reason: 'maintenance', status: '503 Service Unavailable' };
    }
    if (url === null || !this.dialect.accepts(url.pathname)) return NO_SUCH_PATH;
    const upgrade = { path: url.pathname, headers: headers as VenueRequest['headers'] };
    if (this.dialect.authorizes?.(upgrade) === false) return NO_KEY;
    if (this.clients.size < this.options.connectionsMax) return undefined;
    return { reason: 'limit', status: '503 Service Unavailable' };
  }

  private accept(
    socket: WebSocket,
    from: { url: URL; stream: Duplex; client: string; headers: VenueRequest['headers'] },
  ): void {
    this.connectionCount += 1;
    const connection = new SocketConnection({
      ...this.options,
      clock: this.options.delayClock,
      venue: this.name,
      id: this.connectionCount,
      path: from.url.pathname,
      query: from.url.searchParams,
      client: from.client,
      headers: from.headers,
      socket,
      stream: from.stream,
    });
    const handler = this.dialect.connect(connection);
    const client: Client = { connection, handler };
    this.clients.add(client);
    this.countConnections();
    socket.on('message', (data) => this.guard(socket, () => handler.onText(textOf(data))));
    socket.on('pong', () => handler.onPong?.());
    socket.on('error', (cause) => {
      this.options.logger.debug('connection.error', cause.message, { venue: this.name });
    });
    socket.on('close', () => {
      this.clients.delete(client);
      this.countConnections();
      this.guard(socket, () => handler.onClose());
    });
  }

  /** A dialect that throws loses the one connection, not the simulation. */
  private guard(socket: WebSocket, run: () => void): void {
    try {
      run();
    } catch (cause) {
      const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      this.options.logger.error('dialect.failed', detail, { venue: this.name });
      socket.close(1011, 'internal error');
    }
  }

  private countConnections(): void {
    this.options.metrics.connections.set({ venue: this.name }, this.clients.size);
  }
}

function textOf(data: WebSocket.RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
