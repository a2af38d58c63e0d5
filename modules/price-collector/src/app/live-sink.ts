import type { BookStatusReason } from '@ats/domain';
import type { FeedMarket, FeedSink, FeedTicker, FeedTrade } from '../domain/feed.ts';
import type { CollectorMarket } from './collector-market.ts';
import type { VenueCore } from './venue-core.ts';

/** What a live session needs of the connection it runs on. */
export interface LiveConnection {
  send(text: string): void;
  fetch(path: string): void;
  reconnect(reason: BookStatusReason, detail: string): void;
}

/** A live session's sink: one per connection, all of a venue on one core. */
export class LiveSink implements FeedSink {
  /** When the frame being read left the socket; the connection sets it. */
  receivedAtUs = 0;
  private readonly core: VenueCore;
  private readonly connection: LiveConnection;
  private readonly onProblem: (event: string, detail: string) => void;

  constructor(options: {
    readonly core: VenueCore;
    readonly connection: LiveConnection;
    /** Hears of what an operator may want to read: venue errors, malformed frames. */
    readonly onProblem: (event: string, detail: string) => void;
  }) {
    this.core = options.core;
    this.connection = options.connection;
    this.onProblem = options.onProblem;
  }

  market(symbol: string): FeedMarket | undefined {
    return this.core.markets.get(symbol);
  }

  bookChanged(market: FeedMarket, exchangeTimeUs: number): void {
    this.core.bookChanged(market as CollectorMarket, exchangeTimeUs, this.receivedAtUs);
  }

  bookPending(): void {
    this.core.counters.pending += 1;
  }

  bookDropped(market: FeedMarket, reason: BookStatusReason, detail: string): void {
    this.core.bookDropped(market as CollectorMarket, reason, detail);
  }

  trade(market: FeedMarket, trade: FeedTrade): void {
    this.core.trade(market as CollectorMarket, trade, this.receivedAtUs);
  }

  ticker(market: FeedMarket, ticker: FeedTicker): void {
    this.core.ticker(market as CollectorMarket, ticker, this.receivedAtUs);
  }

  heartbeat(): void {
    this.core.counters.heartbeats += 1;
  }

  status(_detail: string): void {
    this.core.counters.statuses += 1;
  }

  checksum(_market: FeedMarket, matches: boolean): void {
    if (matches) this.core.counters.checksumsVerified += 1;
    else this.core.counters.checksumFailures += 1;
  }

  sequenceGap(_detail: string): void {
    this.core.counters.sequenceGaps += 1;
  }

  ignored(): void {
    this.core.counters.ignored += 1;
  }

  malformed(detail: string): void {
    this.core.counters.malformed += 1;
    this.onProblem('frame.malformed', detail);
  }

  venueError(problem: { readonly detail: string; readonly fatal: boolean }): void {
    this.core.counters.venueErrors += 1;
    this.onProblem(problem.fatal ? 'venue.refused' : 'venue.error', problem.detail);
  }

  send(text: string): void {
    this.connection.send(text);
  }

  fetch(path: string): void {
    this.connection.fetch(path);
  }

  reconnect(reason: BookStatusReason, detail: string): void {
    this.connection.reconnect(reason, detail);
  }
}
