import type {
  FeedDialect,
  FeedMarket,
  FeedSession,
  FeedSink,
  SessionOptions,
} from '../../domain/feed.ts';
import { BitfinexChecksum } from './bitfinex-checksum.ts';
import {
  bitfinexInstrument,
  emptyMessageHead,
  readBook,
  readTicker,
  readTrade,
  scanMessage,
  scannedTicker,
} from './bitfinex-mapping.ts';
import { LevelBatch } from './wire/level-batch.ts';
import { MessageCount } from './wire/message-count.ts';
import { isNewTrade } from './wire/recent-trades.ts';
import { SessionBooks } from './wire/session-books.ts';
import { WireCursor } from './wire/wire-cursor.ts';
import { type Fields, fieldsOf, listOf, parseJsonDigits, shown, textOf } from './wire/wire-json.ts';

const FLAG_SEQUENCE = 65_536;
const FLAG_CHECKSUM = 131_072;
/** Channels remembered on one connection; the venue opens far fewer. */
const CHANNELS_MAX = 1024;
const CHANNEL_OF = { book: 'book', trade: 'trades', ticker: 'ticker' } as const;
/** Unknown event, failed subscription (an unknown symbol), unknown channel. */
const FATAL_CODES = new Set(['10000', '10300', '10302']);
const INFO_RESTART = '20051';
const INFO_MAINTENANCE_BEGINS = '20060';
const INFO_MAINTENANCE_ENDS = '20061';

interface Channel {
  readonly kind: 'book' | 'trades' | 'ticker';
  readonly market: FeedMarket;
  readonly checksum: BitfinexChecksum;
}

/**
 * Bitfinex. With flag 65536 every channel message ends in a number that counts the messages of
 * the connection, heartbeats included; with flag 131072 book channels send checksums. Both are
 * configured first; what a client configured is learnt from what it sent. Messages of a channel
 * may come before its own `subscribed`.
 *
 * @see https://docs.bitfinex.com/docs/ws-general
 */
class BitfinexSession implements FeedSession {
  private readonly sink: FeedSink;
  private readonly options: SessionOptions;
  private readonly books: SessionBooks;
  private readonly cursor = new WireCursor();
  private readonly levels = new LevelBatch();
  private readonly head = emptyMessageHead();
  private readonly into = { cursor: this.cursor, levels: this.levels, head: this.head };
  private readonly channels = new Map<number, Channel>();
  private flags = 0;
  private readonly count = new MessageCount();

  constructor(options: SessionOptions) {
    this.options = options;
    this.sink = options.sink;
    this.books = new SessionBooks(options.sink);
  }

  start(): void {
    const { symbols, channels } = this.options;
    this.sink.send(JSON.stringify({ event: 'conf', flags: FLAG_SEQUENCE + FLAG_CHECKSUM }));
    for (const symbol of symbols) {
      if (channels.includes('book')) this.books.carry(this.sink.market(symbol));
      for (const channel of channels) this.subscribe(CHANNEL_OF[channel], symbol);
    }
  }

  resync(market: FeedMarket): void {
    this.books.carry(market);
    for (const [chanId, channel] of this.channels) {
      if (channel.kind !== 'book' || channel.market !== market) continue;
      this.channels.delete(chanId);
      this.sink.send(JSON.stringify({ event: 'unsubscribe', chanId }));
    }
    this.subscribe('book', market.symbol);
  }

  private subscribe(channel: string, symbol: string): void {
    const { depth } = this.options;
    // The checksum covers 25 levels, so no less is asked for.
    const len = depth <= 25 ? '25' : depth <= 100 ? '100' : '250';
    const book = channel === 'book' ? { prec: 'P0', freq: 'F0', len } : {};
    this.sink.send(JSON.stringify({ event: 'subscribe', channel, symbol, ...book }));
  }

  onSent(text: string): void {
    const fields = fieldsOf(parseJsonDigits(text));
    if (fields?.['event'] === 'conf') this.flags = flagsOf(fields['flags']);
  }

  onRest(): void {
    // Books come whole over the socket.
  }

