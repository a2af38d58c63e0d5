import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { AtsError } from '@ats/domain';
import type { Clock, Counter, Gauge, Logger, Metrics, TimerHandle, Timers } from '@ats/runtime';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Login, Logins } from '../../app/logins.ts';
import { asProblemError } from '../../app/problem.ts';
import type { StreamHub } from '../../app/stream/stream-hub.ts';
import { StreamSession } from '../../app/stream/stream-session.ts';
import type { StreamLimits } from '../../config.ts';
import { CLOSE, STREAM_PATH } from '../../contract.ts';
import { type ReadFrame, readFrame } from './frames.ts';

const HEARTBEAT_MS = 1000;
/** A socket that answers no ping for so long is gone. */
const PING_MS = 10_000;
/** How often it is looked whether people who watch are still logged in. */
const LOGIN_CHECK_MS = 15_000;

export interface StreamServerOptions {
  readonly server: Server;
  readonly hub: StreamHub;
  readonly logins: Logins;
  readonly limits: StreamLimits;
  readonly newSecret: () => string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Whose request it is, or the HTTP status that it is refused with. */
  readonly admit: (request: IncomingMessage) => Login | 401 | 403;
  readonly sourceOf: (request: IncomingMessage) => string;
  readonly onLimit: (limit: 'clients' | 'subscriptions') => void;
}

interface Connection {
  readonly socket: WebSocket;
  readonly login: Login;
  readonly source: string;
  session: StreamSession;
  alive: boolean;
  spoken: boolean;
}

/** The WebSocket of `/api/stream`: sessions, their subscriptions, reconnects and heartbeats. */
export class StreamServer {
  private readonly options: StreamServerOptions;
  private readonly wss: WebSocketServer;
  private readonly sessions = new Map<string, StreamSession>();
  private readonly connections = new Set<Connection>();
  private readonly timers: readonly TimerHandle[];
  private readonly measures: StreamMeasures;

  constructor(options: StreamServerOptions) {
    this.options = options;
    this.measures = measuresOf(options.metrics);
    this.wss = new WebSocketServer({
      noServer: true,
      maxPayload: options.limits.frameBytesMax,
      perMessageDeflate: false,
    });
    options.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    const { timers, limits } = options;
    this.timers = [
      timers.every(limits.conflateMs, () => this.flush()),
      timers.every(HEARTBEAT_MS, () => this.heartbeat()),
      timers.every(PING_MS, () => this.ping()),
      timers.every(LOGIN_CHECK_MS, () => void this.checkLogins()),
    ];
    options.metrics.beforeCollect(() => {
      this.measures.connections.set({}, this.connections.size);
      this.measures.sessions.set({}, this.sessions.size);
      this.measures.shared.set({}, options.hub.sharedCount);
    });
  }

  /** Whatever a person has open who is no longer logged in. */
  endLogin(login: Login): void {
    for (const connection of this.connections) {
      if (connection.login.id !== login.id) continue;
      connection.socket.close(CLOSE.unauthenticated, 'REQUEST_UNAUTHENTICATED');
    }
    for (const session of this.sessions.values()) {
      if (session.login.id === login.id) this.forget(session);
    }
  }

  async close(): Promise<void> {
    for (const timer of this.timers) timer.cancel();
    for (const session of [...this.sessions.values()]) this.forget(session);
    for (const { socket } of this.connections) socket.terminate();
    await new Promise<void>((resolve) => this.wss.close(() => resolve()));
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = (request.url ?? '').split('?')[0];
    const admitted = path === STREAM_PATH ? this.options.admit(request) : 404;
    if (typeof admitted === 'number') return refuse(socket, admitted);
    if (this.connections.size >= this.options.limits.clientsMax) {
      this.options.onLimit('clients');
      return refuse(socket, 503);
    }
    this.wss.handleUpgrade(request, socket, head, (opened) => {
      this.connected(opened, admitted, this.options.sourceOf(request));
    });
  }

