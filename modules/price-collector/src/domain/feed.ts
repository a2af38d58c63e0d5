import type { BookStatusReason, InstrumentId, OrderBook } from '@ats/domain';

/** One market of one venue as its feed keeps it. Shared by all connections of the venue. */
export interface FeedMarket {
  readonly instrument: InstrumentId;
  /** The venue's own name for it. */
  readonly symbol: string;
  readonly book: OrderBook;
  /** Whether the book is whole: set by `bookChanged`, cleared by `bookDropped`. */
  readonly live: boolean;
}

export interface FeedTrade {
  readonly tradeId: string;
  /** The venue's own digits. */
  readonly price: string;
  readonly size: string;
  readonly aggressor: 'bid' | 'ask' | 'unknown';
  /** 0 when the venue sends none. */
  readonly exchangeTimeUs: number;
}

export interface FeedTicker {
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
  readonly last: number;
  readonly volume24h: number;
  readonly exchangeTimeUs: number;
}

/**
 * What a session says of the frames it was given. Implemented by the collector's core (live) and
 * by the replay counter. Every frame leads to at least one call, so that nothing is lost unseen.
 */
export interface FeedSink {
  /** The market of a venue symbol; undefined when nobody asked for it. */
  market(symbol: string): FeedMarket | undefined;
  /** The whole message has been applied to `market.book`, which is whole and verified. */
  bookChanged(market: FeedMarket, exchangeTimeUs: number): void;
  /**
   * A well-formed book message that could not be applied, because the book is not whole yet: kept
   * for its snapshot, or left out until one comes.
   */
  bookPending(market: FeedMarket): void;
  /**
   * The book can no longer be trusted; the sink clears it, tells downstream and asks the session
   * to `resync` in its own time (rate budget, backoff).
   */
  bookDropped(market: FeedMarket, reason: BookStatusReason, detail: string): void;
  trade(market: FeedMarket, trade: FeedTrade): void;
  ticker(market: FeedMarket, ticker: FeedTicker): void;
  heartbeat(): void;
  /** System status, subscription acknowledgements and other protocol talk. */
  status(detail: string): void;
  /** A checksum that the venue sent was compared with the book. */
  checksum(market: FeedMarket, matches: boolean): void;
  /** A sequence number was skipped; the session also drops the books it concerns. */
  sequenceGap(detail: string): void;
  /** A well-formed frame that nobody asked for. */
  ignored(): void;
  /** A frame that does not fit the protocol; nothing of it was applied to a book left live. */
  malformed(detail: string): void;
  /** The venue refused something; `fatal` when retrying cannot help (unknown symbol). */
  venueError(problem: { readonly detail: string; readonly fatal: boolean }): void;
  /** Sends text on this session's connection, within the venue's rate budget, in order. */
  send(text: string): void;
  /** Fetches a REST path (`/api/v3/depth?...`); the answer comes to `onRest` with the same path. */
  fetch(path: string): void;
  /** Nothing more can be had from this connection: close it and connect anew. */
  reconnect(reason: BookStatusReason, detail: string): void;
}

/** The protocol state of one connection. Holds no clock, socket or timer: frames in, calls out. */
export interface FeedSession {
  /** The socket is open: subscribe through `sink.send`. */
  start(): void;
  /** One text of the wire, binary frames decoded. Never throws, whatever the text. */
  onText(text: string, receivedAtUs: number): void;
  /** A text that was sent, live or in a recording: flags and depths are learnt from it. */
  onSent(text: string): void;
  /** The body of a REST answer; `path` is the path and query, without the host. Never throws. */
  onRest(path: string, body: string, receivedAtUs: number): void;
  /** Starts one dropped book over: resubscribes or fetches its snapshot anew. */
  resync(market: FeedMarket): void;
}

export interface SessionOptions {
  readonly sink: FeedSink;
  /** The venue symbols to subscribe to on this connection. */
  readonly symbols: readonly string[];
  /** Book levels to ask for; the dialect rounds up to what its venue offers. */
  readonly depth: number;
  /** Channels to subscribe to. */
  readonly channels: readonly ('book' | 'trade' | 'ticker')[];
}

/** How one generation of one venue's public protocol works. One object, registered by name. */
export interface FeedDialect {
  /** `binance`, `kraken-v1`, `kraken`, `coinbase-exchange`, `coinbase`, `upbit`, `bitfinex`. */
  readonly name: string;
  /** The feed family in the config, `kraken` for both Kraken generations. */
  readonly feed: string;
  /** Whether this dialect is spoken at a WebSocket URL, simulated or recorded ones too. */
  speaks(url: string): boolean;
  /** The asset pair of a venue symbol in common names (XBT is BTC); undefined if unreadable. */
  instrumentOf(symbol: string): { readonly base: string; readonly quote: string } | undefined;
  /** Silence on a connection longer than this means that it is dead. */
  readonly silenceLimitMs: number;
  /** Text to send when nothing was sent for so long, where the venue wants it. */
  readonly keepAlive?: { readonly everyMs: number; readonly text: string };
  /** Most texts the venue accepts a second on one connection. */
  readonly sendsPerSecondMax: number;
  /** Most symbols on one connection. */
  readonly symbolsPerConnectionMax: number;
  open(options: SessionOptions): FeedSession;
}
