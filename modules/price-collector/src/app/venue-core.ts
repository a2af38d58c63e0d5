import type { BookStatusReason, InstrumentId, VenueId, VenueStatus } from '@ats/domain';
import {
  type Clock,
  fullJitterMs,
  LatencyRecorder,
  type Logger,
  type RandomStream,
  TokenBucket,
} from '@ats/runtime';
import type { MarketBus, TickStore } from '@ats/storage';
import { ClockSkewGuard } from '../domain/clock-skew.ts';
import type { FeedTicker, FeedTrade } from '../domain/feed.ts';
import { CollectorMarket, type MarketLane } from './collector-market.ts';
import type { CoreSettings } from './settings.ts';
import { VenueCounters } from './venue-counters.ts';

export interface VenueCoreOptions {
  readonly venue: VenueId;
  readonly listings: readonly { readonly symbol: string; readonly instrument: InstrumentId }[];
  readonly bus: MarketBus;
  readonly ticks: TickStore;
  readonly clock: Clock;
  readonly random: RandomStream;
  readonly logger: Logger;
  readonly settings: CoreSettings;
}

/** Backoff of a book's second and later resync. */
const RESYNC_BACKOFF_BASE_MS = 500;

/**
 * All markets of one venue, whichever connection or library feeds them: decides what downstream
 * hears of each book, and when a book that went bad is asked for again.
 */
export class VenueCore {
  readonly venue: VenueId;
  readonly markets = new Map<string, CollectorMarket>();
  readonly counters = new VenueCounters();
  /** Socket to published book, microseconds. */
  readonly frameToBookUs = new LatencyRecorder();
  /** Ages of live books, milliseconds, sampled at every guard tick. */
  readonly ageMs = new LatencyRecorder();
  private readonly options: VenueCoreOptions;
  private readonly settings: CoreSettings;
  private readonly skew: ClockSkewGuard;
  private readonly resyncs: TokenBucket;
  private readonly times = { exchangeTimeUs: 0, receivedAtUs: 0, bookAtUs: 0 };
  private dropsPending = false;
  private readonly startedAtUs: number;

  constructor(options: VenueCoreOptions) {
    const { settings, venue } = options;
    this.options = options;
    this.startedAtUs = options.clock.nowUs();
    this.settings = settings;
    this.venue = venue;
    this.skew = new ClockSkewGuard({
      limitMs: settings.clockSkewMaxMs,
      windowMs: settings.clockSkewWindowMs,
    });
    this.resyncs = new TokenBucket(settings.resync);
    for (const { symbol, instrument } of options.listings) {
      const { publishDepth } = settings;
      this.markets.set(symbol, new CollectorMarket({ venue, instrument, symbol, publishDepth }));
    }
  }

  /** Since the newest frame that changed a book; since the start where there was none. */
  get quietUs(): number {
    return this.options.clock.nowUs() - (this.times.receivedAtUs || this.startedAtUs);
  }

  get clockSkewUs(): number {
    return this.skew.skewUs;
  }

  /** A connection carries these markets from now on and has subscribed to them. */
  attach(lane: MarketLane, symbols: readonly string[]): void {
    const nowUs = this.options.clock.nowUs();
    for (const market of this.marketsOf(symbols)) {
      market.lane = lane;
      market.resyncAttempts = 0;
      market.resyncDueUs = nowUs + this.settings.resync.timeoutMs * 1000;
      this.setStatus(market, 'connecting', 'SUBSCRIBED');
    }
  }

  /** The connection is gone, and the books it carried with it. */
  detach(symbols: readonly string[], reason: BookStatusReason): void {
    for (const market of this.marketsOf(symbols)) {
      market.lane = undefined;
      market.resyncDueUs = 0;
      this.clear(market);
      this.setStatus(market, 'down', reason);
    }
  }

