import type { BookStatusReason } from '@ats/domain';
import type { FeedMarket, FeedSink } from '../../../domain/feed.ts';

/** The books that one connection carries, so that a fault of the connection reaches all of them. */
export class SessionBooks {
  private readonly sink: FeedSink;
  private readonly carried = new Set<FeedMarket>();

  constructor(sink: FeedSink) {
    this.sink = sink;
  }

  /** From now on this connection is where the book's messages come from. */
  carry(market: FeedMarket | undefined): void {
    if (market !== undefined) this.carried.add(market);
  }

  /** A snapshot stands in the book. */
  started(market: FeedMarket, exchangeTimeUs: number): void {
    this.carried.add(market);
    this.sink.bookChanged(market, exchangeTimeUs);
  }

  dropAll(reason: BookStatusReason, detail: string): void {
    for (const market of this.carried) this.sink.bookDropped(market, reason, detail);
  }

  /** A frame of this market's book was not what it must be: nothing of it was applied. */
  malformed(market: FeedMarket, detail: string): void {
    const text = `${market.symbol}: ${detail}`;
    this.sink.malformed(text);
    this.sink.bookDropped(market, 'MALFORMED_FRAME', text);
  }

  /** A frame that cannot be read at all may have been an update of any book. */
  unreadable(text: string): void {
    const detail = `not JSON: ${text.slice(0, 80)}`;
    this.sink.malformed(detail);
    this.dropAll('MALFORMED_FRAME', detail);
  }
}
