import type { FeedTrade } from '../../domain/feed.ts';
import type { LevelBuffer } from '../../domain/level-buffer.ts';
import { literal, WireCursor } from './wire/wire-cursor.ts';

const COMMA = 44;
const OPEN = 91;
const CLOSE = 93;
const CLOSE_BRACE = 125;
const STREAM_LENGTH_MAX = 64;
const PLAIN = /^[\d.]+$/;

const STREAM = literal('{"stream":');
const DATA = literal(',"data":');
const DEPTH = literal('{"e":"depthUpdate","E":');
const SYMBOL = literal(',"s":');
const FIRST_ID = literal(',"U":');
const LAST_ID = literal(',"u":');
const BIDS = literal(',"b":[');
const ASKS = literal(',"a":[');
const TICKER = literal('{"u":');
const BID = literal(',"b":');
const BID_SIZE = literal(',"B":');
const ASK = literal(',"a":');
const ASK_SIZE = literal(',"A":');
const TRADE = literal('{"e":"trade","E":');
const TRADE_ID = literal(',"t":');
const PRICE = literal(',"p":');
const SIZE = literal(',"q":');
const TIME = literal(',"T":');
const BY_SELLER = literal(',"m":true,"M":true}}');
const BY_BUYER = literal(',"m":false,"M":true}}');

/** What stands in a depth frame beside its levels. Reused from frame to frame. */
export interface DepthHead {
  symbol: string;
  eventTimeMs: number;
  firstId: number;
  lastId: number;
}

/** What stands in a book ticker frame. Reused from frame to frame. */
export interface TickerHead {
  symbol: string;
  bid: number;
  bidSize: number;
  ask: number;
  askSize: number;
}

/**
 * Reads Binance depth, book ticker and trade frames without JSON.parse: several times faster, as
 * no object, array or string is made for the envelope. It accepts one spelling only, the one that
 * the venue sends (this order of keys, no spaces, plain unsigned numbers), and says no to
 * everything else, which the caller then gives to JSON.parse. It never guesses.
 */
export class BinanceScanner {
  readonly head: DepthHead = { symbol: '', eventTimeMs: 0, firstId: 0, lastId: 0 };
  readonly ticker: TickerHead = { symbol: '', bid: 0, bidSize: 0, ask: 0, askSize: 0 };
  private readonly cursor = new WireCursor();
  private isOpen = false;

  /** @returns whether `head` and `levels` now hold the frame; if not, both are without meaning. */
  scan(text: string, levels: LevelBuffer): boolean {
    levels.clear();
    if (!this.open(text)) return false;
    const { cursor } = this;
    const wrapped = cursor.at > 0;
    return this.depth(levels) && (!wrapped || cursor.passCode(CLOSE_BRACE)) && cursor.atEnd;
  }

  /** @returns whether `ticker` now holds the frame; if not, it is without meaning. */
  scanTicker(text: string): boolean {
    const { cursor, ticker } = this;
    if (!this.open(text) || cursor.at === 0) return false;
    if (!cursor.passLiteral(TICKER) || !cursor.integer()) return false;
    if (!cursor.passLiteral(SYMBOL) || !cursor.quoted()) return false;
    ticker.symbol = cursor.name();
    if (!cursor.passLiteral(BID) || !this.decimal()) return false;
    ticker.bid = cursor.value;
    if (!cursor.passLiteral(BID_SIZE) || !this.decimal()) return false;
    ticker.bidSize = cursor.value;
    if (!cursor.passLiteral(ASK) || !this.decimal()) return false;
    ticker.ask = cursor.value;
    if (!cursor.passLiteral(ASK_SIZE) || !this.decimal()) return false;
    ticker.askSize = cursor.value;
    return cursor.passCode(CLOSE_BRACE) && cursor.passCode(CLOSE_BRACE) && cursor.atEnd;
  }

  /** @returns the trade, its symbol in `head`; undefined if the frame is none. */
  scanTrade(text: string): FeedTrade | undefined {
    const { cursor, head } = this;
    if (!this.open(text) || cursor.at === 0) return undefined;
    if (!cursor.passLiteral(TRADE) || !cursor.integer()) return undefined;
    if (!cursor.passLiteral(SYMBOL) || !cursor.quoted()) return undefined;
    head.symbol = cursor.name();
    if (!cursor.passLiteral(TRADE_ID) || !cursor.integer()) return undefined;
    const tradeId = String(cursor.value);
    if (!cursor.passLiteral(PRICE) || !this.decimal() || cursor.value === 0) return undefined;
    const price = cursor.token();
    if (!cursor.passLiteral(SIZE) || !this.decimal() || cursor.value === 0) return undefined;
    const size = cursor.token();
    if (!cursor.passLiteral(TIME) || !cursor.integer()) return undefined;
    const exchangeTimeUs = cursor.value > 1e14 ? cursor.value : cursor.value * 1000;
    // What `m` says is whether the buyer was the maker.
    const isBySeller = cursor.passLiteral(BY_SELLER);
    if ((!isBySeller && !cursor.passLiteral(BY_BUYER)) || !cursor.atEnd) return undefined;
    return { tradeId, price, size, aggressor: isBySeller ? 'ask' : 'bid', exchangeTimeUs };
  }

  /** Passes the envelope of a combined stream; the stream's name repeats what the data say. */
  private open(text: string): boolean {
    const { cursor } = this;
    // One frame is tried as several kinds.
    if (text !== cursor.text) this.isOpen = cursor.open(text);
    if (!this.isOpen) return false;
    cursor.at = 0;
    if (!cursor.passLiteral(STREAM)) return true;
    if (!cursor.quoted() || cursor.tokenEnd - cursor.tokenStart > STREAM_LENGTH_MAX) return false;
    return cursor.passLiteral(DATA);
  }

  private depth(levels: LevelBuffer): boolean {
    const { cursor, head } = this;
    if (!cursor.passLiteral(DEPTH) || !cursor.integer()) return false;
    head.eventTimeMs = cursor.value;
    if (!cursor.passLiteral(SYMBOL) || !cursor.quoted()) return false;
    head.symbol = cursor.name();
    if (!cursor.passLiteral(FIRST_ID) || !cursor.integer()) return false;
    head.firstId = cursor.value;
    if (!cursor.passLiteral(LAST_ID) || !cursor.integer()) return false;
    head.lastId = cursor.value;
    if (!cursor.passLiteral(BIDS) || !this.levels(levels)) return false;
    levels.endBids();
    return cursor.passLiteral(ASKS) && this.levels(levels) && cursor.passCode(CLOSE_BRACE);
  }

  /** Reads `["price","size"],...]`, the opening bracket of the list already passed. */
  private levels(levels: LevelBuffer): boolean {
    const { cursor } = this;
    if (cursor.passCode(CLOSE)) return true;
    do {
      if (!cursor.passCode(OPEN) || !this.decimal() || cursor.value === 0) return false;
      const price = cursor.value;
      const priceDigits = cursor.digits;
      if (!cursor.passCode(COMMA) || !this.decimal() || !cursor.passCode(CLOSE)) return false;
      levels.push(price, cursor.value, priceDigits, cursor.digits);
    } while (cursor.passCode(COMMA));
    return cursor.passCode(CLOSE);
  }

  /** Passes `"123.45"`; the venue writes no exponents. */
  private decimal(): boolean {
    const { cursor } = this;
    if (!cursor.quotedDecimal()) return false;
    return typeof cursor.digits === 'number' || PLAIN.test(cursor.digits);
  }
}