  bookChanged(market: CollectorMarket, exchangeTimeUs: number, receivedAtUs: number): void {
    this.counters.bookUpdates += 1;
    market.updatedAtUs = receivedAtUs;
    if (!market.live) {
      market.live = true;
      market.resyncDueUs = 0;
      market.resyncAttempts = 0;
    }
    this.times.exchangeTimeUs = exchangeTimeUs;
    this.times.receivedAtUs = receivedAtUs;
    this.skew.observe(this.times);
    if (market.book.isCrossed()) {
      this.onCrossed(market, receivedAtUs);
      return;
    }
    market.crossedSinceUs = 0;
    if (this.skew.isSkewed) return;
    if (market.state !== 'live') this.setStatus(market, 'live', 'SNAPSHOT');
    const bookAtUs = this.options.clock.nowUs();
    this.times.bookAtUs = bookAtUs;
    this.frameToBookUs.record(bookAtUs - receivedAtUs);
    this.options.bus.publish(market.fillTop(this.times));
  }

  bookDropped(market: CollectorMarket, reason: BookStatusReason, detail: string): void {
    this.counters.drop(reason);
    this.clear(market);
    this.setStatus(market, 'resyncing', reason);
    const nowUs = this.options.clock.nowUs();
    market.resyncDueUs = nowUs + this.backoffUs(market);
    this.dropsPending = true;
    const { logger } = this.options;
    logger.warn('book.dropped', `${market.instrument}: ${detail}`, {
      reason,
      symbol: market.symbol,
    });
  }

  trade(market: CollectorMarket, trade: FeedTrade, receivedAtUs: number): void {
    const { bus, ticks } = this.options;
    const { venue } = this;
    const { instrument } = market;
    this.counters.trades += 1;
    bus.publish({ kind: 'trade', venue, instrument, receivedAtUs, ...trade });
    if (!this.settings.ticks) return;
    const price = Number(trade.price);
    const size = Number(trade.size);
    const stored = {
      kind: 'trade',
      venue,
      instrument,
      receivedAtUs,
      ...trade,
      price,
      size,
    } as const;
    if (!ticks.append(stored)) this.counters.limit('tick_store_queue');
  }

  ticker(market: CollectorMarket, ticker: FeedTicker, receivedAtUs: number): void {
    this.counters.tickers += 1;
    const { venue } = this;
    const { instrument } = market;
    this.options.bus.publish({ kind: 'ticker', venue, instrument, receivedAtUs, ...ticker });
  }

  /** Runs after each frame: a book that was just dropped is asked for again without delay. */
  afterFrame(): void {
    if (!this.dropsPending) return;
    this.dropsPending = false;
    this.resyncDue(this.options.clock.nowUs());
  }

  /** Checks every market's age, crossing and resync; called several times a second. */
  guard(): void {
    const nowUs = this.options.clock.nowUs();
    if (this.skew.evaluate(nowUs)) this.onSkewChanged();
    for (const market of this.markets.values()) {
      if (!market.live) continue;
      const ageUs = nowUs - market.updatedAtUs;
      this.ageMs.record(ageUs / 1000);
      if (market.crossedSinceUs !== 0) this.onCrossed(market, nowUs);
      else this.checkAge(market, ageUs);
      if (market.live && this.settings.ticks) this.storeQuote(market);
    }
    this.resyncDue(nowUs);
  }

  /** Publishes that nothing of this venue may be used any more. */
  shutdown(): void {
    this.detach([...this.markets.keys()], 'SHUTDOWN');
  }

  private *marketsOf(symbols: readonly string[]): Iterable<CollectorMarket> {
    for (const symbol of symbols) {
      const market = this.markets.get(symbol);
      if (market !== undefined) yield market;
    }
  }

  private clear(market: CollectorMarket): void {
    market.live = false;
    market.crossedSinceUs = 0;
    if (market.book.bids.depth + market.book.asks.depth > 0) market.book.clear();
  }

