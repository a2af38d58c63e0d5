import { Decimal } from '@ats/domain';

/** Doubles beyond these are no market data: nothing is that small, and a ceiling stops the rest. */
const VALUE_MIN = 1e-18;
const VALUE_MAX = 1e18;
/** Digits of a price or size; venues send at most 18. */
const BOOK_SCALE_MAX = 20;

/** Digits after the point of nearly every price and size, and units that fit 15 digits. */
const SHORT_SCALE_MAX = 10;
const SHORT_UNITS_MAX = 1e15;

/** The decimal of a price or size from a book; never throws, whatever a feed let through. */
export function decimalOf(value: number): Decimal {
  if (!(value >= VALUE_MIN)) return Decimal.ZERO;
  // A number of up to 15 digits is what it prints as, and the nearest double of no other such.
  for (let scale = 0, power = 1; scale <= SHORT_SCALE_MAX; scale += 1, power *= 10) {
    const units = Math.round(value * power);
    if (units >= SHORT_UNITS_MAX) break;
    if (units / power === value) return new Decimal(BigInt(units), scale);
  }
  return printed(value);
}

/** By way of what the double prints as. */
function printed(value: number): Decimal {
  const known = Math.min(value, VALUE_MAX);
  const text = String(known);
  const point = text.indexOf('.');
  if (text.includes('e')) return bounded(Decimal.fromNumber(known), BOOK_SCALE_MAX);
  if (point < 0) return new Decimal(BigInt(text), 0);
  const digits = BigInt(text.slice(0, point) + text.slice(point + 1));
  return bounded(new Decimal(digits, text.length - point - 1), BOOK_SCALE_MAX);
}

/**
 * Products of products would outgrow a decimal's scale. Figures are exact up to `scale` digits,
 * far beyond any venue's; what lies behind is cut.
 */
export function bounded(value: Decimal, scale: number): Decimal {
  return value.scale > scale ? value.round(scale, 'down') : value;
}

/** Digits kept of amounts in a market's own money, and of amounts in the numeraire. */
export const MONEY_SCALE = 28;
export const NUMERAIRE_SCALE = 30;
/** Digits kept of rates: fees, reserves, conversions that only value a profit. */
export const RATE_SCALE = 10;
