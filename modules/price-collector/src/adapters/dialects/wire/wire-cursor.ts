import type { Digits } from '@ats/domain';
import {
  copiedSlice,
  DECIMAL_TEXT_LENGTH_MAX,
  decimalAt,
  EXACT_DIGITS_MAX,
  POWERS_OF_TEN,
} from './decimal-text.ts';
import { isoTimeUsAt } from './wire-time.ts';

const SPACE = 32;
const QUOTE = 34;
const MINUS = 45;
const ZERO = 48;
/** The point and the `e` of an exponent, the former counted from the digit 0. */
const POINT = 46 - ZERO;
const EXPONENT = 101;
const LOWER_CASE = 32;
const COMMA = 44;
const OPEN = 91;
const CLOSE = 93;
const NULL_FIRST = 110;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const COLON = 58;
const DEPTH_MAX = 4;
const INTEGER_DIGITS_MAX = 16;
/** Digits that surely fit into a 32-bit integer, whose arithmetic is the fastest. */
const INT_DIGITS = 9;
const BYTES_START = 4096;
/** Places for names, a power of two; of two names at one place the latter stays. */
const NAMES = 256;

/** The bytes of a text to be passed, all of them ASCII. */
export function literal(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/**
 * Reads one spelling of a frame, the one that the venue sends, from left to right without making
 * an object. Each method either passes what it expects or returns false and leaves the frame to
 * JSON.parse; it never guesses. Reused from frame to frame.
 */
export class WireCursor {
  text = '';
  at = 0;
  /** The number read last. */
  value = 0;
  /** How the number read last was written. */
  digits: Digits = 0;
  /** Where the token read last begins and ends, without quotes or sign. */
  tokenStart = 0;
  tokenEnd = 0;
  /** Whether the number read last had a minus; `value` is without it. */
  negative = false;
  /** The text and a zero, which no token contains: bytes are read twice as fast as characters. */
  private bytes = Buffer.alloc(BYTES_START);
  private readonly names: string[] = new Array(NAMES).fill('');

  /** @returns false for a text with escapes or other than ASCII, which only JSON.parse reads. */
  open(text: string): boolean {
    this.text = text;
    this.at = 0;
    const { length } = text;
    if (length >= this.bytes.length) this.bytes = Buffer.alloc(2 * length);
    // A text of any other character takes more bytes than it has characters.
    const isAscii = this.bytes.write(text, 'utf8') === length;
    this.bytes[isAscii ? length : 0] = 0;
    return isAscii && !text.includes('\\');
  }

  get atEnd(): boolean {
    return this.at === this.text.length;
  }

  pass(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  /** `pass` for the hot path. */
  passLiteral(expected: Uint8Array): boolean {
    const { bytes, at } = this;
    const { length } = expected;
    for (let index = 0; index < length; index += 1) {
      if (bytes[at + index] !== expected[index]) return false;
    }
    this.at = at + length;
    return true;
  }

  passCode(code: number): boolean {
    if (this.bytes[this.at] !== code) return false;
    this.at += 1;
    return true;
  }

  /** Passes a quoted string without escapes; the token is what stands between the quotes. */
  quoted(): boolean {
    const { bytes } = this;
    if (bytes[this.at] !== QUOTE) return false;
    const start = this.at + 1;
    let end = start;
    for (let code = bytes[end]; code !== QUOTE; code = bytes[end]) {
      // JSON has no control characters, and the zero at the end is one.
      if ((code as number) < SPACE) return false;
      end += 1;
    }
    this.tokenStart = start;
    this.tokenEnd = end;
    this.at = end + 1;
    return true;
  }

  /** Passes an unsigned decimal between quotes. */
  quotedDecimal(): boolean {
    const { bytes } = this;
    if (bytes[this.at] !== QUOTE) return false;
    if (!this.number(this.at + 1) || bytes[this.tokenEnd] !== QUOTE) return false;
    this.at = this.tokenEnd + 1;
    return true;
  }

  /** Passes a bare decimal; a minus is taken note of and left out of token and value. */
  decimal(): boolean {
    this.negative = this.bytes[this.at] === MINUS;
    if (!this.number(this.negative ? this.at + 1 : this.at)) return false;
    this.at = this.tokenEnd;
    return true;
  }

  /** Passes a bare decimal without a minus. */
  unsigned(): boolean {
    if (!this.number(this.at)) return false;
    this.at = this.tokenEnd;
    return true;
  }

  /**
   * Reads the unsigned decimal that begins at `start` into token, value and digits, in one walk
   * for plain notation. The double nearest to the text, as `Number` gives.
   */
  private number(start: number): boolean {
    const { bytes } = this;
    let high = 0;
    let low = 0;
    let count = 0;
    let point = -1;
    let at = start;
    for (; ; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit >= 0 && digit <= 9) {
        if (count < INT_DIGITS) high = (Math.imul(high, 10) + digit) | 0;
        else low = (Math.imul(low, 10) + digit) | 0;
        count += 1;
      } else if (digit === POINT && point < 0) point = at;
      else break;
    }
    const decimals = point < 0 ? 0 : at - point - 1;
    const mantissa =
      count <= INT_DIGITS ? high : high * (POWERS_OF_TEN[count - INT_DIGITS] as number) + low;
    const isPlain =
      count <= 2 * INT_DIGITS &&
      mantissa < EXACT_DIGITS_MAX &&
      ((bytes[at] as number) | LOWER_CASE) !== EXPONENT;
    if (!isPlain) return this.unusualNumber(start);
    const whole = count - decimals;
    if (whole === 0 || (point >= 0 && decimals === 0)) return false;
    if (whole > 1 && bytes[start] === ZERO) return false;
    // Both are exact doubles, so their quotient is rounded once, as it must be.
    this.value = decimals === 0 ? mantissa : mantissa / (POWERS_OF_TEN[decimals] as number);
    this.digits = decimals;
    this.tokenStart = start;
    this.tokenEnd = at;
    return true;
  }

  /** A number of many digits or with an exponent. */
  private unusualNumber(start: number): boolean {
    const limit = start + DECIMAL_TEXT_LENGTH_MAX;
    let end = start;
    while (end <= limit && isOfNumber(this.bytes[end] as number)) end += 1;
    this.value = decimalAt(this.text, start, end);
    this.tokenStart = start;
    this.tokenEnd = end;
    if (Number.isNaN(this.value)) return false;
    this.digits = this.token();
    return true;
  }

  /** Passes a bare whole number of 0 or more that a double holds exactly. */
  integer(): boolean {
    const { bytes, at: start } = this;
    const limit = start + INTEGER_DIGITS_MAX;
    let value = 0;
    let at = start;
    for (; at < limit; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    if (at === start || value > Number.MAX_SAFE_INTEGER) return false;
    if (at - start > 1 && bytes[start] === ZERO) return false;
    this.value = value;
    this.at = at;
    return true;
  }

  /**
   * Passes a list of lists, objects, numbers, texts and nulls without spaces.
   * @returns it with each number as its own digits; undefined if it is none, or nested too deeply
   */
  list(depth = DEPTH_MAX): unknown[] | undefined {
    if (depth === 0 || !this.passCode(OPEN)) return undefined;
    const list: unknown[] = [];
    if (this.passCode(CLOSE)) return list;
    do {
      const value = this.any(depth);
      if (value === undefined) return undefined;
      list.push(value);
    } while (this.passCode(COMMA));
    return this.passCode(CLOSE) ? list : undefined;
  }

  /** `list` for an object. */
  fields(depth = DEPTH_MAX): Record<string, unknown> | undefined {
    if (depth === 0 || !this.passCode(OPEN_BRACE)) return undefined;
    const fields: Record<string, unknown> = {};
    if (this.passCode(CLOSE_BRACE)) return fields;
    do {
      if (!this.quoted()) return undefined;
      const key = this.token();
      const value = this.passCode(COLON) ? this.any(depth) : undefined;
      if (value === undefined || key === '__proto__') return undefined;
      fields[key] = value;
    } while (this.passCode(COMMA));
    return this.passCode(CLOSE_BRACE) ? fields : undefined;
  }

  private any(depth: number): unknown {
    const code = this.bytes[this.at];
    if (code === OPEN) return this.list(depth - 1);
    if (code === OPEN_BRACE) return this.fields(depth - 1);
    if (code === NULL_FIRST) return this.pass('null') ? null : undefined;
    if (code === QUOTE ? !this.quoted() : !this.decimal()) return undefined;
    const token = this.token();
    return code === MINUS ? `-${token}` : token;
  }

  /**
   * The token read last, for the few names that a venue sends again and again: no string is made
   * of one that was seen lately.
   */
  name(): string {
    const { bytes, text, names, tokenStart: start, tokenEnd: end } = this;
    let hash = 0;
    for (let at = start; at < end; at += 1)
      hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
    const slot = hash & (NAMES - 1);
    const known = names[slot] as string;
    if (known.length === end - start && text.startsWith(known, start)) return known;
    const name = this.token();
    names[slot] = name;
    return name;
  }

  /** The token read last as a UTC time, microseconds since the epoch; 0 if it is none. */
  timeUs(): number {
    return isoTimeUsAt(this.bytes, this.tokenStart, this.tokenEnd);
  }

  /** The token read last, as a string that does not keep the frame alive. */
  token(): string {
    return copiedSlice(this.text, this.tokenStart, this.tokenEnd);
  }
}

/** Digits, the point and what an exponent is made of. */
function isOfNumber(code: number): boolean {
  return (
    (code >= ZERO && code <= 57) ||
    code === 46 ||
    code === 101 ||
    code === 69 ||
    code === 45 ||
    code === 43
  );
}
