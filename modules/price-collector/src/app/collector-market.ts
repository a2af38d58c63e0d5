import {
  type BookStatusReason,
  type BookTop,
  type InstrumentId,
  OrderBook,
  type VenueId,
  type VenueStatus,
} from '@ats/domain';
import type { FeedMarket } from '../domain/feed.ts';

type Mutable<Message> = { -readonly [Field in keyof Message]: Message[Field] };

/** Whoever can start a market's book over: the connection that carries it. */
export interface MarketLane {
  resync(market: FeedMarket): void;
  reconnect(reason: BookStatusReason, detail: string): void;
}

/** One market of the live collector: its book, what is published of it, and how it does. */
export class CollectorMarket implements FeedMarket {
  readonly instrument: InstrumentId;
  readonly symbol: string;
  readonly book = new OrderBook(256);
  live = false;

  /** The one message of this market, filled anew for each update. */
  readonly top: Mutable<BookTop>;
  state: VenueStatus['state'] = 'down';
  reason: BookStatusReason = 'DISCONNECTED';
  /** When the last update that was applied had come in; 0 before the first. */
  updatedAtUs = 0;
  /** Since when the book has been crossed; 0 when it is not. */
  crossedSinceUs = 0;
  /** When the next resync is due while the book is not live; 0 when none is. */
  resyncDueUs = 0;
  resyncAttempts = 0;
  /** `top.sequence` of the last quote that was stored. */
  quotedSequence = 0;
  lane: MarketLane | undefined;

  constructor(options: {
    readonly venue: VenueId;
    readonly instrument: InstrumentId;
    readonly symbol: string;
    readonly publishDepth: number;
  }) {
    this.instrument = options.instrument;
    this.symbol = options.symbol;
    this.top = {
      kind: 'book',
      venue: options.venue,
      instrument: options.instrument,
      exchangeTimeUs: 0,
      receivedAtUs: 0,
      sequence: 0,
      bookAtUs: 0,
      bidCount: 0,
      askCount: 0,
      bidPrices: new Float64Array(options.publishDepth),
      bidSizes: new Float64Array(options.publishDepth),
      askPrices: new Float64Array(options.publishDepth),
      askSizes: new Float64Array(options.publishDepth),
    };
  }

  /** Copies the best levels into the message: a fixed amount of work, and no allocation. */
  fillTop(times: { exchangeTimeUs: number; receivedAtUs: number; bookAtUs: number }): BookTop {
    const { top } = this;
    const { bids, asks } = this.book;
    top.exchangeTimeUs = times.exchangeTimeUs;
    top.receivedAtUs = times.receivedAtUs;
    top.bookAtUs = times.bookAtUs;
    top.sequence += 1;
    top.bidCount = bids.copyTop(top.bidPrices, top.bidSizes);
    top.askCount = asks.copyTop(top.askPrices, top.askSizes);
    return top;
  }
}
