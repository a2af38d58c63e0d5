import type {
  FeedDialect,
  FeedMarket,
  FeedSession,
  FeedSink,
  SessionOptions,
} from '../../domain/feed.ts';
import {
  coinbaseInstrument,
  emptyLevelsHead,
  readLevels,
  readTicker,
  readTrade,
  scanLevels,
} from './coinbase-mapping.ts';
import { LevelBatch } from './wire/level-batch.ts';
import { MessageCount } from './wire/message-count.ts';
import { isNewTrade } from './wire/recent-trades.ts';
import { SessionBooks } from './wire/session-books.ts';
import { WireCursor } from './wire/wire-cursor.ts';
import { type Fields, fieldsOf, listOf, parseJson, shown, textOf } from './wire/wire-json.ts';
import { isoTimeUs } from './wire/wire-time.ts';

const CHANNEL_OF = { book: 'level2', trade: 'market_trades', ticker: 'ticker' } as const;

/**
 * Coinbase Advanced Trade. One sequence number counts the frames of a connection over all of its
 * channels, so one missing frame may have been any book's: all of them go, and the connection
 * with them. A number already seen is a repeated frame and is left out.
 *
 * Trades: the first market_trades event lists the latest trades before the subscription. They are
 * trades like any other, so each is reported, once by its id, also over reconnects.
 *
 * @see https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-overview
 */
