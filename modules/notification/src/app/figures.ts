import { Decimal } from '@ats/domain';
import type { Locale } from '../domain/person.ts';

const ONE = Decimal.ONE;
/** What stands where there is no figure. */
export const NOTHING = '–';

/** Decimal text as a person reads it: hundredths of what is large, four digits of what is small. */
export function amountText(text: string, locale: Locale, sign: 'signed' | 'plain'): string {
  const value = Decimal.parse(text);
  const small = !value.isZero() && (value.isNegative() ? value.negate() : value).lessThan(ONE);
  const digits = small
    ? { maximumSignificantDigits: 4 }
    : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  const signDisplay = sign === 'signed' ? 'exceptZero' : 'auto';
  // As text it is exact, however many digits it has.
  return new Intl.NumberFormat(locale, { ...digits, signDisplay }).format(value.toString() as '0');
}

export function countText(count: number, locale: Locale): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 2 }).format(count);
}

/** A sum that can only grow: a least one where some of it may be missing. */
export function leastText(sum: number, locale: Locale, complete: boolean): string {
  return `${complete ? '' : '≥ '}${countText(sum, locale)}`;
}

/** A share of one, such as 0.843, as per cent. */
export function percentText(share: number, locale: Locale): string {
  if (!Number.isFinite(share)) return '∞';
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(
    share,
  );
}

/** A share of one in basis points, with its sign. */
export function bpsText(share: number, locale: Locale): string {
  const format = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  const text = new Intl.NumberFormat(locale, { ...format, signDisplay: 'exceptZero' });
  return `${text.format(share * 10_000)} bps`;
}
