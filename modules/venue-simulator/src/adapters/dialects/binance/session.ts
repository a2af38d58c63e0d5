import type { Clock } from '@ats/runtime';
import type { ConnectionHandler, VenueConnection } from '../../../app/dialect-server.ts';
import { Budget } from '../shared/budget.ts';
import { asFields, asTexts, type Fields, parseJson } from '../shared/parse.ts';
import { Keepalive } from './keepalive.ts';
import type { BinanceStreams, StreamMessage } from './streams.ts';

/** Most streams on one connection, and most texts the venue takes from it in a second. */
const STREAMS_MAX = 1024;
const TEXTS_PER_SECOND_MAX = 5;

const METHODS = '`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`';

/** One connection to `/ws` (bare events) or `/stream` (combined envelopes). */
export class BinanceSession implements ConnectionHandler {
  private readonly connection: VenueConnection;
  private readonly streams: BinanceStreams;
  private readonly keepalive: Keepalive;
  private readonly onEnd: (session: BinanceSession) => void;
  private readonly subscriptions = new Map<string, () => void>();
  private readonly texts: Budget;
  private combined: boolean;

  constructor(setup: {
    readonly connection: VenueConnection;
    readonly streams: BinanceStreams;
    readonly clock: Clock;
    readonly combined: boolean;
    readonly onEnd: (session: BinanceSession) => void;
  }) {
    this.connection = setup.connection;
    this.streams = setup.streams;
    this.combined = setup.combined;
    this.onEnd = setup.onEnd;
    const { clock } = setup;
    this.keepalive = new Keepalive(setup.connection, clock);
    this.texts = new Budget({ limit: TEXTS_PER_SECOND_MAX, windowMs: 1000, clock });
  }

  /** Streams named in the URL; names that are no streams are passed over in silence. */
  open(names: readonly string[]): void {
    for (const name of names.slice(0, STREAMS_MAX)) this.subscribe(name);
  }

  onText(text: string): void {
    if (!this.texts.take()) {
      this.connection.close(1008, 'Too many requests');
      return;
    }
    this.connection.send(this.replyTo(parseJson(text)), 'control');
  }

  onPong(): void {
    this.keepalive.ponged();
  }

  tick(): void {
    this.keepalive.tick();
  }

  onClose(): void {
    for (const stop of this.subscriptions.values()) stop();
    this.subscriptions.clear();
    this.onEnd(this);
  }

  private replyTo(value: unknown): string {
    if (value === undefined) {
      return refusal(3, 'Invalid JSON: expected value at line 1 column 1', undefined);
    }
    const request = asFields(value);
    if (request === undefined) return refusal(2, 'Invalid request: expected an object', undefined);
    const { id, method } = request;
    const idValid =
      id === undefined || id === null || typeof id === 'string' || Number.isInteger(id);
    if (!idValid || (typeof id === 'number' && id < 0)) {
      return refusal(2, 'Invalid request: request ID must be an unsigned integer', undefined);
    }
    switch (method) {
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE':
        return this.change(method, request);
      case 'LIST_SUBSCRIPTIONS':
        return answer([...this.subscriptions.keys()], id);
      case 'SET_PROPERTY':
      case 'GET_PROPERTY':
        return this.property(method, request);
      case undefined:
        return refusal(2, 'Invalid request: missing field `method` at line 1 column 2', id);
      default: {
        const detail = `unknown variant \`${String(method)}\`, expected one of ${METHODS}`;
        return refusal(2, `Invalid request: ${detail}`, id);
      }
    }
  }

  private change(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', request: Fields): string {
    const names = asTexts(request['params']);
    if (names === undefined) {
      return refusal(2, 'Invalid request: params must be an array of strings', request['id']);
    }
    if (names.some((name) => this.streams.find(name) === 'invalid')) {
      return refusal(2, 'Invalid request: invalid stream', request['id']);
    }
    if (method === 'SUBSCRIBE' && this.subscriptions.size + names.length > STREAMS_MAX) {
      return refusal(2, 'Invalid request: too many subscriptions', request['id']);
    }
    for (const name of names) {
      if (method === 'SUBSCRIBE') this.subscribe(name);
      else this.unsubscribe(name);
    }
    return answer(null, request['id']);
  }

  private property(method: 'SET_PROPERTY' | 'GET_PROPERTY', request: Fields): string {
    const params = Array.isArray(request['params']) ? (request['params'] as unknown[]) : [];
    const [name, value] = params;
    if (typeof name !== 'string') {
      return refusal(2, 'Invalid request: property name must be a string', request['id']);
    }
    if (name !== 'combined') return refusal(0, 'Unknown property', request['id']);
    if (method === 'GET_PROPERTY') return answer(this.combined, request['id']);
    if (typeof value !== 'boolean') {
      return refusal(1, 'Invalid value type: expected Boolean', request['id']);
    }
    this.combined = value;
    return answer(null, request['id']);
  }

  private subscribe(name: string): void {
    if (this.subscriptions.has(name)) return;
    const stream = this.streams.find(name);
    if (stream === 'invalid') return;
    const stop = stream?.add((messages) => this.deliver(messages));
    this.subscriptions.set(name, stop ?? (() => {}));
  }

  private unsubscribe(name: string): void {
    this.subscriptions.get(name)?.();
    this.subscriptions.delete(name);
  }

  private deliver(messages: readonly StreamMessage[]): void {
    for (const message of messages) {
      this.connection.send(this.combined ? message.combined : message.raw, 'data');
    }
  }
}

function answer(result: unknown, id: unknown): string {
  return JSON.stringify({ result, id: id ?? null });
}

function refusal(code: number, msg: string, id: unknown): string {
  return JSON.stringify({ error: { code, msg }, ...(id === undefined ? {} : { id }) });
}
