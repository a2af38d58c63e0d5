import type {
  FeedDialect,
  FeedMarket,
  FeedSession,
  FeedSink,
  SessionOptions,
} from '../../domain/feed.ts';
import {
  readChanges,
  readMatch,
  readSnapshot,
  readTicker,
  scanUpdate,
} from './coinbase-exchange-mapping.ts';
import { coinbaseInstrument } from './coinbase-mapping.ts';
import { LevelBatch } from './wire/level-batch.ts';
import { SessionBooks } from './wire/session-books.ts';
import { WireCursor } from './wire/wire-cursor.ts';
import { type Fields, fieldsOf, parseJson, shown, textOf } from './wire/wire-json.ts';
import { isoTimeUs } from './wire/wire-time.ts';

/** The level2 channel proper wants a key; the batched one sends the same messages without. */
const CHANNEL_OF = { book: 'level2_batch', trade: 'matches', ticker: 'ticker' } as const;

/**
 * Coinbase Exchange (once Pro, once GDAX). Its book messages carry neither sequence number nor
 * checksum; the venue promises to deliver all of them. Trades are numbered per product: a number
 * that is skipped is reported, but says nothing of the book, as the venue may drop matches alone.
 * A text that cannot be read may have been any update, and nothing later would tell: all books of
 * the connection go.
 *
 * @see https://docs.cdp.coinbase.com/exchange/websocket-feed/channels
 */
class CoinbaseExchangeSession implements FeedSession {
  private readonly sink: FeedSink;
  private readonly options: SessionOptions;
  private readonly books: SessionBooks;
  private readonly cursor = new WireCursor();
  private readonly levels = new LevelBatch();
  private readonly head = { symbol: '', timeUs: 0 };
  /** The last trade of each product on this connection. */
  private readonly lastTradeIds = new Map<FeedMarket, number>();

  constructor(options: SessionOptions) {
    this.options = options;
    this.sink = options.sink;
    this.books = new SessionBooks(options.sink);
  }

  start(): void {
    const { symbols } = this.options;
    const channels: string[] = this.options.channels.map((channel) => CHANNEL_OF[channel]);
    if (this.options.channels.includes('book')) {
      for (const symbol of symbols) this.books.carry(this.sink.market(symbol));
    }
    this.request('subscribe', symbols, [...channels, 'heartbeat']);
  }

  resync(market: FeedMarket): void {
    this.books.carry(market);
    this.request('unsubscribe', [market.symbol], [CHANNEL_OF.book]);
    this.request('subscribe', [market.symbol], [CHANNEL_OF.book]);
  }

  private request(type: string, symbols: readonly string[], channels: readonly string[]): void {
    this.sink.send(JSON.stringify({ type, product_ids: symbols, channels }));
  }

  onSent(): void {
    // Nothing of what a client says changes how the answers read.
  }

  onRest(): void {
    // Books come whole over the socket.
  }

  onText(text: string): void {
    const { cursor, levels, head } = this;
    if (!scanUpdate(text, { cursor, levels, head })) {
      this.onUnusualText(text);
      return;
    }
    const market = this.sink.market(head.symbol);
    if (market === undefined) this.sink.ignored();
    else this.onUpdate(market, head.timeUs);
  }

  /** The changes of an update stand in `levels`. */
  private onUpdate(market: FeedMarket, timeUs: number): void {
    if (market.live) {
      this.levels.applyTo(market.book);
      this.sink.bookChanged(market, timeUs);
    } else {
      this.sink.bookPending(market);
    }
  }

  private onUnusualText(text: string): void {
    const value = parseJson(text);
    if (value === undefined) {
      this.books.unreadable(text);
      return;
    }
    const frame = fieldsOf(value);
    const type = textOf(frame?.['type']);
    if (frame === undefined || type === '') this.sink.malformed('a message without a type');
    else if (type === 'subscriptions') this.sink.status(type);
    else if (type === 'error') this.onError(frame);
    else {
      const market = this.sink.market(textOf(frame['product_id']));
      if (market !== undefined) this.onMessage(market, type, frame);
      else if (type === 'heartbeat') this.sink.heartbeat();
      else this.sink.ignored();
    }
  }

  /** Coinbase gives no codes. What it refuses with an error stays refused, limits apart. */
  private onError(frame: Fields): void {
    const detail = `${shown(frame['message'])}: ${shown(frame['reason'])}`;
    this.sink.venueError({ detail, fatal: !/rate limit|too many/i.test(detail) });
  }

  private onMessage(market: FeedMarket, type: string, frame: Fields): void {
    switch (type) {
      case 'l2update':
        if (readChanges(frame, this.levels)) this.onUpdate(market, isoTimeUs(frame['time']));
        else this.books.malformed(market, 'not an l2update');
        return;
      case 'snapshot':
        this.onSnapshot(market, frame);
        return;
      case 'match':
      case 'last_match':
        this.onMatch(market, frame);
        return;
      case 'ticker':
        this.onTicker(market, frame);
        return;
      case 'heartbeat':
        this.sink.heartbeat();
        return;
      default:
        this.sink.ignored();
    }
  }

  private onSnapshot(market: FeedMarket, frame: Fields): void {
    if (!readSnapshot(frame, this.levels)) {
      this.books.malformed(market, 'not a snapshot');
      return;
    }
    this.levels.replace(market.book);
    this.books.started(market, isoTimeUs(frame['time']));
  }

  /** The first message of a product is its `last_match`: a trade before the subscription. */
  private onMatch(market: FeedMarket, frame: Fields): void {
    const match = readMatch(frame);
    if (match === undefined) {
      this.sink.malformed(`${market.symbol}: not a match`);
      return;
    }
    const last = this.lastTradeIds.get(market);
    if (last !== undefined && match.id <= last) {
      this.sink.ignored();
      return;
    }
    if (last !== undefined && match.id > last + 1) {
      this.sink.sequenceGap(`${market.symbol}: trade ${last} is followed by ${match.id}`);
    }
    this.lastTradeIds.set(market, match.id);
    this.sink.trade(market, match.trade);
  }

  private onTicker(market: FeedMarket, frame: Fields): void {
    const ticker = readTicker(frame);
    if (ticker === undefined) this.sink.malformed(`${market.symbol}: not a ticker`);
    else this.sink.ticker(market, ticker);
  }
}

export const coinbaseExchangeDialect: FeedDialect = {
  name: 'coinbase-exchange',
  feed: 'coinbase',
  speaks: (url) => /^wss?:\/\/(ws-feed\S*\.(coinbase|gdax)\.com|[^/?]+\S*\/exchange\b)/.test(url),
  instrumentOf: coinbaseInstrument,
  // A heartbeat comes every second for each product.
  silenceLimitMs: 15_000,
  sendsPerSecondMax: 8,
  symbolsPerConnectionMax: 30,
  open: (options) => new CoinbaseExchangeSession(options),
};
