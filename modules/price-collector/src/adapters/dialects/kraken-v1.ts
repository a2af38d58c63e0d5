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
    if (text.charCodeAt(0) !== BRACKET) this.onEvent(text);
    else if (scanBookUpdate(text, { cursor, levels, head })) this.onBook();
    else {
      const message = listOf(parseJson(text));
      if (message === undefined) this.books.unreadable(text);
      else this.onChannel(message);
    }
  }

  private onChannel(message: readonly unknown[]): void {
    const channel = textOf(message.at(-2));
    const market = this.sink.market(textOf(message.at(-1)));
    if (message.length < 4 || channel === '') this.sink.malformed('not a channel message');
    else if (market === undefined) this.sink.ignored();
    else if (channel.startsWith('book')) {
      if (readBook(message, { levels: this.levels, head: this.head })) this.onBook();
      else this.books.malformed(market, `not a ${channel.slice(0, 20)} message`);
    } else if (channel === 'trade') this.onTrades(market, message[1]);
    else if (channel === 'ticker') this.onTicker(market, message[1]);
    else this.sink.ignored();
  }

  /** A book message whose levels stand in `levels` and whose other parts stand in `head`. */
  private onBook(): void {
    const { head, levels } = this;
    const market = this.sink.market(head.symbol);
    if (market === undefined) this.sink.ignored();
    else if (head.isSnapshot) {
      levels.replace(market.book);
      market.book.truncate(head.depth);
      this.checksumOf(market).restart();
      this.books.started(market, head.timeUs);
    } else if (market.live) this.onUpdate(market);
    else this.sink.bookPending(market);
  }

  private onUpdate(market: FeedMarket): void {
    const { head, levels } = this;
    const { book } = market;
    levels.applyTo(book);
    book.truncate(head.depth);
    if (head.checksum >= 0) {
      const matches = this.checksumOf(market).of(book, levels) === head.checksum;
      this.sink.checksum(market, matches);
      if (!matches) {
        this.sink.bookDropped(market, 'CHECKSUM_MISMATCH', `${market.symbol}: checksum`);
        return;
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
    const trades = listOf(value)?.map(readTrade);
    if (trades === undefined || trades.includes(undefined)) {
      this.sink.malformed(`${market.symbol}: not trades`);
      return;
    }
    // A market without trades yet has an empty list of them.
    if (trades.length === 0) this.sink.ignored();
    for (const trade of trades) if (trade !== undefined) this.sink.trade(market, trade);
  }

  private onTicker(market: FeedMarket, value: unknown): void {
    const ticker = readTicker(value);
    if (ticker === undefined) this.sink.malformed(`${market.symbol}: not a ticker`);
    else this.sink.ticker(market, ticker);
  }

  private onEvent(text: string): void {
    const value = parseJson(text);
    const fields = fieldsOf(value);
    const event = textOf(fields?.['event']);
    if (value === undefined) this.books.unreadable(text);
    else if (fields === undefined || event === '') this.sink.malformed('not an event');
    else if (event === 'heartbeat' || event === 'pong') this.sink.heartbeat();
    else if (fields['status'] === 'error' || event === 'error') {
      const problem = textOf(fields['errorMessage']);
      // Kraken gives no codes. A subscription it refuses stays refused, limits apart.
      const fatal = event === 'subscriptionStatus' && !/rate|too many/i.test(problem);
      this.sink.venueError({ detail: `${shown(fields['pair'])}: ${problem}`, fatal });
    } else {
      const detail = `${event} ${shown(fields['status'])} ${textOf(fields['pair'])}`;
      this.sink.status(detail.trim());
    }
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
