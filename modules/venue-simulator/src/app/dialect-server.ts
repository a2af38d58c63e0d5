import type { Clock, Logger, RandomSource, Timers } from '@ats/runtime';
import type { Account } from '../domain/accounts/account.ts';
import type { AccountReport, AccountTrade, ClientIdRule } from '../domain/accounts/orders.ts';
import type { SimVenue } from '../domain/sim-market.ts';

/** A REST request as a dialect sees it; the body is empty for GET. */
export interface VenueRequest {
  readonly method: string;
  /** Without the query: `/api/v3/depth`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The query as it came, without the question mark: what signatures are made of. */
  readonly rawQuery: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Who asks, for rate limits: the remote address. */
  readonly client: string;
}

export interface VenueAnswer {
  readonly status: number;
  /** Content-Type is application/json unless given. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What a frame is: `data` frames (book, trade and ticker updates) are the ones that the gap and
 * duplicate faults may hit; `control` frames (acknowledgements, snapshots, heartbeats) are not.
 */
export type FrameKind = 'data' | 'control';

/** One accepted WebSocket. Faults and the bound of the send buffer are applied behind `send`. */
export interface VenueConnection {
  /** Counts the venue's connections from 1. */
  readonly id: number;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly client: string;
  /** Of the handshake, where there was one. */
  readonly headers?: VenueRequest['headers'];
  /**
   * Queues a frame: text for a string, binary for bytes; in order, never blocks, no effect once
   * closed. A client that does not read is disconnected when its buffer is full.
   */
  send(frame: string | Uint8Array, kind: FrameKind): void;
  /** Sends a protocol ping. */
  ping(payload?: string): void;
  /** Sends what is queued, then closes. */
  close(code: number, reason: string): void;
  readonly open: boolean;
}

/** A dialect's side of one connection. Nothing here may throw. */
export interface ConnectionHandler {
  /** A text frame, or a binary one decoded as UTF-8. */
  onText(text: string): void;
  onPong?(): void;
  /** Maintenance began or ended; connections are closed 250 ms after it began. */
  onMaintenance?(active: boolean): void;
  /** The connection is gone: free its timers and subscriptions. */
  onClose(): void;
}

/** Faults in force at this venue that a dialect words in its own way. */
export interface DialectFaults {
  readonly maintenance: boolean;
}

/** An account of the venue, and what its owner signs requests with. */
export interface AccountKey {
  readonly account: Account;
  readonly apiKey: string;
  readonly secret: string;
  /** Where the venue has one. */
  readonly passphrase: string | undefined;
  /**
   * Streams what happens to the account from now on. The listener is called within the matching:
   * it may send frames, but not place, change or cancel orders. @returns a function that ends it.
   */
  listen(listener: (report: AccountReport) => void): () => void;
}

/** The venue's customers. */
export interface VenueAccounts {
  byApiKey(apiKey: string): AccountKey | undefined;
}

export interface DialectDeps {
  /** The venue's own clock, which drifts when that fault is on. */
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly faults: DialectFaults;
  readonly accounts: VenueAccounts;
}

/** What a request asks for: orders, anything else of an account's, or what is public. */
export type RequestKind = 'place' | 'replace' | 'cancel' | 'private' | 'public';

/** A WebSocket handshake. */
export interface VenueUpgrade {
  readonly path: string;
  readonly headers: VenueRequest['headers'];
}

/** A dialect at work on one venue. */
export interface AttachedDialect {
  /** Answers a REST request; undefined becomes a 404. Must not throw. */
  handle(request: VenueRequest): VenueAnswer | undefined;
  /** Whether a WebSocket may be opened at this path; otherwise the upgrade gets a 404. */
  accepts(path: string): boolean;
  /** Whether a handshake at an accepted path may go on; otherwise it gets a 401. */
  authorizes?(upgrade: VenueUpgrade): boolean;
  /** Every request is public unless given. */
  requestKind?(request: VenueRequest): RequestKind;
  /** A WebSocket was opened at an accepted path. */
  connect(connection: VenueConnection): ConnectionHandler;
  /** What a client over the limit gets; a bare 429 unless given. */
  rateLimitAnswer?(request: VenueRequest): VenueAnswer;
  /** What a banned client gets; as one over the limit unless given. */
  banAnswer?(request: VenueRequest): VenueAnswer;
  /** What every request gets while `faults.maintenance`; a bare 503 unless given. */
  maintenanceAnswer?(request: VenueRequest): VenueAnswer;
  /** Frees timers and subscriptions; connections are already closed. */
  close(): Promise<void>;
}

/**
 * The protocol of one exchange, public and private, spoken over simulated markets. Registered in
 * the list `DIALECT_SERVERS` of `src/adapters/dialects/index.ts`.
 */
export interface DialectServer {
  /** The feed family in the config: `binance`, `kraken`, `coinbase`, `upbit`, `bitfinex`. */
  readonly venue: string;
  /** Where clients connect by default: `/stream`, `/v2`, `/`, `/websocket/v1`, `/ws/2`. */
  readonly webSocketPath: string;
  /** When a client order id may be used again; `when-done` unless given. */
  readonly clientIdRule?: ClientIdRule;
  /** The venue's own ids of an account's orders and trades; their plain numbers unless given. */
  orderId?(orderNumber: number): string;
  tradeId?(trade: AccountTrade): string;
  attach(venue: SimVenue, deps: DialectDeps): AttachedDialect;
}
