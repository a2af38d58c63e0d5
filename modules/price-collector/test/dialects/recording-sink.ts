import { type BookStatusReason, instrumentId, OrderBook } from '@ats/domain';
import type {
  FeedDialect,
  FeedMarket,
  FeedSession,
  FeedSink,
  FeedTicker,
  FeedTrade,
} from '../../src/domain/feed.ts';

export interface KeptMarket extends FeedMarket {
  live: boolean;
}

/** Counts and keeps what sessions say, and does to books what the collector's core does. */
export class RecordingSink implements FeedSink {
  readonly markets = new Map<string, KeptMarket>();
  readonly trades: { readonly symbol: string; readonly trade: FeedTrade }[] = [];
  readonly tickers: { readonly symbol: string; readonly ticker: FeedTicker }[] = [];
  readonly dropped: { readonly symbol: string; readonly reason: BookStatusReason }[] = [];
  readonly sent: string[] = [];
  readonly malformedDetails: string[] = [];
  readonly gaps: string[] = [];
  readonly venueErrors: { readonly detail: string; readonly fatal: boolean }[] = [];
  readonly reconnects: BookStatusReason[] = [];
  readonly count = {
    book: 0,
    pending: 0,
    heartbeat: 0,
    status: 0,
    ignored: 0,
    malformed: 0,
    verified: 0,
    failed: 0,
  };
  lastTimeUs = 0;
  private readonly dialect: FeedDialect;
  private readonly only: ReadonlySet<string> | undefined;

  constructor(dialect: FeedDialect, only?: readonly string[]) {
    this.dialect = dialect;
    this.only = only === undefined ? undefined : new Set(only);
  }

  /** How many calls this sink has had, of any kind: every frame must lead to one. */
  get calls(): number {
    const counted = Object.values(this.count).reduce((sum, one) => sum + one, 0);
    const kept = [this.trades, this.tickers, this.dropped, this.gaps, this.venueErrors];
    return counted + kept.reduce((sum, list) => sum + list.length, 0) + this.reconnects.length;
  }

  /** A market that a test names must be there. */
  known(symbol: string): KeptMarket {
    const market = this.market(symbol);
    if (market === undefined) throw new Error(`${symbol} is not a market of ${this.dialect.name}`);
    return market;
  }

  market(symbol: string): KeptMarket | undefined {
    const kept = this.markets.get(symbol);
    if (kept !== undefined) return kept;
    const pair = this.dialect.instrumentOf(symbol);
    if (pair === undefined || this.only?.has(symbol) === false) return undefined;
    const market = { instrument: instrumentId(pair), symbol, book: new OrderBook(), live: false };
    this.markets.set(symbol, market);
    return market;
  }

  bookChanged(market: KeptMarket, exchangeTimeUs: number): void {
    this.count.book += 1;
    this.lastTimeUs = exchangeTimeUs;
    market.live = true;
  }

  bookPending(): void {
    this.count.pending += 1;
  }

  bookDropped(market: KeptMarket, reason: BookStatusReason): void {
    this.dropped.push({ symbol: market.symbol, reason });
    market.book.clear();
    market.live = false;
  }

  trade(market: FeedMarket, trade: FeedTrade): void {
    this.trades.push({ symbol: market.symbol, trade });
  }

  ticker(market: FeedMarket, ticker: FeedTicker): void {
    this.tickers.push({ symbol: market.symbol, ticker });
  }

  heartbeat(): void {
    this.count.heartbeat += 1;
  }

  status(): void {
    this.count.status += 1;
  }

  checksum(_market: FeedMarket, matches: boolean): void {
    if (matches) this.count.verified += 1;
    else this.count.failed += 1;
  }

  sequenceGap(detail: string): void {
    this.gaps.push(detail);
  }

  ignored(): void {
    this.count.ignored += 1;
  }

  malformed(detail: string): void {
    this.count.malformed += 1;
    this.malformedDetails.push(detail);
  }

  venueError(problem: { readonly detail: string; readonly fatal: boolean }): void {
    this.venueErrors.push(problem);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  fetch(path: string): void {
    throw new Error(`no dialect here fetches ${path}`);
  }

  reconnect(reason: BookStatusReason): void {
    this.reconnects.push(reason);
  }
}

/** The sessions of one recording, one a connection, all into one sink. */
export class Player {
  readonly sink: RecordingSink;
  private readonly dialect: FeedDialect;
  private readonly sessions = new Map<number, FeedSession>();

  constructor(dialect: FeedDialect, only?: readonly string[]) {
    this.dialect = dialect;
    this.sink = new RecordingSink(dialect, only);
  }

  session(connection: number): FeedSession {
    let session = this.sessions.get(connection);
    if (session === undefined) {
      session = this.dialect.open({
        sink: this.sink,
        symbols: [],
        depth: 10,
        channels: ['book', 'trade', 'ticker'],
      });
      this.sessions.set(connection, session);
    }
    return session;
  }

  play(frames: readonly Frame[]): this {
    for (const frame of frames) {
      const session = this.session(frame.connection);
      if (frame.kind === 'out') session.onSent(frame.text);
      else session.onText(frame.text, frame.atUs);
    }
    return this;
  }
}

export interface Frame {
  readonly connection: number;
  readonly kind: 'in' | 'out';
  readonly text: string;
  readonly atUs: number;
}
