import { AtsError } from './errors.ts';

/**
 * How a result that does not fit its scale is rounded. `down` is toward zero, `up` away from
 * zero, `floor` toward minus infinity, `ceiling` toward plus infinity; the `half-` modes round
 * to the nearest and name where a tie goes.
 */
export type Rounding = 'down' | 'up' | 'floor' | 'ceiling' | 'half-even' | 'half-up';

const SCALE_MAX = 40;
const PATTERN = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

const POWERS: bigint[] = Array.from({ length: 2 * SCALE_MAX + 1 }, (_, n) => 10n ** BigInt(n));

function powerOfTen(exponent: number): bigint {
  const power = POWERS[exponent];
  if (power === undefined) throw invalid(`10^${exponent}`, 'is outside the supported scales');
  return power;
}

function invalid(text: string, why: string): AtsError {
  return new AtsError({
    code: 'DECIMAL_INVALID',
    message: `"${text}" ${why}`,
    remedy: 'Write a plain decimal such as "0.00012".',
    context: { value: text },
  });
}

/** @returns `numerator / denominator` as an integer, rounded as named. */
export function divideRounded(parts: {
  numerator: bigint;
  denominator: bigint;
  rounding: Rounding;
}): bigint {
  return quotientOf(parts.numerator, parts.denominator, parts.rounding);
}

/** As `divideRounded`; positional, since it is called for every figure that is decided on. */
function quotientOf(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  if (denominator < 0n) return quotientOf(-numerator, -denominator, rounding);
  if (denominator === 0n) throw invalid('x / 0', 'is a division by zero');
  const quotient = numerator / denominator;
  const remainder = numerator - quotient * denominator;
  if (remainder === 0n || rounding === 'down') return quotient;
  const negative = numerator < 0n;
  return roundsAway({ quotient, remainder, denominator, negative, rounding })
    ? quotient + (negative ? -1n : 1n)
    : quotient;
}

function roundsAway(input: {
  quotient: bigint;
  remainder: bigint;
  denominator: bigint;
  negative: boolean;
  rounding: Rounding;
}): boolean {
  const twice = (input.negative ? -input.remainder : input.remainder) * 2n;
  switch (input.rounding) {
    case 'down':
      return false;
    case 'up':
      return true;
    case 'floor':
      return input.negative;
    case 'ceiling':
      return !input.negative;
    case 'half-up':
      return twice >= input.denominator;
    case 'half-even':
      return twice === input.denominator ? input.quotient % 2n !== 0n : twice > input.denominator;
  }
}

/**
 * An exact decimal number: `units` x 10^-`scale`. Immutable. Addition, subtraction and
 * multiplication are exact; anything that can lose digits takes a scale and a named rounding.
 */
export class Decimal {
  static readonly ZERO = new Decimal(0n, 0);
  static readonly ONE = new Decimal(1n, 0);

  readonly units: bigint;
  readonly scale: number;
  /** What `toString` gives, once it is known: figures are read more often than made. */
  #text: string | undefined;

  constructor(units: bigint, scale: number) {
    if (!Number.isInteger(scale) || scale < 0 || scale > SCALE_MAX) {
      throw invalid(String(scale), `is not a scale from 0 to ${SCALE_MAX}`);
    }
    this.units = units;
    this.scale = scale;
  }

  /** Reads plain or exponent notation (`7e-7`, `0E-8`). @throws DECIMAL_INVALID */
  static parse(text: string): Decimal {
    return parsePlain(text) ?? Decimal.parseAny(text);
  }

  private static parseAny(text: string): Decimal {
    const match = PATTERN.exec(text);
    if (match === null) throw invalid(text, 'is not a decimal number');
    const [, sign, whole = '', fraction = '', exponentText] = match;
    const exponent = exponentText === undefined ? 0 : Number(exponentText);
    const magnitude = BigInt(whole + fraction);
    const units = sign === '-' ? -magnitude : magnitude;
    const scale = fraction.length - exponent;
    if (magnitude === 0n) return new Decimal(0n, Math.min(Math.max(scale, 0), SCALE_MAX));
    if (scale >= 0) return new Decimal(units, scale);
    return new Decimal(units * powerOfTen(-scale), 0);
  }

  /**
   * The decimal that a double prints as (its shortest round-trip text). Exact for any number
   * that was written with at most 15 significant digits, which is what exchanges send.
   */
  static fromNumber(value: number): Decimal {
    if (!Number.isFinite(value)) throw invalid(String(value), 'is not a finite number');
    return Decimal.parse(String(value));
  }

  /** The units of this number at a scale that is at least its own. */
  private unitsAt(scale: number): bigint {
    return scale === this.scale ? this.units : this.units * powerOfTen(scale - this.scale);
  }

  add(other: Decimal): Decimal {
    const scale = this.scale > other.scale ? this.scale : other.scale;
    return new Decimal(this.unitsAt(scale) + other.unitsAt(scale), scale);
  }

  subtract(other: Decimal): Decimal {
    const scale = this.scale > other.scale ? this.scale : other.scale;
    return new Decimal(this.unitsAt(scale) - other.unitsAt(scale), scale);
  }

