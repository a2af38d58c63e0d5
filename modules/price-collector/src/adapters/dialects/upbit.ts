import type {
  FeedDialect,
  FeedMarket,
  FeedSession,
  FeedSink,
  SessionOptions,
} from '../../domain/feed.ts';
import {
  codeOf,
  readBook,
  readTicker,
  readTrade,
  scanBook,
  scanTrade,
  upbitInstrument,
} from './upbit-mapping.ts';
import { LevelBatch } from './wire/level-batch.ts';
import { isNewTrade } from './wire/recent-trades.ts';
import { SessionBooks } from './wire/session-books.ts';
import { WireCursor } from './wire/wire-cursor.ts';
import {
  type Fields,
  fieldsOf,
  parseJson,
  parseJsonDigits,
  shown,
  textOf,
} from './wire/wire-json.ts';

const TYPE_OF = { book: 'orderbook', trade: 'trade', ticker: 'ticker' } as const;
/** What the venue answers to a request that will never be right. */
const FATAL_ERRORS = new Set([
  ...['INVALID_AUTH', 'WRONG_FORMAT', 'NO_TICKET', 'NO_TYPE', 'NO_CODES', 'NO_CODE'],
  'INVALID_PARAM',
]);

/**
 * Upbit. Every order book is a whole one, so the next frame heals whatever the last one broke;
 * there are no sequence numbers. Trades may come out of order and are told apart by their id.
 * Both of the venue's formats are understood; the short one is asked for.
 *
 * @see https://docs.upbit.com/kr/reference/websocket-guide
 */
class UpbitSession implements FeedSession {
  private readonly sink: FeedSink;
  private readonly options: SessionOptions;
  private readonly books: SessionBooks;
  private readonly cursor = new WireCursor();
  private readonly levels = new LevelBatch();
  private readonly head = { symbol: '', timeUs: 0 };
  private readonly into = { cursor: this.cursor, levels: this.levels, head: this.head };
  private requests = 0;

  constructor(options: SessionOptions) {
    this.options = options;
    this.sink = options.sink;
    this.books = new SessionBooks(options.sink);
  }

  start(): void {
    if (this.options.channels.includes('book')) {
      for (const symbol of this.options.symbols) this.books.carry(this.sink.market(symbol));
    }
    this.request(this.options.channels, this.options.symbols);
  }

  /** A request takes the place of the one before it, so all is asked for again. */
  resync(market: FeedMarket): void {
    const { channels, symbols } = this.options;
    this.books.carry(market);
    this.request(channels, symbols.includes(market.symbol) ? symbols : [market.symbol, ...symbols]);
  }

  private request(channels: readonly (keyof typeof TYPE_OF)[], codes: readonly string[]): void {
    this.requests += 1;
    this.sink.send(
      JSON.stringify([
        { ticket: `ats-${this.requests}` },
        ...channels.map((channel) => ({ type: TYPE_OF[channel], codes })),
        { format: 'SIMPLE' },
      ]),
    );
  }

  onSent(): void {
    // A frame tells its own format.
  }

  onRest(): void {
    // Books come whole over the socket.
  }

  onText(text: string): void {
    const { cursor, head } = this;
    if (scanBook(text, this.into)) {
      const market = this.sink.market(head.symbol);
      if (market === undefined) this.sink.ignored();
      else this.onBook(market);
      return;
    }
    const trade = scanTrade(text, cursor);
    const value = trade ?? parseJson(text);
    const frame = fieldsOf(value);
    if (value === undefined) this.books.unreadable(text);
    else if (frame === undefined) this.sink.malformed(`not an object: ${text.slice(0, 80)}`);
    else if (trade !== undefined || typeOf(frame) === 'ticker') this.onFrame(frame);
    else this.onFrame(fieldsOf(parseJsonDigits(text)) ?? {});
  }

  private onFrame(frame: Fields): void {
    const error = fieldsOf(frame['error']);
    const type = typeOf(frame);
    if (frame['status'] === 'UP') this.sink.heartbeat();
    else if (error !== undefined) {
      const name = textOf(error['name']);
      const detail = `${name}: ${shown(error['message'])}`;
      this.sink.venueError({ detail, fatal: FATAL_ERRORS.has(name) });
    } else if (type === '') this.sink.malformed('a frame without a type');
    else {
      const market = this.sink.market(codeOf(frame));
      if (market === undefined) this.sink.ignored();
      else this.onData(market, type, frame);
    }
  }

  private onData(market: FeedMarket, type: string, frame: Fields): void {
    if (type === 'orderbook') {
      if (readBook(frame, { levels: this.levels, head: this.head })) this.onBook(market);
      else this.books.malformed(market, 'not an order book');
    } else if (type === 'trade') {
      const trade = readTrade(frame);
      if (trade === undefined) this.sink.malformed(`${market.symbol}: not a trade`);
      else if (isNewTrade(market, trade.tradeId)) this.sink.trade(market, trade);
      else this.sink.ignored();
    } else if (type === 'ticker') {
      const ticker = readTicker(frame);
      if (ticker === undefined) this.sink.malformed(`${market.symbol}: not a ticker`);
      else this.sink.ticker(market, ticker);
    } else this.sink.ignored();
  }

  /** A whole book stands in `levels`. */
  private onBook(market: FeedMarket): void {
    this.levels.replace(market.book);
    this.books.started(market, this.head.timeUs);
  }
}

function typeOf(frame: Fields): string {
  return textOf(frame['ty'] ?? frame['type']);
}

export const upbitDialect: FeedDialect = {
  name: 'upbit',
  feed: 'upbit',
  speaks: (url) => /^wss?:\/\/[^?]*upbit/.test(url) || /\/websocket\/v1\b/.test(url),
  instrumentOf: upbitInstrument,
  // The answer to the keep-alive is a sign of life.
  silenceLimitMs: 120_000,
  keepAlive: { everyMs: 50_000, text: 'PING' },
  sendsPerSecondMax: 5,
  symbolsPerConnectionMax: 100,
  open: (options) => new UpbitSession(options),
};
