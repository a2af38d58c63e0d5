import { AtsError } from '@ats/domain';
import {
  type Clock,
  fullJitterMs,
  type Logger,
  type RandomStream,
  type Timers,
} from '@ats/runtime';
import type { CollectorMarket } from '../app/collector-market.ts';
import type { VenueCore } from '../app/venue-core.ts';
import type { VenueFeed } from '../domain/venue-feed.ts';

type Level = readonly [price: number, size: number];

interface CcxtBook {
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly timestamp?: number;
}

interface CcxtTrade {
  readonly id?: string;
  readonly price: number;
  readonly amount: number;
  readonly side?: string;
  readonly timestamp?: number;
}

interface CcxtTicker {
  readonly bid?: number;
  readonly bidVolume?: number;
  readonly ask?: number;
  readonly askVolume?: number;
  readonly last?: number;
  readonly baseVolume?: number;
  readonly timestamp?: number;
}

/** What is used of ccxt's own exchange classes; every one of them has it. */
export interface CcxtExchange {
  readonly has: Readonly<Record<string, unknown>>;
  readonly urls: { api?: unknown };
  newUpdates: boolean;
  loadHttpProxyAgent(): Promise<unknown>;
  watchOrderBook(symbol: string, limit?: number): Promise<CcxtBook>;
  watchTrades(symbol: string): Promise<readonly CcxtTrade[]>;
  watchTicker(symbol: string): Promise<CcxtTicker>;
  watchBidsAsks(symbols: readonly string[]): Promise<Readonly<Record<string, CcxtTicker>>>;
  close(): Promise<unknown>;
}

export interface CcxtFeedOptions {
  readonly exchange: CcxtExchange;
  readonly core: VenueCore;
  readonly depth: number;
  readonly channels: readonly ('book' | 'trade' | 'ticker')[];
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly logger: Logger;
  readonly backoff: { readonly baseMs: number; readonly maxMs: number };
}

/**
 * Any exchange that ccxt can stream, through ccxt's own connections and books. ccxt conflates and
 * costs more per message than a native adapter, and it does its own resyncs: an error of its
 * stream drops the book here until ccxt gives the next whole one.
 */
export class CcxtFeed implements VenueFeed {
  private readonly options: CcxtFeedOptions;
  private readonly loops: Promise<void>[] = [];
  private stopped = false;

  constructor(options: CcxtFeedOptions) {
    this.options = options;
    options.exchange.newUpdates = true;
  }

  start(): void {
    const { core, channels } = this.options;
    const lane = {
      resync: () => undefined,
      // Closing fails every watch, and every loop then watches anew.
      reconnect: () => void this.options.exchange.close().catch(() => undefined),
    };
    core.attach(lane, [...core.markets.keys()]);
    for (const market of core.markets.values()) {
      for (const channel of channels) {
        if (!this.has(channel)) continue;
        this.loops.push(this.loop(market, channel));
      }
    }
  }

  guard(): void {
    // ccxt watches its own connections; the core watches the ages of the books.
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.options.exchange.close();
    await Promise.allSettled(this.loops);
  }

  connections(): { readonly open: number; readonly wanted: number } {
    const live = [...this.options.core.markets.values()].some((market) => market.live);
    return { open: live ? 1 : 0, wanted: 1 };
  }

  private has(channel: 'book' | 'trade' | 'ticker'): boolean {
    const method = { book: 'watchOrderBook', trade: 'watchTrades', ticker: 'watchTicker' }[channel];
    return this.options.exchange.has[method] === true;
  }

  private async loop(market: CollectorMarket, channel: 'book' | 'trade' | 'ticker'): Promise<void> {
    const { core, timers, backoff, random, logger } = this.options;
    let attempt = 0;
    while (!this.stopped) {
      try {
        await this.watch(market, channel);
        attempt = 0;
      } catch (error) {
        if (this.stopped) return;
        const detail = `${market.symbol} ${channel}: ${(error as Error).message}`;
        logger.warn('ccxt.failed', detail);
        if (channel === 'book') core.bookDropped(market, 'DISCONNECTED', detail);
        const delayMs = fullJitterMs({ attempt, ...backoff, random: random.next() });
        attempt += 1;
        core.counters.reconnects += 1;
        await timers.sleep(delayMs);
      }
    }
  }

  private async watch(
    market: CollectorMarket,
    channel: 'book' | 'trade' | 'ticker',
  ): Promise<void> {
    const { exchange, core, clock, depth } = this.options;
    if (channel === 'book') {
      const book = await exchange.watchOrderBook(market.symbol);
      this.onBook(market, book, clock.nowUs(), depth);
    } else if (channel === 'trade') {
      const trades = await exchange.watchTrades(market.symbol);
      const receivedAtUs = clock.nowUs();
      core.counters.frames += 1;
      for (const trade of trades) core.trade(market, tradeOf(trade), receivedAtUs);
    } else {
      const ticker = await this.nextTicker(market.symbol);
      core.counters.frames += 1;
      core.ticker(market, tickerOf(ticker), clock.nowUs());
    }
  }