  private connected(socket: WebSocket, login: Login, source: string): void {
    const session = this.newSession(login);
    const connection: Connection = {
      ...{ socket, login, source, session },
      ...{ alive: true, spoken: false },
    };
    this.connections.add(connection);
    session.attach(socket);
    session.tell({ op: 'welcome', session: session.id, resumeMs: this.options.limits.resumeMs });
    socket.on('message', (data, binary) => this.onMessage(connection, data, binary));
    socket.on('pong', () => {
      connection.alive = true;
    });
    // Also said by close, which always follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.connections.delete(connection);
      this.lost(connection.session);
    });
  }

  private newSession(login: Login): StreamSession {
    const { newSecret: id, limits } = this.options;
    const session = new StreamSession({ id: id(), login, limits });
    this.sessions.set(session.id, session);
    return session;
  }

  /** What nobody has asked for anything through is not worth keeping. */
  private lost(session: StreamSession): void {
    if (session.subscriptions.size === 0) this.forget(session);
    else session.detach(this.options.clock.nowUs());
  }

  private forget(session: StreamSession): void {
    session.end();
    this.sessions.delete(session.id);
  }

  private onMessage(connection: Connection, data: RawData, binary: boolean): void {
    const frame = binary ? undefined : readFrame(data.toString());
    const first = !connection.spoken;
    connection.spoken = true;
    if (frame === undefined || (frame.op === 'resume' && !first)) {
      connection.socket.close(CLOSE.malformed, 'a frame that is none of the contract');
      return;
    }
    if (frame.op === 'resume') return this.resume(connection, frame);
    const { session } = connection;
    if (frame.op === 'subscribe') return void this.subscribe(connection, frame);
    session.subscriptions.get(frame.id)?.cancel();
    session.subscriptions.delete(frame.id);
  }

  private resume(
    connection: Connection,
    { session: id, lastSeq }: Extract<ReadFrame, { op: 'resume' }>,
  ): void {
    const found = this.sessions.get(id);
    const { session: fresh, login, socket } = connection;
    if (found === undefined || found.login.id !== login.id || !found.canResume(lastSeq)) {
      this.measures.resumes.add({ result: 'reset' });
      fresh.tell({ op: 'reset', session: fresh.id, reason: 'too long away' });
      return;
    }
    // A connection that is not known to be gone yet has lost its session to this one.
    for (const other of this.connections) {
      if (other.session !== found) continue;
      other.session = this.newSession(login);
      other.socket.terminate();
    }
    this.measures.resumes.add({ result: 'resumed' });
    this.forget(fresh);
    connection.session = found;
    found.attach(socket);
    found.tell({ op: 'resumed', session: found.id });
    found.resume(lastSeq);
  }

  private async subscribe(
    { session, source }: Connection,
    frame: Extract<ReadFrame, { op: 'subscribe' }>,
  ): Promise<void> {
    const { id, method, request } = frame;
    const { hub, logins, limits, newSecret } = this.options;
    const correlationId = newSecret();
    const { subscriptions } = session;
    if (subscriptions.size >= limits.subscriptionsMax || subscriptions.has(id)) {
      if (!subscriptions.has(id)) this.options.onLimit('subscriptions');
      session.closeSocket(
        CLOSE.tooMany,
        `at most ${limits.subscriptionsMax}, each with its own id`,
      );
      return;
    }
    // Held before anything is awaited, so that a cancel finds it.
    let canceled = false;
    const pending = {
      cancel() {
        canceled = true;
      },
      refresh: () => undefined,
    };
    subscriptions.set(id, pending);
    try {
      const person = await logins.personCall(session.login, source);
      const wanted = { session, id, method, request, person, correlationId };
      const opened = await hub.subscribe(wanted);
      if (canceled || subscriptions.get(id) !== pending) opened.cancel();
      else subscriptions.set(id, opened);
    } catch (thrown) {
      this.report(thrown, correlationId);
      if (!canceled) session.over(id, asProblemError(thrown), correlationId);
    }
  }

  private report(thrown: unknown, correlationId: string): void {
    if (thrown instanceof AtsError) return;
    const { logger } = this.options;
    const fields = { correlationId, error: thrown };
    logger.error('dashboard.subscribe.failed', 'a subscription failed unforeseen', fields);
  }

  private flush(): void {
    const { hub } = this.options;
    const before = hub.passedOver;
    hub.flush();
    this.measures.conflated.add({}, hub.passedOver - before);
    for (const { session } of this.connections) {
      session.pump();
      if (session.broken !== '') this.startOver(session);
    }
  }

  /** Memory is bounded: whoever is slower than what is kept begins anew. */
  private startOver(session: StreamSession): void {
    this.measures.resets.add({});
    const { login } = session;
    const connection = [...this.connections].find((each) => each.session === session);
    this.forget(session);
    if (connection === undefined) return;
    connection.session = this.newSession(login);
    connection.session.attach(connection.socket);
    const { id } = connection.session;
    connection.session.tell({ op: 'reset', session: id, reason: session.broken });
  }

  private heartbeat(): void {
    const nowUs = this.options.clock.nowUs();
    const { limits } = this.options;
    const bytes = Buffer.from(JSON.stringify({ op: 'heartbeat', timeUs: nowUs }));
    for (const { socket } of this.connections) {
      if (socket.bufferedAmount < limits.bufferBytesMax) socket.send(bytes, { binary: false });
    }
    for (const session of [...this.sessions.values()]) {
      const awayUs = session.lostAtUs === 0 ? 0 : nowUs - session.lostAtUs;
      const gone = awayUs > limits.resumeMs * 1000 || (awayUs > 0 && session.broken !== '');
      if (gone) this.forget(session);
    }
  }

  private ping(): void {
    for (const connection of this.connections) {
      if (!connection.alive) connection.socket.terminate();
      connection.alive = false;
      connection.socket.ping();
    }
  }

  /** A session that was ended elsewhere ends here when its tokens are renewed, or at this look. */
  private async checkLogins(): Promise<void> {
    const { logins } = this.options;
    const seen = new Map([...this.connections].map((each) => [each.login.id, each]));
    for (const { login, source } of seen.values()) {
      await logins.check(login, source).catch(() => undefined);
    }
  }
}

interface StreamMeasures {
  readonly connections: Gauge<never>;
  readonly sessions: Gauge<never>;
  readonly shared: Gauge<never>;
  readonly conflated: Counter<never>;
  readonly resets: Counter<never>;
  readonly resumes: Counter<'result'>;
}

function measuresOf(metrics: Metrics): StreamMeasures {
  const gauge = (name: string, help: string) => metrics.gauge({ name, help, labels: [] });
  const counter = (name: string, help: string) => metrics.counter({ name, help, labels: [] });
  return {
    connections: gauge('ats_dashboard_connections', 'Browsers that are connected.'),
    sessions: gauge('ats_dashboard_sessions', 'Stream sessions, those that may return included.'),
    shared: gauge('ats_dashboard_shared_streams', 'Streams of services that many watch as one.'),
    conflated: counter(
      'ats_dashboard_conflated_total',
      'Times that latest values waited for a browser that had no room.',
    ),
    resets: counter(
      'ats_dashboard_resets_total',
      'Sessions that began anew because their browser was slower than what is kept.',
    ),
    resumes: metrics.counter({
      name: 'ats_dashboard_resumes_total',
      help: 'Reconnects: resumed without loss, or reset.',
      labels: ['result'],
    }),
  };
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
};

function refuse(socket: Duplex, status: number): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\n\r\n`);
}
