import { CLOSE, type ClientFrame, type Problem, type ServerFrame } from '../../../src/contract.ts';
import { after, chance, every, nowMs } from './clock.ts';

/** The connection as the frame of every page shows it. */
export interface LinkState {
  readonly link: 'connecting' | 'open' | 'lost';
  /** When anything last came, by this browser's clock; 0: never. */
  readonly heardAtMs: number;
  /** How far the server's clock is ahead of this browser's, milliseconds. */
  readonly aheadMs: number;
  /** Round trip is not measured; this is how late heartbeats are against their second. */
  readonly lagMs: number;
}

export interface Subscription {
  /** `<package.Service>/<Method>`. */
  readonly method: string;
  readonly request: object;
  onData(data: unknown): void;
  /** Everything known is void: what comes next is whole, or only from now on. */
  onRestart(): void;
  onProblem(problem: Problem): void;
}

const SILENCE_MS = 3000;
/** Longest that a new connection may take to say something. */
const ATTEMPT_MS = 5000;
const BACKOFF_MS_MAX = 5000;
const RETRY_MS = 2000;
/** Heartbeats that the server's clock is measured by: half a minute of them. */
const MEASURED_MAX = 30;

/** One WebSocket for all pages. It comes back by itself and goes on where it was. */
class LiveSocket {
  state: LinkState = { link: 'connecting', heardAtMs: 0, aheadMs: 0, lagMs: 0 };
  readonly #listeners = new Set<() => void>();
  readonly #subscriptions = new Map<string, Subscription>();
  #socket: WebSocket | undefined;
  #session = '';
  #lastSeq = 0;
  #attempts = 0;
  #triedAtMs = 0;
  readonly #measuredMs: number[] = [];
  #ids = 0;
  #unauthenticated: () => void = () => undefined;

  start(unauthenticated: () => void): () => void {
    this.#unauthenticated = unauthenticated;
    this.#connect();
    return every(1000, () => this.#watch());
  }

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  subscribe(subscription: Subscription): () => void {
    this.#ids += 1;
    const id = `s${this.#ids}`;
    this.#subscriptions.set(id, subscription);
    this.#ask(id, subscription);
    return () => {
      this.#subscriptions.delete(id);
      this.#send({ op: 'cancel', id });
    };
  }

  #ask(id: string, { method, request }: Subscription): void {
    this.#send({ op: 'subscribe', id, method, request });
  }

  #send(frame: ClientFrame): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.state.link !== 'open') return;
    this.#socket.send(JSON.stringify(frame));
  }

  #connect(): void {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/api/stream`);
    this.#socket = socket;
    this.#triedAtMs = nowMs();
    socket.onmessage = ({ data }) => {
      // One that was given up may still have something to say; it is not live.
      if (this.#socket === socket) this.#receive(JSON.parse(String(data)) as ServerFrame);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#set({ link: 'lost' });
      if (code === CLOSE.unauthenticated) this.#unauthenticated();
      else this.#reconnect();
    };
  }

  /** Full jitter, so that many browsers do not come back at once. */
  #reconnect(): void {
    this.#attempts += 1;
    const delayMs = Math.min(BACKOFF_MS_MAX, 250 * 2 ** this.#attempts) * chance();
    after(delayMs, () => this.#connect());
  }

  /** Silence ends a connection, and an attempt as well that a network swallows. */
  #watch(): void {
    const since = this.state.link === 'open' ? this.state.heardAtMs : this.#triedAtMs;
    const limitMs = this.state.link === 'open' ? SILENCE_MS : ATTEMPT_MS;
    if (this.#socket === undefined || nowMs() - since < limitMs) return;
    const socket = this.#socket;
    this.#socket = undefined;
    socket.close();
    this.#set({ link: 'lost' });
    this.#reconnect();
  }

  #receive(frame: ServerFrame): void {
    const heardAtMs = nowMs();
    if ('op' in frame) {
      this.#control(frame, heardAtMs);
      return;
    }
    if ('seq' in frame) this.#lastSeq = frame.seq;
    const subscription = this.#subscriptions.get(frame.id);
    if (subscription === undefined) return;
    if ('data' in frame) subscription.onData(frame.data);
    else if ('error' in frame) this.#ended(frame.id, subscription, frame);
    else this.#subscriptions.delete(frame.id);
  }

  #ended(id: string, one: Subscription, end: { error: Problem; retry: boolean }): void {
    one.onProblem(end.error);
    if (!end.retry) return;
    after(RETRY_MS, () => {
      if (this.#subscriptions.get(id) !== one) return;
      one.onRestart();
      this.#ask(id, one);
    });
  }

  #control(frame: Extract<ServerFrame, { op: string }>, heardAtMs: number): void {
    if (frame.op === 'heartbeat') {
      const aheadMs = this.#ahead(frame.timeUs / 1000 - heardAtMs);
      const lagMs = Math.max(0, heardAtMs - this.state.heardAtMs - 1000);
      this.#set({ link: 'open', heardAtMs, aheadMs, lagMs });
      return;
    }
    this.#attempts = 0;
    if (frame.op === 'welcome') this.#welcome(frame.session, heardAtMs);
    else if (frame.op === 'resumed') this.#set({ link: 'open', heardAtMs });
    else this.#begin(frame.session, heardAtMs);
  }

  /**
   * A heartbeat that was late makes the server's clock seem behind, and data younger than it is:
   * of the last ones the one that was on its way the shortest counts.
   */
  #ahead(measuredMs: number): number {
    this.#measuredMs.push(measuredMs);
    if (this.#measuredMs.length > MEASURED_MAX) this.#measuredMs.shift();
    return Math.max(...this.#measuredMs);
  }

  #welcome(session: string, heardAtMs: number): void {
    if (this.#session === '') {
      this.#begin(session, heardAtMs);
      return;
    }
    this.#set({ link: 'open', heardAtMs });
    this.#send({ op: 'resume', session: this.#session, lastSeq: this.#lastSeq });
  }

  #begin(session: string, heardAtMs: number): void {
    this.#session = session;
    this.#lastSeq = 0;
    this.#set({ link: 'open', heardAtMs });
    for (const [id, subscription] of this.#subscriptions) {
      subscription.onRestart();
      this.#ask(id, subscription);
    }
  }

  #set(change: Partial<LinkState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

export const liveSocket = new LiveSocket();

/** The server's time now, microseconds since the Unix epoch. */
export const serverNowUs = (): number => (nowMs() + liveSocket.state.aheadMs) * 1000;
