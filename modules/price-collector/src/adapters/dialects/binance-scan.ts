import type { LevelBuffer } from '../../domain/level-buffer.ts';

const QUOTE = 34;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const OPEN = 91;
const CLOSE = 93;
const MANTISSA_MAX = Number.MAX_SAFE_INTEGER;
/** Slices shorter than this are copied by V8; longer ones keep the whole frame alive. */
const SLICE_COPIED_MAX = 12;

const POWERS = Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);

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
 * Reads Binance depth and book ticker frames without JSON.parse: several times faster, as no
 * object, array or string is made for the envelope. It accepts one spelling only, the one that
 * the venue sends (this order of keys, no spaces, plain unsigned numbers), and says no to
 * everything else, which the caller then gives to JSON.parse. It never guesses.
 */
export class BinanceScanner {
  readonly head: DepthHead = { symbol: '', eventTimeMs: 0, firstId: 0, lastId: 0 };
  readonly ticker: TickerHead = { symbol: '', bid: 0, bidSize: 0, ask: 0, askSize: 0 };
  private text = '';
  private at = 0;
  private value = 0;
  private tokenStart = 0;

  /** @returns whether `head` and `levels` now hold the frame; if not, both are without meaning. */
  scan(text: string, levels: LevelBuffer): boolean {
    levels.clear();
    if (!this.open(text)) return false;
    const wrapped = this.at > 0;
    return this.data(levels) && (!wrapped || this.skip('}')) && this.at === text.length;
  }

  /** @returns whether `ticker` now holds the frame; if not, it is without meaning. */
  scanTicker(text: string): boolean {
    if (!this.open(text) || this.at === 0) return false;
    const { ticker } = this;
    if (!this.skip('{"u":') || !this.integer() || !this.skip(',"s":"')) return false;
    if (!this.symbol()) return false;
    ticker.symbol = this.head.symbol;
    if (!this.skip('","b":') || !this.decimal()) return false;
    ticker.bid = this.value;
    if (!this.skip(',"B":') || !this.decimal()) return false;
    ticker.bidSize = this.value;
    if (!this.skip(',"a":') || !this.decimal()) return false;
    ticker.ask = this.value;
    if (!this.skip(',"A":') || !this.decimal()) return false;
    ticker.askSize = this.value;
    return this.skip('}}') && this.at === text.length;
  }

  /** Passes the envelope of a combined stream; the stream's name repeats what the data say. */
  private open(text: string): boolean {
    this.text = text;
    this.at = 0;
    if (!this.skip('{"stream":"')) return true;
    const end = text.indexOf('"', this.at);
    if (end < 0 || end - this.at > 64) return false;
    for (let index = this.at; index < end; index += 1) {
      const code = text.charCodeAt(index);
      if (code === 92 || code < 32) return false;
    }
    this.at = end;
    return this.skip('","data":');
  }

  private data(levels: LevelBuffer): boolean {
    const { head } = this;
    if (!this.skip('{"e":"depthUpdate","E":') || !this.integer()) return false;
    head.eventTimeMs = this.value;
    if (!this.skip(',"s":"') || !this.symbol()) return false;
    if (!this.skip('","U":') || !this.integer()) return false;
    head.firstId = this.value;
    if (!this.skip(',"u":') || !this.integer()) return false;
    head.lastId = this.value;
    if (!this.skip(',"b":[') || !this.levels(levels)) return false;
    levels.endBids();
    return this.skip(',"a":[') && this.levels(levels) && this.skip('}');
  }

  private skip(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  private symbol(): boolean {
    const start = this.at;
    for (let at = start; at < start + 32; at += 1) {
      const code = this.text.charCodeAt(at);
      if (code === QUOTE) {
        if (at === start) return false;
        this.head.symbol = this.text.slice(start, at);
        this.at = at;
        return true;
      }
      // Capitals and digits only.
      if (!((code >= 65 && code <= 90) || (code >= ZERO && code <= 57))) return false;
    }
    return false;
  }

  private integer(): boolean {
    const start = this.at;
    let value = 0;
    let at = start;
    for (; at < start + 17; at += 1) {
      const digit = this.text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    if (at === start || value > MANTISSA_MAX) return false;
    if (at - start > 1 && this.text.charCodeAt(start) === ZERO) return false;
    this.value = value;
    this.at = at;
    return true;
  }

  /** Reads `["price","size"],...]`, the opening bracket of the list already skipped. */
  private levels(levels: LevelBuffer): boolean {
    const { text } = this;
    if (text.charCodeAt(this.at) === CLOSE) {
      this.at += 1;
      return true;
    }
    for (;;) {
      if (text.charCodeAt(this.at) !== OPEN) return false;
      this.at += 1;
      if (!this.decimal() || this.value === 0 || text.charCodeAt(this.at) !== COMMA) return false;
      const price = this.value;
      const priceText = copiedSlice(text, this.tokenStart, this.at - 1);
      this.at += 1;
      if (!this.decimal() || text.charCodeAt(this.at) !== CLOSE) return false;
      const sizeText = copiedSlice(text, this.tokenStart, this.at - 1);
      levels.push(price, this.value, priceText, sizeText);
      const next = text.charCodeAt(this.at + 1);
      this.at += 2;
      if (next === CLOSE) return true;
      if (next !== COMMA) return false;
    }
  }

  /** Passes `"123.45"`: its number is in `value`, its text begins at `tokenStart`. */
  private decimal(): boolean {
    const { text } = this;
    const start = this.at + 1;
    if (text.charCodeAt(this.at) !== QUOTE) return false;
    let mantissa = 0;
    let point = -1;
    let at = start;
    for (; ; at += 1) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      if (code === POINT && point < 0 && at > start) {
        point = at;
        continue;
      }
      const digit = code - ZERO;
      if (!(digit >= 0 && digit <= 9)) return false;
      mantissa = mantissa * 10 + digit;
    }
    const decimals = point < 0 ? 0 : at - point - 1;
    if (at === start || (point >= 0 && decimals === 0) || at - start > 24) return false;
    this.at = at + 1;
    this.tokenStart = start;
    // Both are exact doubles, so the quotient is the double nearest to the text, as Number gives.
    this.value =
      mantissa <= MANTISSA_MAX && decimals < POWERS.length
        ? mantissa / (POWERS[decimals] as number)
        : Number(text.slice(start, at));
    return true;
  }
}

/** A piece of the text that does not keep the text alive. */
function copiedSlice(text: string, start: number, end: number): string {
  if (end - start <= SLICE_COPIED_MAX) return text.slice(start, end);
  const middle = start + SLICE_COPIED_MAX;
  return text.slice(start, middle) + text.slice(middle, end);
}
