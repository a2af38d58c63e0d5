import { type BookStatusReason, Decimal, type InstrumentId, OrderBook } from '@ats/domain';
import type { FeedMarket, FeedSink, FeedTicker, FeedTrade } from '../domain/feed.ts';

/** A market as a replay keeps it. */
export interface ReplayMarket extends FeedMarket {
  live: boolean;
  crossed: boolean;
  trades: number;
  volume: Decimal;
}

/** Told of what a replay's frames say, as they say it. Books change later: copy what is needed. */
export interface ReplayWatcher {
  /** The book is whole and has just changed. */
  book(market: FeedMarket, exchangeTimeUs: number): void;
  /** The book is gone, until `book` is called again. */
  bookDropped(market: FeedMarket): void;
  trade(market: FeedMarket, trade: FeedTrade): void;
}

/** The kinds that a received frame is counted under. */
export interface MessageCounts {
  book: number;
  trade: number;
  ticker: number;
  heartbeat: number;
  status: number;
  ignored: number;
  malformed: number;
}

const KIND = { book: 1, trade: 2, ticker: 4, heartbeat: 8, status: 16, malformed: 32 } as const;

/** What all connections of one replay add up to. */
export class ReplayTally {
  frames = 0;
  readonly messages: MessageCounts = {
    book: 0,
    trade: 0,
    ticker: 0,
    heartbeat: 0,
    status: 0,
    ignored: 0,
    malformed: 0,
  };
  checksumsVerified = 0;
  checksumsFailed = 0;
  sequenceGaps = 0;
  crossedBooks = 0;
  private kinds = 0;

  mark(kind: keyof typeof KIND): void {
    this.kinds |= KIND[kind];
  }

  beginFrame(): void {
    this.kinds = 0;
  }

  /**
   * Counts the frame once under each kind of message that was in it; under `malformed` alone if
   * any of it was, and under `ignored` if nothing in it was for anybody.
   */
  endFrame(): void {
    this.frames += 1;
    const { kinds, messages } = this;
    if (kinds === 0) messages.ignored += 1;
    else if (kinds & KIND.malformed) messages.malformed += 1;
    else {
      if (kinds & KIND.book) messages.book += 1;
      if (kinds & KIND.trade) messages.trade += 1;
      if (kinds & KIND.ticker) messages.ticker += 1;
      if (kinds & KIND.heartbeat) messages.heartbeat += 1;
      if (kinds & KIND.status) messages.status += 1;
    }
  }
}

/** The markets of one venue in a replay, made as their symbols turn up. */
export class ReplayMarkets {
  readonly all = new Map<string, ReplayMarket | undefined>();
  private readonly instrumentOf: (symbol: string) => InstrumentId | undefined;
  private readonly marketsMax: number;

  constructor(options: {
    readonly instrumentOf: (symbol: string) => InstrumentId | undefined;
    readonly marketsMax: number;
  }) {
    this.instrumentOf = options.instrumentOf;
    this.marketsMax = options.marketsMax;
  }

  find(symbol: string): ReplayMarket | undefined {
    if (this.all.has(symbol)) return this.all.get(symbol);
    if (this.all.size >= this.marketsMax) return undefined;
    const instrument = this.instrumentOf(symbol);
    const counts = { live: false, crossed: false, trades: 0, volume: Decimal.ZERO };
    const market =
      instrument === undefined
        ? undefined
        : { instrument, symbol, book: new OrderBook(), ...counts };
    this.all.set(symbol, market);
    return market;
  }
}

/** One recorded connection's end of the session: counts, and keeps books as the frames say. */
export class ReplaySink implements FeedSink {
  private readonly tally: ReplayTally;
  private readonly markets: ReplayMarkets;
  /** The books that this connection carries: they end with it. */
  private readonly carried = new Set<ReplayMarket>();
  private readonly watcher: ReplayWatcher | undefined;

  constructor(options: {
    readonly tally: ReplayTally;
    readonly markets: ReplayMarkets;
    readonly watcher: ReplayWatcher | undefined;
  }) {
    this.tally = options.tally;
    this.markets = options.markets;
    this.watcher = options.watcher;
  }

  market(symbol: string): FeedMarket | undefined {
    return this.markets.find(symbol);
  }

  bookChanged(market: FeedMarket, exchangeTimeUs: number): void {
    const own = market as ReplayMarket;
    this.tally.mark('book');
    if (!own.live) {
      own.live = true;
      this.carried.add(own);
    }
    const crossed = own.book.isCrossed();
    if (crossed && !own.crossed) this.tally.crossedBooks += 1;
    own.crossed = crossed;
    this.watcher?.book(market, exchangeTimeUs);
  }

  bookPending(): void {
    this.tally.mark('book');
  }

  bookDropped(market: FeedMarket, _reason: BookStatusReason, _detail: string): void {
    const own = market as ReplayMarket;
    this.tally.mark('book');
    if (own.live) this.watcher?.bookDropped(market);
    own.live = false;
    own.crossed = false;
    if (own.book.bids.depth + own.book.asks.depth > 0) own.book.clear();
  }

  trade(market: FeedMarket, trade: FeedTrade): void {
    const own = market as ReplayMarket;
    this.tally.mark('trade');
    own.trades += 1;
    own.volume = own.volume.add(Decimal.parse(trade.size));
    this.watcher?.trade(market, trade);
  }

  ticker(_market: FeedMarket, _ticker: FeedTicker): void {
    this.tally.mark('ticker');
  }

  heartbeat(): void {
    this.tally.mark('heartbeat');
  }

  status(_detail: string): void {
    this.tally.mark('status');
  }

  /** Part of a book message, or a message of its own on the book's channel. */
  checksum(_market: FeedMarket, matches: boolean): void {
    this.tally.mark('book');
    if (matches) this.tally.checksumsVerified += 1;
    else this.tally.checksumsFailed += 1;
  }

  sequenceGap(_detail: string): void {
    this.tally.sequenceGaps += 1;
  }

  ignored(): void {
    // A frame that nothing else is said of counts as ignored.
  }

  malformed(_detail: string): void {
    this.tally.mark('malformed');
  }

  venueError(_problem: { readonly detail: string; readonly fatal: boolean }): void {
    this.tally.mark('status');
  }

  send(_text: string): void {
    // What was sent stands in the recording.
  }

  fetch(_path: string): void {
    // What was fetched stands in the recording.
  }

  reconnect(_reason: BookStatusReason, _detail: string): void {
    this.dropCarried();
  }

  /** The connection is over: a book that it carried is nobody's. */
  dropCarried(): void {
    for (const market of this.carried) {
      if (market.live) this.watcher?.bookDropped(market);
      market.live = false;
      market.crossed = false;
      market.book.clear();
    }
    this.carried.clear();
  }
}