  onText(text: string): void {
    const { cursor, head } = this;
    if (scanMessage(text, this.into) && this.isScanned()) {
      if (this.follows(head.sequence)) this.onScanned();
      return;
    }
    const scanned = cursor.open(text) ? cursor.list() : undefined;
    const value = scanned !== undefined && cursor.atEnd ? scanned : parseJsonDigits(text);
    const message = listOf(value);
    const fields = fieldsOf(value);
    if (value === undefined) this.books.unreadable(text);
    else if (fields !== undefined) this.onEvent(fields);
    else if (message !== undefined) this.onMessage(message, text);
    else this.sink.malformed(`neither an event nor a message: ${text.slice(0, 80)}`);
  }

  /** @returns whether a message with this number, -1 if it has none, is to be read. */
  private follows(sequence: number): boolean {
    if ((this.flags & FLAG_SEQUENCE) === 0) return true;
    if (sequence < 0) {
      // The next message's number tells that one was lost.
      this.sink.malformed('a message without its sequence number');
      return false;
    }
    const follows = this.count.take(sequence);
    if (follows === 'repeated') {
      this.sink.ignored();
      return false;
    }
    if (follows === 'gap') {
      const detail = this.count.gap;
      this.sink.sequenceGap(detail);
      this.books.dropAll('SEQUENCE_GAP', detail);
    }
    return true;
  }

  /** Whether what was scanned needs no other look: ten numbers are a ticker only on its channel. */
  private isScanned(): boolean {
    const { head } = this;
    return head.kind !== 'ticker' || this.channels.get(head.channel)?.kind === 'ticker';
  }

  private onScanned(): void {
    const { head } = this;
    const channel = this.channels.get(head.channel);
    if (head.kind === 'heartbeat') this.sink.heartbeat();
    else if (channel === undefined) this.sink.ignored();
    else if (head.kind === 'ticker') {
      this.sink.ticker(channel.market, scannedTicker(head.numbers));
    } else if (channel.kind !== 'book') this.malformed(channel, 'not what this channel sends');
    else if (head.kind === 'checksum') this.onChecksum(channel, head.checksum);
    else this.onBook(channel.market, head.kind);
  }

  /** The levels of a book message stand in `levels`. */
  private onBook(market: FeedMarket, kind: 'snapshot' | 'update'): void {
    if (kind === 'snapshot') {
      this.levels.replace(market.book);
      this.books.started(market, 0);
    } else if (market.live) {
      this.levels.applyTo(market.book);
      this.sink.bookChanged(market, 0);
    } else {
      this.sink.bookPending(market);
    }
  }

  private onChecksum(channel: Channel, checksum: number): void {
    const { market } = channel;
    if (!market.live) {
      this.sink.bookPending(market);
      return;
    }
    const matches = channel.checksum.of(market.book) === checksum;
    this.sink.checksum(market, matches);
    if (!matches) this.sink.bookDropped(market, 'CHECKSUM_MISMATCH', `${market.symbol}: checksum`);
  }

  /** A channel message of unusual form, its numbers as texts. */
  private onMessage(message: readonly unknown[], text: string): void {
    const payload = message[1];
    const isTagged = typeof payload === 'string' && payload !== 'hb';
    const sequence = Number(textOf(message[isTagged ? 3 : 2]) || -1);
    if (message.length < 2 || !Number.isSafeInteger(sequence)) {
      this.sink.malformed(`not a channel message: ${text.slice(0, 80)}`);
      return;
    }
    if (!this.follows(sequence)) return;
    const channel = this.channels.get(Number(message[0]));
    if (payload === 'hb') this.sink.heartbeat();
    else if (channel === undefined) this.sink.ignored();
    else if (channel.kind === 'book') this.onBookPayload(channel, message);
    else if (channel.kind === 'ticker') this.onTicker(channel.market, payload);
    else if (isTagged) this.onTrades(channel.market, [message[2]]);
    else this.onTrades(channel.market, listOf(payload) ?? [undefined]);
  }

  private onBookPayload(channel: Channel, message: readonly unknown[]): void {
    const [, payload, checksum] = message;
    const kind = readBook(payload, this.levels);
    if (kind !== undefined) this.onBook(channel.market, kind);
    else if (payload === 'cs' && /^-?\d{1,10}$/.test(textOf(checksum))) {
      this.onChecksum(channel, Number(checksum));
    } else this.malformed(channel, 'not a book message');
  }

