import type {
  FeedDialect,
  FeedMarket,
  FeedSession,
  FeedSink,
  SessionOptions,
} from '../../domain/feed.ts';
import { KrakenChecksum } from './kraken-checksum.ts';
import {
  emptyBookHead,
  krakenDepth,
  krakenInstrument,
  readBook,
  readTicker,
  readTrade,
  scanBookUpdate,
} from './kraken-v1-mapping.ts';
import { LevelBatch } from './wire/level-batch.ts';
import { SessionBooks } from './wire/session-books.ts';
import { WireCursor } from './wire/wire-cursor.ts';
import { fieldsOf, listOf, parseJson, shown, textOf } from './wire/wire-json.ts';

const BRACKET = 91;

/**
 * Kraken's first WebSocket protocol: arrays that name their own channel and pair, so that no
 * channel ids need to be kept. There are no sequence numbers: every update carries a checksum of
 * the book after it, cut to the subscribed depth.
 *
 * @see https://docs.kraken.com/api/docs/guides/spot-ws-book-v1
 */
class KrakenV1Session implements FeedSession {
  private readonly sink: FeedSink;
  private readonly options: SessionOptions;
  private readonly books: SessionBooks;
  private readonly cursor = new WireCursor();
  private readonly levels = new LevelBatch();
  private readonly head = emptyBookHead();
  private readonly checksums = new Map<FeedMarket, KrakenChecksum>();

  constructor(options: SessionOptions) {
    this.options = options;
    this.sink = options.sink;
    this.books = new SessionBooks(options.sink);
  }

  start(): void {
    const { symbols, channels } = this.options;
    if (channels.includes('book')) {
      for (const symbol of symbols) this.books.carry(this.sink.market(symbol));
    }
    for (const channel of channels) this.request('subscribe', symbols, channel);
  }

  resync(market: FeedMarket): void {
    this.books.carry(market);
    this.request('unsubscribe', [market.symbol], 'book');
    this.request('subscribe', [market.symbol], 'book');
  }

  private request(event: string, pair: readonly string[], channel: string): void {
    const depth = channel === 'book' ? { depth: krakenDepth(this.options.depth) } : {};
    this.sink.send(JSON.stringify({ event, pair, subscription: { name: channel, ...depth } }));
  }

  onSent(): void {
    // Every message names the depth that its book is kept to.
  }

  onRest(): void {
    // Books come whole over the socket.
  }

  onText(text: string): void {
    const { cursor, levels, head } = this;
    if (text.charCodeAt(0) !== BRACKET) return this.onEvent(text);
    if (scanBookUpdate(text, { cursor, levels, head })) return this.onBook();
    const message = listOf(parseJson(text));
    if (message === undefined) return this.books.unreadable(text);
    this.onChannel(message);
  }

  private onChannel(message: readonly unknown[]): void {
    const channel = textOf(message.at(-2));
    const market = this.sink.market(textOf(message.at(-1)));
    if (message.length < 4 || channel === '') return this.sink.malformed('not a channel message');
    if (market === undefined) return this.sink.ignored();
    if (channel.startsWith('book')) {
      if (readBook(message, { levels: this.levels, head: this.head })) return this.onBook();
      return this.books.malformed(market, `not a ${channel} message`);
    }
    if (channel === 'trade') return this.onTrades(market, message[1]);
    if (channel !== 'ticker') return this.sink.ignored();
    const ticker = readTicker(message[1]);
    if (ticker === undefined) return this.sink.malformed(`${market.symbol}: not a ticker`);
    this.sink.ticker(market, ticker);
  }

  /** A book message whose levels stand in `levels` and whose other parts stand in `head`. */
  private onBook(): void {
    const { head, levels } = this;
    const market = this.sink.market(head.symbol);
    if (market === undefined) return this.sink.ignored();
    const { book } = market;
    if (head.isSnapshot) {
      levels.replace(book);
      book.truncate(head.depth);
      return this.books.started(market, head.timeUs);
    }
    if (!market.live) return this.sink.bookPending(market);
    levels.applyTo(book);
    book.truncate(head.depth);
    if (head.checksum >= 0) {
      const matches = this.checksumOf(market).of(book) === head.checksum;
      this.sink.checksum(market, matches);
      if (!matches) {
        return this.sink.bookDropped(market, 'CHECKSUM_MISMATCH', `${market.symbol}: checksum`);
      }
    }
    this.sink.bookChanged(market, head.timeUs);
  }

  private checksumOf(market: FeedMarket): KrakenChecksum {
    let checksum = this.checksums.get(market);
    if (checksum === undefined) {
      checksum = new KrakenChecksum();
      this.checksums.set(market, checksum);
    }
    return checksum;
  }

  private onTrades(market: FeedMarket, value: unknown): void {
    const entries = listOf(value);
    if (entries === undefined) return this.sink.malformed(`${market.symbol}: not trades`);
    const trades = entries.map(readTrade);
    if (trades.length === 0 || trades.includes(undefined)) {
      return this.sink.malformed(`${market.symbol}: not trades`);
    }
    for (const trade of trades) if (trade !== undefined) this.sink.trade(market, trade);
  }

  private onEvent(text: string): void {
    const value = parseJson(text);
    if (value === undefined) return this.books.unreadable(text);
    const fields = fieldsOf(value);
    const event = textOf(fields?.['event']);
    if (fields === undefined || event === '') return this.sink.malformed('not an event');
    if (event === 'heartbeat' || event === 'pong') return this.sink.heartbeat();
    const problem = textOf(fields['errorMessage']);
    if (fields['status'] === 'error' || event === 'error') {
      // A refused subscription names its pair and depth, which are as wrong the next time.
      const fatal = event === 'subscriptionStatus' && !problem.includes('rate');
      return this.sink.venueError({ detail: `${shown(fields['pair'])}: ${problem}`, fatal });
    }
    this.sink.status(`${event} ${shown(fields['status'])} ${textOf(fields['pair'])}`.trim());
  }
}

export const krakenV1Dialect: FeedDialect = {
  name: 'kraken-v1',
  feed: 'kraken',
  speaks: (url) => /^wss?:\/\/[^?]*kraken/i.test(url) && !/\/v2\/?(\?|$)/.test(url),
  instrumentOf: krakenInstrument,
  // The venue sends a heartbeat each second in which nothing else was sent.
  silenceLimitMs: 30_000,
  sendsPerSecondMax: 5,
  symbolsPerConnectionMax: 50,
  open: (options) => new KrakenV1Session(options),
};
