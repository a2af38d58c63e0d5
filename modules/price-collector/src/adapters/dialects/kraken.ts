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
  readBook,
  readTicker,
  readTrade,
  scanBook,
  scanTrades,
} from './kraken-mapping.ts';
import { isKrakenDepth, krakenDepth, krakenInstrument } from './kraken-v1-mapping.ts';
import { LevelBatch } from './wire/level-batch.ts';
import { isNewTrade } from './wire/recent-trades.ts';
import { SessionBooks } from './wire/session-books.ts';
import { WireCursor } from './wire/wire-cursor.ts';
import {
  type Fields,
  fieldsOf,
  listOf,
  parseJson,
  parseJsonDigits,
  shown,
  textOf,
} from './wire/wire-json.ts';

/** What the venue keeps a book to when the subscription names no depth. */
const DEPTH_DEFAULT = 10;

interface BookState {
  readonly market: FeedMarket;
  readonly checksum: KrakenChecksum;
  /** Levels a side that the subscription keeps. */
  depth: number;
}

/**
 * Kraken's second WebSocket protocol. There are no sequence numbers: every book message, the
 * snapshot too, carries a checksum of the book after it, cut to the subscribed depth. Messages do
 * not name the depth, so it is learnt from what was asked for and granted.
 *
 * @see https://docs.kraken.com/api/docs/websocket-v2/book
 */
class KrakenSession implements FeedSession {
  private readonly sink: FeedSink;
  private readonly options: SessionOptions;
  private readonly books: SessionBooks;
  private readonly cursor = new WireCursor();
  private readonly levels = new LevelBatch();
  private readonly head = emptyBookHead();
  private readonly into = { cursor: this.cursor, levels: this.levels, head: this.head };
  private readonly states = new Map<string, BookState>();

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

  private request(method: string, symbol: readonly string[], channel: string): void {
    const depth = channel === 'book' ? { depth: krakenDepth(this.options.depth) } : {};
    this.sink.send(JSON.stringify({ method, params: { channel, symbol, ...depth } }));
  }

  onSent(text: string): void {
    const fields = fieldsOf(parseJson(text));
    const params = fieldsOf(fields?.['params']);
    if (fields?.['method'] !== 'subscribe' || params?.['channel'] !== 'book') return;
    for (const symbol of listOf(params['symbol']) ?? []) {
      this.learnDepth(textOf(symbol), params['depth'] ?? DEPTH_DEFAULT);
    }
  }

  private learnDepth(symbol: string, depth: unknown): void {
    const state = this.stateOf(symbol);
    if (state !== undefined && typeof depth === 'number' && isKrakenDepth(depth)) {
      state.depth = depth;
    }
  }

  private stateOf(symbol: string): BookState | undefined {
    const known = this.states.get(symbol);
    if (known !== undefined) return known;
    const market = this.sink.market(symbol);
    if (market === undefined) return undefined;
    const state = { market, checksum: new KrakenChecksum(), depth: DEPTH_DEFAULT };
    this.states.set(symbol, state);
    return state;
  }

  onRest(): void {
    // Books come whole over the socket.
  }

  onText(text: string): void {
    const { cursor, head } = this;
    if (scanBook(text, this.into)) {
      const state = this.stateOf(head.symbol);
      if (state === undefined) this.sink.ignored();
      else this.onBook(state);
      return;
    }
    const trades = scanTrades(text, cursor);
    if (trades !== undefined) {
      this.onEntries('trade', trades);
      return;
    }
    const value = parseJson(text);
    const frame = fieldsOf(value);
    if (value === undefined) this.books.unreadable(text);
    else if (frame === undefined) this.sink.malformed(`not an object: ${text.slice(0, 80)}`);
    else if (typeof frame['method'] === 'string') this.onAnswer(frame['method'], frame);
    else this.onChannel(textOf(frame['channel']), frame, text);
  }