  /** Exact; trailing zeros are dropped when the scale would pass its limit. */
  multiply(other: Decimal): Decimal {
    const scale = this.scale + other.scale;
    if (scale <= SCALE_MAX) return new Decimal(this.units * other.units, scale);
    const a = this.normalized();
    const b = other.normalized();
    return new Decimal(a.units * b.units, a.scale + b.scale);
  }

  /** @returns the quotient at `scale` digits, rounded as named. @throws DECIMAL_INVALID on zero */
  divide(divisor: Decimal, result: { scale: number; rounding: Rounding }): Decimal {
    const scale = this.scale > divisor.scale ? this.scale : divisor.scale;
    const numerator = this.unitsAt(scale) * powerOfTen(result.scale);
    const units = quotientOf(numerator, divisor.unitsAt(scale), result.rounding);
    return new Decimal(units, result.scale);
  }

  /** @returns the same number at `scale` digits, rounded as named where digits are lost. */
  round(scale: number, rounding: Rounding): Decimal {
    if (scale === this.scale) return this;
    if (scale > this.scale) return new Decimal(this.unitsAt(scale), scale);
    return new Decimal(quotientOf(this.units, powerOfTen(this.scale - scale), rounding), scale);
  }

  /** @returns the multiple of `step` next to this number, on the side that `rounding` names. */
  roundToStep(step: Decimal, rounding: Rounding): Decimal {
    const scale = this.scale > step.scale ? this.scale : step.scale;
    const size = step.unitsAt(scale);
    return new Decimal(quotientOf(this.unitsAt(scale), size, rounding) * size, scale);
  }

  negate(): Decimal {
    return new Decimal(-this.units, this.scale);
  }

  compare(other: Decimal): -1 | 0 | 1 {
    const scale = this.scale > other.scale ? this.scale : other.scale;
    const a = this.unitsAt(scale);
    const b = other.unitsAt(scale);
    return a < b ? -1 : a > b ? 1 : 0;
  }

  equals(other: Decimal): boolean {
    return this.compare(other) === 0;
  }

  lessThan(other: Decimal): boolean {
    return this.compare(other) < 0;
  }

  greaterThan(other: Decimal): boolean {
    return this.compare(other) > 0;
  }

  min(other: Decimal): Decimal {
    return this.compare(other) <= 0 ? this : other;
  }

  max(other: Decimal): Decimal {
    return this.compare(other) >= 0 ? this : other;
  }

  isZero(): boolean {
    return this.units === 0n;
  }

  isNegative(): boolean {
    return this.units < 0n;
  }

  isPositive(): boolean {
    return this.units > 0n;
  }

  /** @returns the same number at the smallest scale that holds it. */
  normalized(): Decimal {
    let { units, scale } = this;
    while (scale > 0 && units % 10n === 0n) {
      units /= 10n;
      scale -= 1;
    }
    return scale === this.scale ? this : new Decimal(units, scale);
  }

  /** Plain notation with exactly `scale` digits after the point, never an exponent. */
  toString(): string {
    this.#text ??= this.print();
    return this.#text;
  }

  private print(): string {
    const negative = this.units < 0n;
    const digits = (negative ? -this.units : this.units).toString().padStart(this.scale + 1, '0');
    const point = digits.length - this.scale;
    const text = this.scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
    return negative ? `-${text}` : text;
  }

  toJSON(): string {
    return this.toString();
  }

  /** Nearest double, for detection and display only. */
  toNumber(): number {
    const { units, scale } = this;
    // Both are exact doubles, so that their quotient is the nearest one.
    const exact = units <= SAFE_UNITS && units >= -SAFE_UNITS && scale <= EXACT_POWER_MAX;
    return exact ? Number(units) / 10 ** scale : Number(this.toString());
  }
}

/** @returns the least common multiple of two steps. */
export function commonStep(a: Decimal, b: Decimal): Decimal {
  const scale = a.scale > b.scale ? a.scale : b.scale;
  const left = a.round(scale, 'down').units;
  const right = b.round(scale, 'down').units;
  let [divisor, rest] = [left, right];
  while (rest !== 0n) [divisor, rest] = [rest, divisor % rest];
  return new Decimal((left / divisor) * right, scale);
}

/** Whole numbers and powers of ten up to these are doubles without rounding. */
const SAFE_UNITS = BigInt(Number.MAX_SAFE_INTEGER);
const EXACT_POWER_MAX = 22;

const ZERO_CODE = 48;
const NINE_CODE = 57;
const POINT_CODE = 46;
/** Digits that a double always holds exactly. */
const SAFE_DIGITS = 15;

/**
 * Reads the common shape, digits with or without a point, through a double where it holds them
 * exactly. @returns undefined for every other shape
 */
function parsePlain(text: string): Decimal | undefined {
  const { length } = text;
  if (length === 0) return undefined;
  let value = 0;
  let point = -1;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= ZERO_CODE && code <= NINE_CODE) value = value * 10 + (code - ZERO_CODE);
    else if (code === POINT_CODE && point < 0 && index > 0 && index < length - 1) point = index;
    else return undefined;
  }
  const scale = point < 0 ? 0 : length - point - 1;
  if ((point < 0 ? length : length - 1) <= SAFE_DIGITS) return new Decimal(BigInt(value), scale);
  if (scale > SCALE_MAX) return undefined;
  const digits = point < 0 ? text : text.slice(0, point) + text.slice(point + 1);
  return new Decimal(BigInt(digits), scale);
}
