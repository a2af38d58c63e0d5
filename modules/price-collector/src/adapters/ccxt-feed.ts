import { spotSymbol } from '@ats/ccxt';
import type { BookStatusReason } from '@ats/domain';
import type { Clock, Logger, RandomStream, Timers } from '@ats/runtime';
import type { CollectorMarket, MarketLane } from '../app/collector-market.ts';
import type { VenueCore } from '../app/venue-core.ts';
import type { VenueFeed } from '../domain/venue-feed.ts';
import { type BackoffLimits, StreamBackoff, type StreamHealth } from './ccxt-backoff.ts';
import { type CcxtExchange, cutSockets, SUBSCRIPTION_MS } from './ccxt-exchange.ts';
import { type CcxtBook, fillSide, sameSide, tickerOf, timeUs, tradeOf } from './ccxt-mapping.ts';

type Channel = 'book' | 'trade' | 'ticker';

export interface CcxtFeedOptions {
  readonly exchange: CcxtExchange;
  /** Breaks off the REST calls of `exchange`. */
  readonly abort: () => void;
  readonly core: VenueCore;
  readonly depth: number;
  readonly channels: readonly Channel[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly logger: Logger;
  readonly backoff: BackoffLimits;
}

/** One channel of one market. */
interface Stream {
  readonly market: CollectorMarket;
  /** ccxt's own name of the market. */
  readonly symbol: string;
  readonly channel: Channel;
  readonly health: StreamHealth;
  /** Whether ccxt gave anything since its sockets were last opened for it. */
  subscribed: boolean;
}

const CHANNELS = ['book', 'trade', 'ticker'] as const;
const WATCHES = {
  book: 'watchOrderBook',
  trade: 'watchTrades',
  ticker: 'watchTicker',
} as const;

/** How long closing handshakes may take before the sockets are cut. */
const CLOSE_TIMEOUT_MS = 500;
/** ccxt bounds each REST call up to its first byte; this bounds all of loading the markets. */
const MARKETS_TIMEOUT_MS = 60_000;

/** The feed ended a wait by itself: no failure of the venue. */
class Interrupted extends Error {}

/**
 * Any exchange that ccxt can stream, through ccxt's own connections and books. ccxt conflates and
 * costs more per message than a native adapter, and it does its own resyncs: an error of its
 * stream drops the book here until ccxt gives the next whole one. A book without its first update
 * or with a bad one is waited for as long as the core does for any venue's.
 */
export class CcxtFeed implements VenueFeed, MarketLane {
  private readonly options: CcxtFeedOptions;
  private readonly streams: Stream[] = [];
  private readonly backoff: StreamBackoff;
  /** Ends every wait for ccxt or a timer. */
  private readonly waits = new Set<(why: Error) => void>();
  /** The exchange time of each market's newest book. */
  private readonly bookTimesUs = new Map<CollectorMarket, number>();
  /** The depth to ask for; undefined once the exchange has refused it. */
  private limit: number | undefined;
  /** When the next stream may subscribe. */
  private slotUs = 0;
  private running: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;
  private stopped = false;

  constructor(options: CcxtFeedOptions) {
    this.options = options;
    this.limit = options.depth;
    options.exchange.newUpdates = true;
    this.backoff = this.newBackoff();
  }

  start(): void {
    this.running = this.run();
  }

  guard(): void {
    // ccxt watches its own connections; the core watches the ages of the books.
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.options.abort();
    this.interrupt();
    await this.closed();
    await this.running;
  }

  connections(): { readonly open: number; readonly wanted: number } {
    const live = [...this.options.core.markets.values()].some((market) => market.live);
    return { open: live ? 1 : 0, wanted: 1 };
  }

  /**
   * A book that was given and then went bad: ccxt's own copy is no better, so all start anew. One
   * that ccxt is still building is left to it, and one that fails is tried again by its stream.
   */
  resync(market: CollectorMarket): void {
    if (!this.bookTimesUs.has(market) || this.isFailing(market)) return;
    this.restart('DISCONNECTED', `${market.instrument} is asked for anew`);
  }

  /** Asked for when a market does not come back; one that fails by itself is no reason. */
  reconnect(reason: BookStatusReason, detail: string): void {
    if (this.streams.every(({ channel, health }) => channel !== 'book' || health.failing)) return;
    this.restart(reason, detail);
  }

