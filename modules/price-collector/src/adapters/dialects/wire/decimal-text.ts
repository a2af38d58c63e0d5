/**
 * The longest number taken from a wire, in characters. Together with the bound on exponents it
 * keeps every accepted text readable as an exact decimal (at most 40 digits after the point).
 */
export const DECIMAL_TEXT_LENGTH_MAX = 28;
const EXPONENT_MAX = 12;
const PATTERN = /^(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE]([+-]?\d{1,2}))?$/;
const SIGNED = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$/;
const POINT = 46;
const ZERO = 48;
export const POWERS_OF_TEN = Float64Array.from(
  { length: DECIMAL_TEXT_LENGTH_MAX },
  (_, digits) => 10 ** digits,
);
/** Powers of ten up to this one are exact doubles. */
const EXACT_POWER_MAX = 22;
/** Digits below this number, fifteen of them, can be read off the double that they gave. */
export const EXACT_DIGITS_MAX = 1e15;

/**
 * The number written in `text` from `start` to `end`, without a sign; NaN for anything else.
 * The double nearest to the text, as `Number` gives, without making a string of the piece.
 */
export function decimalAt(text: string, start: number, end: number): number {
  const length = end - start;
  if (length < 1 || length > DECIMAL_TEXT_LENGTH_MAX) return Number.NaN;
  let mantissa = 0;
  let point = -1;
  for (let at = start; at < end; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit >= 0 && digit <= 9) mantissa = mantissa * 10 + digit;
    else if (digit === POINT - ZERO && point < 0) point = at;
    else return unusualDecimal(text.slice(start, end));
  }
  const decimals = point < 0 ? 0 : end - point - 1;
  const whole = length - (point < 0 ? 0 : decimals + 1);
  if (whole === 0 || (point >= 0 && decimals === 0)) return Number.NaN;
  if (whole > 1 && text.charCodeAt(start) === ZERO) return Number.NaN;
  // Both are exact doubles, so their quotient is rounded once, as it must be.
  if (mantissa <= Number.MAX_SAFE_INTEGER && decimals <= EXACT_POWER_MAX) {
    return mantissa / (POWERS_OF_TEN[decimals] as number);
  }
  return Number(text.slice(start, end));
}

/** A number in exponent notation: `7e-7`, `0E-8`. */
function unusualDecimal(piece: string): number {
  const match = PATTERN.exec(piece);
  if (match === null || Math.abs(Number(match[1] ?? 0)) > EXPONENT_MAX) return Number.NaN;
  return Number(piece);
}

/** The value of an unsigned decimal text; NaN for any other value, whatever its type. */
export function decimalOf(value: unknown): number {
  return typeof value === 'string' ? decimalAt(value, 0, value.length) : Number.NaN;
}

/** The value of a decimal text with or without a minus; NaN for anything else. */
export function signedDecimalOf(value: unknown): number {
  if (typeof value !== 'string' || value.length > DECIMAL_TEXT_LENGTH_MAX + 1) return Number.NaN;
  return SIGNED.test(value) ? Number(value) : Number.NaN;
}

/** A finite number of 0 or more as it is; NaN for any other value, whatever its type. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY
    ? value
    : Number.NaN;
}

/** Slices up to this length are copied by V8; longer ones keep the whole frame alive. */
const SLICE_COPIED_MAX = 12;

/** A piece of the text that does not keep the text alive. At most 24 characters copy cheaply. */
export function copiedSlice(text: string, start: number, end: number): string {
  if (end - start <= SLICE_COPIED_MAX) return text.slice(start, end);
  const middle = start + SLICE_COPIED_MAX;
  return text.slice(start, middle) + copiedSlice(text, middle, end);
}