  /** A book message whose levels stand in `levels` and whose other parts stand in `head`. */
  private onBook(state: BookState): void {
    const { head, levels } = this;
    const { market, checksum, depth } = state;
    const { book } = market;
    if (head.isSnapshot) {
      levels.replace(book);
      checksum.restart();
    } else if (market.live) {
      levels.applyTo(book);
    } else {
      this.sink.bookPending(market);
      return;
    }
    book.truncate(depth);
    if (head.checksum >= 0) {
      const matches = checksum.of(book, levels) === head.checksum;
      this.sink.checksum(market, matches);
      if (!matches) {
        this.books.carry(market);
        this.sink.bookDropped(market, 'CHECKSUM_MISMATCH', `${market.symbol}: checksum`);
        return;
      }
    }
    if (head.isSnapshot) this.books.started(market, head.timeUs);
    else this.sink.bookChanged(market, head.timeUs);
  }

  private onChannel(channel: string, frame: Fields, text: string): void {
    if (channel === 'heartbeat') this.sink.heartbeat();
    else if (channel === 'status') this.onStatus(frame);
    else if (channel === '') this.sink.malformed(`no channel: ${text.slice(0, 80)}`);
    else if (channel === 'ticker') this.onEntries(channel, frame);
    else if (channel === 'book' || channel === 'trade') {
      this.onEntries(channel, fieldsOf(parseJsonDigits(text)) ?? {});
    } else this.sink.ignored();
  }

  private onStatus(frame: Fields): void {
    const [entry] = listOf(frame['data']) ?? [];
    this.sink.status(`system ${shown(fieldsOf(entry)?.['system'])}`);
  }

  private onEntries(channel: 'book' | 'trade' | 'ticker', frame: Fields): void {
    const entries = listOf(frame['data']) ?? [undefined];
    // Entries that say nothing new must not leave the frame unaccounted for.
    let reported = 0;
    for (const value of entries) {
      const entry = fieldsOf(value);
      const state = this.stateOf(textOf(entry?.['symbol']));
      if (entry === undefined) this.sink.malformed(`${channel}: not an entry`);
      else if (state === undefined) continue;
      else if (channel === 'book') this.onBookEntry(state, frame['type'], entry);
      else if (channel === 'ticker') this.onTicker(state.market, entry);
      else if (!this.onTrade(state.market, entry)) continue;
      reported += 1;
    }
    if (reported === 0) this.sink.ignored();
  }

  private onBookEntry(state: BookState, type: unknown, entry: Fields): void {
    const { head, levels } = this;
    head.isSnapshot = type === 'snapshot';
    if ((type === 'snapshot' || type === 'update') && readBook(entry, { head, levels })) {
      this.onBook(state);
    } else {
      this.books.malformed(state.market, 'not a book message');
    }
  }

  /** @returns false for a trade that is known already. */
  private onTrade(market: FeedMarket, entry: Fields): boolean {
    const trade = readTrade(entry);
    if (trade === undefined) this.sink.malformed(`${market.symbol}: not a trade`);
    else if (isNewTrade(market, trade.tradeId)) this.sink.trade(market, trade);
    else return false;
    return true;
  }

  private onTicker(market: FeedMarket, entry: Fields): void {
    const ticker = readTicker(entry);
    if (ticker === undefined) this.sink.malformed(`${market.symbol}: not a ticker`);
    else this.sink.ticker(market, ticker);
  }

  private onAnswer(method: string, frame: Fields): void {
    if (method === 'pong') {
      this.sink.heartbeat();
      return;
    }
    if (frame['success'] === false) {
      const detail = `${method} ${textOf(frame['symbol'])}: ${shown(frame['error'])}`;
      // Kraken gives no codes. What it refuses stays refused, limits apart.
      this.sink.venueError({ detail, fatal: !/rate|too many/i.test(detail) });
      return;
    }
    const result = fieldsOf(frame['result']);
    if (method === 'subscribe' && result?.['channel'] === 'book') {
      this.learnDepth(textOf(result['symbol']), result['depth']);
    }
    this.sink.status(`${method} ${shown(result?.['channel'])} ${textOf(result?.['symbol'])}`);
  }
}

export const krakenDialect: FeedDialect = {
  name: 'kraken',
  feed: 'kraken',
  speaks: (url) => /^wss?:\/\/[^?]+\/v2\/?(\?|$)/.test(url),
  instrumentOf: krakenInstrument,
  // The venue sends a heartbeat each second in which nothing else was sent.
  silenceLimitMs: 30_000,
  sendsPerSecondMax: 5,
  symbolsPerConnectionMax: 50,
  open: (options) => new KrakenSession(options),
};
