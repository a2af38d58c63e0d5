import { Decimal } from '@ats/domain';

/** Doubles beyond these are no market data: nothing is that small, and a ceiling stops the rest. */
const VALUE_MIN = 1e-18;
const VALUE_MAX = 1e18;

/** The decimal of a price or size from a book; never throws, whatever a feed let through. */
export function decimalOf(value: number): Decimal {
  if (!(value >= VALUE_MIN)) return Decimal.ZERO;
  return Decimal.fromNumber(Math.min(value, VALUE_MAX));
}