  private malformed({ kind, market }: Channel, detail: string): void {
    if (kind === 'book') this.books.malformed(market, detail);
    else this.sink.malformed(`${market.symbol}: ${detail}`);
  }

  /** A trade comes as `te` when it is made and as `tu` when it is booked: one trade, one id. */
  private onTrades(market: FeedMarket, entries: readonly unknown[]): void {
    let reported = 0;
    // A snapshot has the newest trade first.
    for (const entry of entries.toReversed()) {
      const trade = readTrade(entry);
      if (trade === undefined) this.sink.malformed(`${market.symbol}: not a trade`);
      else if (isNewTrade(market, trade.tradeId)) this.sink.trade(market, trade);
      else continue;
      reported += 1;
    }
    if (reported === 0) this.sink.ignored();
  }

  private onTicker(market: FeedMarket, payload: unknown): void {
    const ticker = readTicker(payload);
    if (ticker === undefined) this.sink.malformed(`${market.symbol}: not a ticker`);
    else this.sink.ticker(market, ticker);
  }

  private onEvent(fields: Fields): void {
    const event = textOf(fields['event']);
    if (event === '') this.sink.malformed('an event without a name');
    else if (event === 'subscribed') this.onSubscribed(fields);
    else if (event === 'error') {
      const problem = `${shown(fields['msg'])} (${shown(fields['code'])})`;
      const detail = `${problem} ${textOf(fields['symbol'])}`;
      this.sink.venueError({ detail, fatal: FATAL_CODES.has(textOf(fields['code'])) });
    } else if (event === 'info') this.onInfo(fields);
    else if (event === 'pong') this.sink.heartbeat();
    else {
      if (event === 'conf') this.onConfigured(fields);
      if (event === 'unsubscribed') this.channels.delete(Number(fields['chanId']));
      this.sink.status(event);
    }
  }

  private onConfigured(fields: Fields): void {
    if (fields['status'] !== 'OK') this.flags = 0;
    else if ('flags' in fields) this.flags = flagsOf(fields['flags']);
  }

  private onSubscribed(fields: Fields): void {
    const chanId = Number(textOf(fields['chanId']) || Number.NaN);
    const kind = fields['channel'];
    const symbol = textOf(fields['symbol']);
    if (!Number.isSafeInteger(chanId) || this.channels.size >= CHANNELS_MAX) {
      this.sink.malformed(`a subscription without a channel id: ${symbol}`);
      return;
    }
    this.sink.status(`subscribed ${shown(kind)} ${symbol}`);
    const market = this.sink.market(symbol);
    if (market === undefined || (kind !== 'book' && kind !== 'trades' && kind !== 'ticker')) return;
    // A raw book (R0) lists orders, not levels: nobody here asks for one.
    if (kind === 'book' && textOf(fields['prec']).startsWith('R')) return;
    this.channels.set(chanId, { kind, market, checksum: new BitfinexChecksum() });
    if (kind === 'book') this.books.carry(market);
  }

  private onInfo(fields: Fields): void {
    const code = textOf(fields['code']);
    const detail = textOf(fields['msg']) || `info ${code}`;
    this.sink.status(detail);
    if (code === INFO_MAINTENANCE_BEGINS) this.books.dropAll('MAINTENANCE', detail);
    if (code === INFO_RESTART || code === INFO_MAINTENANCE_ENDS) {
      this.sink.reconnect('MAINTENANCE', detail);
    }
  }
}

function flagsOf(value: unknown): number {
  const flags = Number(value);
  return Number.isSafeInteger(flags) && flags >= 0 ? flags : 0;
}

export const bitfinexDialect: FeedDialect = {
  name: 'bitfinex',
  feed: 'bitfinex',
  speaks: (url) => /^wss?:\/\/[^/]*bitfinex\.com/.test(url) || /^wss?:\/\/[^/]+\/ws\/2\b/.test(url),
  instrumentOf: bitfinexInstrument,
  // Each channel sends a heartbeat every 15 seconds.
  silenceLimitMs: 45_000,
  sendsPerSecondMax: 10,
  // 25 channels a connection, three a symbol.
  symbolsPerConnectionMax: 8,
  open: (options) => new BitfinexSession(options),
};
