import {
  copiedSlice,
  DECIMAL_TEXT_LENGTH_MAX,
  decimalAt,
  EXACT_POWER_MAX,
  POWERS_OF_TEN,
} from './decimal-text.ts';

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
const LIST_DEPTH_MAX = 4;
const INTEGER_DIGITS_MAX = 16;

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
  /** Where the token read last begins and ends, without quotes or sign. */
  tokenStart = 0;
  tokenEnd = 0;
  /** Whether the number read last had a minus; `value` is without it. */
  negative = false;

  /** @returns false for a text with escapes, which only JSON.parse reads. */
  open(text: string): boolean {
    this.text = text;
    this.at = 0;
    return !text.includes('\\');
  }

  get atEnd(): boolean {
    return this.at === this.text.length;
  }

  pass(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  passCode(code: number): boolean {
    if (this.text.charCodeAt(this.at) !== code) return false;
    this.at += 1;
    return true;
  }

  /** Passes a quoted string without escapes; the token is what stands between the quotes. */
  quoted(): boolean {
    if (this.text.charCodeAt(this.at) !== QUOTE) return false;
    const end = this.text.indexOf('"', this.at + 1);
    if (end < 0) return false;
    this.tokenStart = this.at + 1;
    this.tokenEnd = end;
    this.at = end + 1;
    return true;
  }

  /** Passes an unsigned decimal between quotes. */
  quotedDecimal(): boolean {
    if (this.text.charCodeAt(this.at) !== QUOTE) return false;
    if (!this.digits(this.at + 1) || this.text.charCodeAt(this.tokenEnd) !== QUOTE) return false;
    this.at = this.tokenEnd + 1;
    return true;
  }

  /** Passes a bare decimal; a minus is taken note of and left out of token and value. */
  decimal(): boolean {
    this.negative = this.text.charCodeAt(this.at) === MINUS;
    if (!this.digits(this.negative ? this.at + 1 : this.at)) return false;
    this.at = this.tokenEnd;
    return true;
  }

  /**
   * Reads the unsigned decimal that begins at `start` into token and value, in one walk for plain
   * notation. The double nearest to the text, as `Number` gives.
   */
  private digits(start: number): boolean {
    const { text } = this;
    let mantissa = 0;
    let point = -1;
    let at = start;
    for (; ; at += 1) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit >= 0 && digit <= 9) mantissa = mantissa * 10 + digit;
      else if (digit === POINT && point < 0) point = at;
      else break;
    }
    const decimals = point < 0 ? 0 : at - point - 1;
    const isPlain =
      at - start <= DECIMAL_TEXT_LENGTH_MAX &&
      mantissa <= Number.MAX_SAFE_INTEGER &&
      decimals <= EXACT_POWER_MAX &&
      (text.charCodeAt(at) | LOWER_CASE) !== EXPONENT;
    if (!isPlain) return this.unusualDigits(start);
    const whole = point < 0 ? at - start : point - start;
    if (whole === 0 || (point >= 0 && decimals === 0)) return false;
    if (whole > 1 && text.charCodeAt(start) === ZERO) return false;
    // Both are exact doubles, so their quotient is rounded once, as it must be.
    this.value = mantissa / (POWERS_OF_TEN[decimals] as number);
    this.tokenStart = start;
    this.tokenEnd = at;
    return true;
  }

  /** A number of many digits or with an exponent. */
  private unusualDigits(start: number): boolean {
    const limit = start + DECIMAL_TEXT_LENGTH_MAX;
    let end = start;
    while (end <= limit && isOfNumber(this.text.charCodeAt(end))) end += 1;
    this.value = decimalAt(this.text, start, end);
    this.tokenStart = start;
    this.tokenEnd = end;
    return !Number.isNaN(this.value);
  }

  /** Passes a bare whole number of 0 or more that a double holds exactly. */
  integer(): boolean {
    const { text, at: start } = this;
    const limit = start + INTEGER_DIGITS_MAX;
    let value = 0;
    let at = start;
    for (; at < limit; at += 1) {
      const digit = text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    if (at === start || value > Number.MAX_SAFE_INTEGER) return false;
    if (at - start > 1 && text.charCodeAt(start) === ZERO) return false;
    this.value = value;
    this.at = at;
    return true;
  }

  /**
   * Passes a list of lists, numbers, texts and nulls without spaces.
   * @returns it with each number as its own digits; undefined if it is none, or nested too deeply
   */
  list(depth = LIST_DEPTH_MAX): unknown[] | undefined {
    if (depth === 0 || !this.passCode(OPEN)) return undefined;
    const list: unknown[] = [];
    if (this.passCode(CLOSE)) return list;
    do {
      const code = this.text.charCodeAt(this.at);
      if (code === OPEN) {
        const inner = this.list(depth - 1);
        if (inner === undefined) return undefined;
        list.push(inner);
      } else if (code === NULL_FIRST) {
        if (!this.pass('null')) return undefined;
        list.push(null);
      } else {
        if (code === QUOTE ? !this.quoted() : !this.decimal()) return undefined;
        const token = this.token();
        list.push(code === MINUS ? `-${token}` : token);
      }
    } while (this.passCode(COMMA));
    return this.passCode(CLOSE) ? list : undefined;
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
