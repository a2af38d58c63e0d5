import { copiedSlice, DECIMAL_TEXT_LENGTH_MAX, decimalAt } from './decimal-text.ts';

const QUOTE = 34;
const MINUS = 45;
const ZERO = 48;
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
    const { text } = this;
    if (text.charCodeAt(this.at) !== QUOTE) return false;
    const start = this.at + 1;
    const limit = start + DECIMAL_TEXT_LENGTH_MAX;
    let end = start;
    while (end <= limit && text.charCodeAt(end) !== QUOTE) end += 1;
    if (end > limit) return false;
    this.value = decimalAt(text, start, end);
    this.tokenStart = start;
    this.tokenEnd = end;
    this.at = end + 1;
    return !Number.isNaN(this.value);
  }

  /** Passes a bare decimal; a minus is taken note of and left out of token and value. */
  decimal(): boolean {
    const { text } = this;
    this.negative = text.charCodeAt(this.at) === MINUS;
    const start = this.negative ? this.at + 1 : this.at;
    const limit = start + DECIMAL_TEXT_LENGTH_MAX;
    let end = start;
    while (end <= limit && isOfNumber(text.charCodeAt(end))) end += 1;
    if (end > limit) return false;
    this.value = decimalAt(text, start, end);
    this.tokenStart = start;
    this.tokenEnd = end;
    this.at = end;
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
