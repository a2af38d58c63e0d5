import { type BookStatusReason, type InstrumentId, instrumentId, OrderBook } from '@ats/domain';
import type { FeedDialect, FeedMarket, FeedSink, FeedTicker, FeedTrade } from '../domain/feed.ts';

export interface FuzzMarket extends FeedMarket {
  live: boolean;
  /** Updates since the book became crossed; 0 when it is not. */
  crossedUpdates: number;
}

/** Updates that a book may stay crossed, as the live guard gives it some time. */
const CROSSED_UPDATES_MAX = 10;
const MARKETS_MAX = 200;
/** Levels of each side that a fingerprint covers. */
const FINGERPRINT_LEVELS = 50;

/** Does what the live core does with a session's calls, and remembers them for the checks. */
export class FuzzSink implements FeedSink {
  readonly markets = new Map<string, FuzzMarket>();
  /** Markets that the frame said it had changed or dropped. */
  readonly touched = new Set<FeedMarket>();
  readonly toResync = new Set<FeedMarket>();
  readonly counts = { malformed: 0, dropped: 0, changed: 0, calls: 0 };
  reconnectWanted = false;
  private readonly dialect: FeedDialect;

  constructor(dialect: FeedDialect) {
    this.dialect = dialect;
  }

  get live(): number {
    let count = 0;
    for (const market of this.markets.values()) if (market.live) count += 1;
    return count;
  }

  /** The connection is gone, and with it what its books were worth. */
  disconnect(): void {
    this.reconnectWanted = false;
    this.toResync.clear();
    for (const market of this.markets.values()) this.clear(market);
  }

  market(symbol: string): FeedMarket | undefined {
    const known = this.markets.get(symbol);
    if (known !== undefined || this.markets.size >= MARKETS_MAX) return known;
    const pair = this.dialect.instrumentOf(symbol);
    if (pair === undefined) return undefined;
    const instrument: InstrumentId = instrumentId(pair);
    const market = { instrument, symbol, book: new OrderBook(), live: false, crossedUpdates: 0 };
    this.markets.set(symbol, market);
    return market;
  }

  bookChanged(market: FeedMarket): void {
    const own = market as FuzzMarket;
    this.counts.calls += 1;
    this.counts.changed += 1;
    this.touched.add(market);
    own.live = true;
    own.crossedUpdates = own.book.isCrossed() ? own.crossedUpdates + 1 : 0;
    if (own.crossedUpdates > CROSSED_UPDATES_MAX) this.bookDropped(own);
  }

  bookPending(): void {
    this.counts.calls += 1;
  }

  bookDropped(market: FeedMarket, _reason?: BookStatusReason, _detail?: string): void {
    this.counts.calls += 1;
    this.counts.dropped += 1;
    this.touched.add(market);
    this.toResync.add(market);
    this.clear(market as FuzzMarket);
  }

  trade(_market: FeedMarket, trade: FeedTrade): void {
    this.counts.calls += 1;
    if (!(Number(trade.price) > 0) || !(Number(trade.size) > 0)) {
      throw new Error(`a trade of ${trade.size} at ${trade.price} was passed on`);
    }
  }

  ticker(_market: FeedMarket, ticker: FeedTicker): void {
    this.counts.calls += 1;
    for (const value of Object.values(ticker)) {
      if (!Number.isFinite(value)) throw new Error('a ticker with a number that is none');
    }
  }

  heartbeat(): void {
    this.counts.calls += 1;
  }

  status(_detail: string): void {
    this.counts.calls += 1;
  }

  checksum(_market: FeedMarket, _matches: boolean): void {
    // The session drops the book itself when a checksum fails.
    this.counts.calls += 1;
  }

  sequenceGap(_detail: string): void {
    this.counts.calls += 1;
  }

  ignored(): void {
    this.counts.calls += 1;
  }

  malformed(_detail: string): void {
    this.counts.calls += 1;
    this.counts.malformed += 1;
  }

  venueError(_problem: { readonly detail: string; readonly fatal: boolean }): void {
    this.counts.calls += 1;
  }

  send(_text: string): void {
    // Nobody listens.
  }

  fetch(_path: string): void {
    // Answers come from the recording.
  }

  reconnect(_reason: BookStatusReason, _detail: string): void {
    this.reconnectWanted = true;
  }

  private clear(market: FuzzMarket): void {
    market.live = false;
    market.crossedUpdates = 0;
    if (market.book.bids.depth + market.book.asks.depth > 0) market.book.clear();
  }
}

/** A number that changes when the depth or one of the best levels of a book does. */
export function fingerprint(market: FuzzMarket): number {
  let hash = market.live ? 1 : 0;
  for (const side of [market.book.bids, market.book.asks]) {
    hash = (hash * 31 + side.depth) | 0;
    const levels = Math.min(side.depth, FINGERPRINT_LEVELS);
    for (let index = 0; index < levels; index += 1) {
      hash = (hash * 31 + hashOf(side.price(index))) | 0;
      hash = (hash * 31 + hashOf(side.size(index))) | 0;
    }
  }
  return hash;
}

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

function hashOf(value: number): number {
  float[0] = value;
  return ((words[0] as number) * 17 + (words[1] as number)) | 0;
}

/** @returns what no live book may be; undefined when the book is sound. */
export function bookProblem(market: FuzzMarket, levelsMax: number): string | undefined {
  if (!market.live) return undefined;
  for (const [name, sign] of [
    ['bids', 1],
    ['asks', -1],
  ] as const) {
    const side = market.book[name];
    const levels = Math.min(side.depth, levelsMax);
    let last = sign * Infinity;
    for (let index = 0; index < levels; index += 1) {
      const price = side.price(index);
      const size = side.size(index);
      if (!Number.isFinite(price) || price <= 0) return `${name}[${index}] has the price ${price}`;
      if (!Number.isFinite(size) || size <= 0) return `${name}[${index}] has the size ${size}`;
      if (sign * price >= sign * last) return `${name}[${index}] is out of order`;
      if (Number(side.priceText(index)) !== price) return `${name}[${index}] has a foreign text`;
      last = price;
    }
  }
  return undefined;
}