  private async run(): Promise<void> {
    if (!(await this.loadMarkets())) return;
    const { core, channels, exchange, logger } = this.options;
    // Books first: ccxt subscribes one after the other, within the exchange's budget.
    const offered = CHANNELS.filter((channel) => exchange.has[WATCHES[channel]] === true);
    for (const channel of offered.filter((one) => channels.includes(one))) {
      for (const market of core.markets.values()) {
        const symbol = spotSymbol(exchange, market.symbol);
        if (symbol === undefined) continue;
        const health = this.backoff.add();
        this.streams.push({ market, symbol, channel, health, subscribed: false });
      }
    }
    for (const { symbol } of core.markets.values()) {
      if (spotSymbol(exchange, symbol) !== undefined) continue;
      core.counters.venueErrors += 1;
      logger.warn('venue.refused', `ccxt knows no spot market ${symbol} of it`, { symbol });
    }
    this.attach();
    logger.info('connection.opened', `ccxt streams ${this.symbols().length} markets`);
    await Promise.all(this.streams.map((stream) => this.loop(stream)));
  }

  /** @returns false when the feed was stopped before they came */
  private async loadMarkets(): Promise<boolean> {
    const { exchange, core, logger, timers } = this.options;
    const backoff = this.newBackoff();
    const attempt = backoff.add();
    while (!this.stopped) {
      const limit = timers.after(MARKETS_TIMEOUT_MS, () => {
        this.interrupt(new Error(`no markets within ${MARKETS_TIMEOUT_MS} ms`));
      });
      try {
        await this.interruptible(exchange.loadMarkets(true));
        return true;
      } catch (error) {
        if (this.stopped) return false;
        if (!attempt.failing) {
          logger.warn('ccxt.failed', `its markets: ${(error as Error).message}; trying on`);
        }
        core.counters.reconnects += 1;
        await backoff.failed(attempt);
      } finally {
        limit.cancel();
      }
    }
    return false;
  }

  private async loop(stream: Stream): Promise<void> {
    while (!this.stopped) {
      if (this.closing !== undefined) await this.closing;
      if (!stream.subscribed && !(await this.slot())) continue;
      try {
        await this.watch(stream);
        stream.subscribed = true;
        if (stream.health.failing) this.recovered(stream);
      } catch (error) {
        if (this.stopped) return;
        if (!(error instanceof Interrupted)) await this.failed(stream, error as Error);
      }
    }
  }

  private recovered({ market, health }: Stream): void {
    this.backoff.worked(health);
    if (this.isFailing(market)) return;
    this.options.logger.info('ccxt.recovered', `${market.symbol} streams again`);
  }

  /** Says so once for each market, not for each attempt, and waits. */
  private async failed(stream: Stream, error: Error): Promise<void> {
    const { core, logger } = this.options;
    const { market, channel, health } = stream;
    stream.subscribed = false;
    const detail = `${market.symbol} ${channel}: ${error.message}`;
    if (channel === 'book' && this.limit !== undefined && isRefusal(error)) this.limit = undefined;
    if (channel === 'book' && (market.live || market.state === 'connecting')) {
      this.bookTimesUs.delete(market);
      core.bookDropped(market, 'DISCONNECTED', detail);
    } else if (!this.isFailing(market)) {
      logger.warn('ccxt.failed', detail, { symbol: market.symbol });
    }
    if (!health.failing) core.counters.reconnects += 1;
    await this.backoff.failed(health);
  }

  private isFailing(market: CollectorMarket): boolean {
    return this.streams.some((stream) => stream.market === market && stream.health.failing);
  }

  private async watch({ market, symbol, channel }: Stream): Promise<void> {
    const { exchange, core, clock } = this.options;
    if (channel === 'book') {
      const book = await this.interruptible(exchange.watchOrderBook(symbol, this.limit));
      this.onBook(market, book, clock.nowUs());
    } else if (channel === 'trade') {
      const trades = await this.interruptible(exchange.watchTrades(symbol));
      const receivedAtUs = clock.nowUs();
      core.counters.frames += 1;
      for (const trade of trades) core.trade(market, tradeOf(trade), receivedAtUs);
    } else {
      const ticker = await this.interruptible(this.nextTicker(symbol));
      core.counters.frames += 1;
      core.ticker(market, tickerOf(ticker), clock.nowUs());
    }
  }