class CoinbaseSession implements FeedSession {
  private readonly sink: FeedSink;
  private readonly options: SessionOptions;
  private readonly books: SessionBooks;
  private readonly cursor = new WireCursor();
  private readonly levels = new LevelBatch();
  private readonly head = emptyLevelsHead();
  private readonly into = { cursor: this.cursor, levels: this.levels, head: this.head };
  private readonly count = new MessageCount();

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
    // Without heartbeats the venue closes channels that are quiet for 60 to 90 seconds.
    this.sink.send(JSON.stringify({ type: 'subscribe', channel: 'heartbeats' }));
    for (const channel of channels) this.request('subscribe', symbols, CHANNEL_OF[channel]);
  }

  resync(market: FeedMarket): void {
    this.books.carry(market);
    this.request('unsubscribe', [market.symbol], CHANNEL_OF.book);
    this.request('subscribe', [market.symbol], CHANNEL_OF.book);
  }

  private request(type: string, symbols: readonly string[], channel: string): void {
    this.sink.send(JSON.stringify({ type, product_ids: symbols, channel }));
  }

  onSent(): void {
    // Nothing of what a client says changes how the answers read.
  }

  onRest(): void {
    // Books come whole over the socket.
  }

  onText(text: string): void {
    const { head } = this;
    if (scanLevels(text, this.into)) {
      if (this.follows(head.sequence)) this.onLevels(head);
    } else {
      this.onUnusualText(text);
    }
  }

  /** @returns whether a frame with this sequence number is to be read. */
  private follows(sequence: number): boolean {
    const follows = this.count.take(sequence);
    if (follows === 'repeated') {
      this.sink.ignored();
      return false;
    }
    if (follows === 'gap') {
      const detail = this.count.gap;
      this.sink.sequenceGap(detail);
      this.books.dropAll('SEQUENCE_GAP', detail);
      this.sink.reconnect('SEQUENCE_GAP', detail);
    }
    return true;
  }

  /** The levels of one event stand in `levels`. */
  private onLevels(head: { symbol: string; isSnapshot: boolean; timeUs: number }): void {
    const market = this.sink.market(head.symbol);
    if (market === undefined) {
      this.sink.ignored();
    } else if (head.isSnapshot) {
      this.levels.replace(market.book);
      this.books.started(market, head.timeUs);
    } else if (market.live) {
      this.levels.applyTo(market.book);
      this.sink.bookChanged(market, head.timeUs);
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
    if (frame?.['type'] === 'error') {
      // Coinbase gives no codes. What it refuses with an error stays refused, limits apart.
      const detail = shown(frame['message']);
      this.sink.venueError({ detail, fatal: !/rate limit|too many/i.test(detail) });
      return;
    }
    const sequence = frame?.['sequence_num'];
    const events = listOf(frame?.['events']);
    const channel = textOf(frame?.['channel']);
    if (frame === undefined || !isSequence(sequence)) {
      // The next frame's number tells that one was lost.
      this.sink.malformed(`no sequence number: ${text.slice(0, 80)}`);
    } else if (this.follows(sequence)) {
      if (events === undefined || channel === '') this.malformed(`${channel} without events`);
      else this.onEvents(channel, events, isoTimeUs(frame['timestamp']));
    }
  }

  /** A frame whose number was taken but whose content is not what it must be. */
  private malformed(detail: string): void {
    this.sink.malformed(detail);
    this.books.dropAll('MALFORMED_FRAME', detail);
  }

  private onEvents(channel: string, events: readonly unknown[], timeUs: number): void {
    if (channel === 'l2_data') {
      for (const event of events) this.onLevelsEvent(fieldsOf(event), timeUs);
      if (events.length === 0) this.sink.ignored();
    } else if (channel === 'market_trades') this.onTrades(events);
    else if (channel === 'ticker' || channel === 'ticker_batch') this.onTickers(events, timeUs);
    else if (channel === 'heartbeats') this.sink.heartbeat();
    else if (channel === 'subscriptions') this.sink.status('subscriptions');
    else this.sink.ignored();
  }

  private onLevelsEvent(event: Fields | undefined, timeUs: number): void {
    const symbol = textOf(event?.['product_id']);
    if (event === undefined || symbol === '') {
      this.malformed('l2_data without a product');
      return;
    }
    const market = this.sink.market(symbol);
    const type = event['type'];
    if (market === undefined) this.sink.ignored();
    else if ((type === 'snapshot' || type === 'update') && readLevels(event, this.levels)) {
      this.onLevels({ symbol, isSnapshot: type === 'snapshot', timeUs });
    } else this.books.malformed(market, 'not level2 data');
  }

  private onTrades(events: readonly unknown[]): void {
    const trades = events.flatMap((event) => listOf(fieldsOf(event)?.['trades']) ?? [undefined]);
    let reported = 0;
    // Each event has the newest trade first.
    for (const entry of trades.reverse()) {
      const read = readTrade(entry);
      if (read === undefined) {
        this.sink.malformed('not a trade');
        reported += 1;
        continue;
      }
      const market = this.sink.market(read.symbol);
      if (market === undefined || !isNewTrade(market, read.trade.tradeId)) continue;
      this.sink.trade(market, read.trade);
      reported += 1;
    }
    if (reported === 0) this.sink.ignored();
  }

  private onTickers(events: readonly unknown[], timeUs: number): void {
    const entries = events.flatMap((event) => listOf(fieldsOf(event)?.['tickers']) ?? [undefined]);
    if (entries.length === 0) this.sink.ignored();
    for (const entry of entries) {
      const read = readTicker(entry, timeUs);
      const market = read === undefined ? undefined : this.sink.market(read.symbol);
      if (read === undefined) this.sink.malformed('not a ticker');
      else if (market === undefined) this.sink.ignored();
      else this.sink.ticker(market, read.ticker);
    }
  }
}

function isSequence(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export const coinbaseDialect: FeedDialect = {
  name: 'coinbase',
  feed: 'coinbase',
  speaks: (url) => /^wss?:\/\/advanced-trade-ws[^/]*coinbase\.com/.test(url),
  instrumentOf: coinbaseInstrument,
  // A heartbeat comes every second.
  silenceLimitMs: 15_000,
  sendsPerSecondMax: 8,
  symbolsPerConnectionMax: 30,
  open: (options) => new CoinbaseSession(options),
};