  private onCrossed(market: CollectorMarket, nowUs: number): void {
    if (market.crossedSinceUs === 0) {
      market.crossedSinceUs = nowUs;
      this.counters.crossed += 1;
    }
    if (nowUs - market.crossedSinceUs <= this.settings.crossedGraceMs * 1000) return;
    const bid = market.book.bids.price(0);
    const ask = market.book.asks.price(0);
    const grace = this.settings.crossedGraceMs;
    this.bookDropped(market, 'CROSSED_BOOK', `bid ${bid} over ask ${ask} for over ${grace} ms`);
  }

  /** A quiet market is stale first; quiet for twice as long, it is asked for anew. */
  private checkAge(market: CollectorMarket, ageUs: number): void {
    const limitUs = this.settings.staleAfterMs * 1000;
    if (ageUs > 2 * limitUs) this.bookDropped(market, 'STALE', 'no update for twice the age limit');
    else if (ageUs > limitUs && market.state === 'live') this.setStatus(market, 'stale', 'STALE');
  }

  private onSkewChanged(): void {
    const { isSkewed, skewUs } = this.skew;
    const fields = { skewUs, limitMs: this.settings.clockSkewMaxMs };
    const say = `the clocks are ${isSkewed ? 'too far' : 'no longer too far'} apart`;
    this.options.logger.warn('clock.skew', say, fields);
    if (!isSkewed) return;
    for (const market of this.markets.values()) {
      if (market.live) this.setStatus(market, 'stale', 'CLOCK_SKEW');
    }
  }

  private resyncDue(nowUs: number): void {
    for (const market of this.markets.values()) {
      if (market.live || market.resyncDueUs === 0 || market.resyncDueUs > nowUs) continue;
      if (!this.resyncs.take(nowUs)) {
        this.counters.limit('resync_budget');
        return;
      }
      market.resyncAttempts += 1;
      if (market.resyncAttempts > this.settings.resync.attemptsMax) {
        market.resyncAttempts = 0;
        const detail = `${market.instrument} did not come back`;
        market.lane?.reconnect('SEQUENCE_GAP', detail);
        continue;
      }
      this.counters.resyncs += 1;
      market.resyncDueUs = nowUs + this.settings.resync.timeoutMs * 1000;
      market.lane?.resync(market);
    }
  }

  /** Nothing for the first attempt: a gap now and then costs one round trip, no more. */
  private backoffUs(market: CollectorMarket): number {
    if (market.resyncAttempts === 0) return 0;
    return (
      fullJitterMs({
        attempt: market.resyncAttempts,
        baseMs: RESYNC_BACKOFF_BASE_MS,
        maxMs: this.settings.resync.backoffMaxMs,
        random: this.options.random.next(),
      }) * 1000
    );
  }

  private storeQuote(market: CollectorMarket): void {
    const { top } = market;
    if (top.sequence === market.quotedSequence || top.bidCount === 0 || top.askCount === 0) return;
    market.quotedSequence = top.sequence;
    const { venue, instrument, exchangeTimeUs, receivedAtUs } = top;
    const stored = this.options.ticks.append({
      kind: 'quote',
      ...{ venue, instrument, exchangeTimeUs, receivedAtUs },
      bid: top.bidPrices[0] as number,
      bidSize: top.bidSizes[0] as number,
      ask: top.askPrices[0] as number,
      askSize: top.askSizes[0] as number,
    });
    if (!stored) this.counters.limit('tick_store_queue');
  }

  private setStatus(
    market: CollectorMarket,
    state: VenueStatus['state'],
    reason: BookStatusReason,
  ): void {
    if (market.state === state && market.reason === reason) return;
    market.state = state;
    market.reason = reason;
    const receivedAtUs = this.options.clock.nowUs();
    const { venue } = this;
    const { instrument } = market;
    const status = { kind: 'status', venue, instrument, exchangeTimeUs: 0, receivedAtUs } as const;
    this.options.bus.publish({ ...status, state, reason });
  }
}