  /** Some exchanges' `watchTicker` has no bid and ask; `watchBidsAsks` does where it exists. */
  private async nextTicker(symbol: string): Promise<CcxtTicker> {
    const { exchange } = this.options;
    if (exchange.has.watchBidsAsks !== true) return exchange.watchTicker(symbol);
    const tickers = await exchange.watchBidsAsks([symbol]);
    return tickers[symbol] ?? {};
  }

  private onBook(market: CollectorMarket, book: CcxtBook, atUs: number, depth: number): void {
    const { core } = this.options;
    core.counters.frames += 1;
    market.book.clear();
    const whole =
      fill(market.book.bids, book.bids, depth) && fill(market.book.asks, book.asks, depth);
    if (!whole) {
      core.counters.malformed += 1;
      core.bookDropped(market, 'MALFORMED_FRAME', 'ccxt gave a level that is no level');
      return;
    }
    core.bookChanged(market, timeUs(book.timestamp), atUs);
  }
}

function fill(
  side: { set(price: number, size: number): boolean },
  levels: readonly Level[],
  depth: number,
): boolean {
  const count = Math.min(levels.length, depth);
  for (let index = 0; index < count; index += 1) {
    const [price, size] = levels[index] as Level;
    if (!(price > 0) || !(size >= 0) || price === Infinity || size === Infinity) return false;
    if (size > 0) side.set(price, size);
  }
  return true;
}

const timeUs = (timestampMs: number | undefined): number => Math.round((timestampMs ?? 0) * 1000);

function tradeOf(trade: CcxtTrade) {
  const aggressor = trade.side === 'buy' ? 'bid' : trade.side === 'sell' ? 'ask' : 'unknown';
  return {
    tradeId: trade.id ?? '',
    price: String(trade.price),
    size: String(trade.amount),
    aggressor,
    exchangeTimeUs: timeUs(trade.timestamp),
  } as const;
}

function tickerOf(ticker: CcxtTicker) {
  return {
    bid: ticker.bid ?? 0,
    bidSize: ticker.bidVolume ?? 0,
    ask: ticker.ask ?? 0,
    askSize: ticker.askVolume ?? 0,
    last: ticker.last ?? 0,
    volume24h: ticker.baseVolume ?? 0,
    exchangeTimeUs: timeUs(ticker.timestamp),
  };
}

/**
 * Makes ccxt's streaming class of an exchange. ccxt is loaded only here, as that takes a second.
 *
 * @param options endpoints of the config take the place of ccxt's own hosts, paths stay
 * @throws VENUE_UNKNOWN when ccxt cannot stream an exchange of this name
 */
export async function openCcxtExchange(options: {
  readonly field: string;
  readonly id: string;
  readonly ws: readonly string[];
  readonly rest: readonly string[];
}): Promise<CcxtExchange> {
  const { pro } = await import('ccxt');
  const classes = pro as unknown as Record<string, new (settings: object) => CcxtExchange>;
  const Exchange = Object.hasOwn(classes, options.id) ? classes[options.id] : undefined;
  if (Exchange === undefined) {
    throw new AtsError({
      code: 'VENUE_UNKNOWN',
      message: `${options.field} is ccxt:${options.id}, but ccxt streams no such exchange`,
      remedy: 'Use an id of ccxt.pro, such as ccxt:okx or ccxt:bybit.',
      context: { field: options.field, value: `ccxt:${options.id}` },
    });
  }
  // Spot markets only: derivatives have hosts of their own, and nothing here trades them.
  const spotOnly = { defaultType: 'spot', fetchMarkets: { types: ['spot'] } };
  const exchange = new Exchange({ enableRateLimit: true, options: spotOnly });
  const [ws] = options.ws;
  const [rest] = options.rest;
  exchange.urls.api = redirected(exchange.urls.api, { ws, rest });
  // ccxt opens plain ws:// sockets only once its proxy agents are loaded.
  if (ws?.startsWith('ws:')) await exchange.loadHttpProxyAgent();
  return exchange;
}

/** Every URL in ccxt's tree of URLs, its host replaced where the config names one. */
function redirected(
  tree: unknown,
  to: { readonly ws: string | undefined; readonly rest: string | undefined },
): unknown {
  if (typeof tree === 'string') {
    const target = /^wss?:/.test(tree) ? to.ws : /^https?:/.test(tree) ? to.rest : undefined;
    return target === undefined ? tree : tree.replace(/^[a-z]+:\/\/[^/]+/, new URL(target).origin);
  }
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(Object.entries(tree).map(([key, one]) => [key, redirected(one, to)]));
}