  /** Some exchanges' `watchTicker` has no bid and ask; `watchBidsAsks` does where it exists. */
  private async nextTicker(symbol: string) {
    const { exchange } = this.options;
    if (exchange.has.watchBidsAsks !== true) return exchange.watchTicker(symbol);
    const tickers = await exchange.watchBidsAsks([symbol]);
    return tickers[symbol] ?? {};
  }

  /** ccxt also wakes for what changed nothing: the same levels of the same time are no news. */
  private onBook(market: CollectorMarket, book: CcxtBook, atUs: number): void {
    const { core, depth } = this.options;
    const { bids, asks } = market.book;
    const exchangeTimeUs = timeUs(book.timestamp);
    core.counters.frames += 1;
    const same = sameSide(bids, book.bids, depth) && sameSide(asks, book.asks, depth);
    if (market.live && same && this.bookTimesUs.get(market) === exchangeTimeUs) {
      market.updatedAtUs = atUs;
      return;
    }
    this.bookTimesUs.set(market, exchangeTimeUs);
    if (!same) {
      market.book.clear();
      if (!fillSide(bids, book.bids, depth) || !fillSide(asks, book.asks, depth)) {
        core.counters.malformed += 1;
        core.bookDropped(market, 'MALFORMED_FRAME', 'ccxt gave a level that is no level');
        return;
      }
    }
    core.bookChanged(market, exchangeTimeUs, atUs);
  }

  private attach(): void {
    const { core } = this.options;
    this.bookTimesUs.clear();
    for (const stream of this.streams) stream.subscribed = false;
    this.slotUs = 0;
    core.counters.connects += 1;
    core.attach(this, this.symbols());
  }

  /** The venue's names of all markets that are streamed. */
  private symbols(): string[] {
    return [...new Set(this.streams.map(({ market }) => market.symbol))];
  }

  /** Closes what ccxt has open; every stream then watches anew. */
  private restart(reason: BookStatusReason, detail: string): void {
    if (this.stopped || this.closing !== undefined) return;
    const { core, logger } = this.options;
    logger.warn('connection.dropped', detail, { reason });
    core.detach(this.symbols(), reason);
    this.closing = this.closed().then(() => {
      this.closing = undefined;
      if (!this.stopped) this.attach();
    });
    this.interrupt();
  }

  /** Resolves when ccxt's sockets are closed, or cut because the venue does not answer. */
  private async closed(): Promise<void> {
    const { exchange, timers } = this.options;
    const sockets = Object.values(exchange.clients);
    const late = Promise.withResolvers<void>();
    const limit = timers.after(CLOSE_TIMEOUT_MS, () => late.resolve());
    await Promise.race([exchange.close().catch(() => undefined), late.promise]);
    limit.cancel();
    cutSockets(sockets);
  }

  private interrupt(why: Error = new Interrupted()): void {
    for (const end of this.waits) end(why);
  }

  /** What ccxt promises, given up when the feed is: ccxt may never keep it. */
  private interruptible<Value>(promise: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const end = (why: Error): void => {
        this.waits.delete(end);
        reject(why);
      };
      this.waits.add(end);
      promise.then((value) => {
        this.waits.delete(end);
        resolve(value);
      }, end);
    });
  }

  /** @returns false when it was cut short */
  private async pause(delayMs: number): Promise<boolean> {
    const over = Promise.withResolvers<void>();
    const timer = this.options.timers.after(delayMs, () => over.resolve());
    try {
      await this.interruptible(over.promise);
      return true;
    } catch {
      timer.cancel();
      return false;
    }
  }

  /** Waits for a turn to subscribe. @returns false when that turn will not come */
  private async slot(): Promise<boolean> {
    const nowUs = this.options.clock.nowUs();
    const slotUs = Math.max(nowUs, this.slotUs);
    this.slotUs = slotUs + SUBSCRIPTION_MS * 1000;
    return slotUs === nowUs || this.pause((slotUs - nowUs) / 1000);
  }

  private newBackoff(): StreamBackoff {
    const { backoff: limits, clock, random } = this.options;
    return new StreamBackoff({ limits, clock, random, pause: (delayMs) => this.pause(delayMs) });
  }
}

/** Whether ccxt refused what it was asked, by its own classes of errors: trying on is no use. */
function isRefusal(error: Error): boolean {
  return ['NotSupported', 'BadRequest', 'ArgumentsRequired'].includes(error.name);
}
