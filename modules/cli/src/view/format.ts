import { Decimal } from '@ats/domain';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

const tenths = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** `1,234.5 USD-s`: value that stood open times how long it did. */
export function usdSeconds(value: number): string {
  return `${tenths.format(value)} USD-s`;
}

/** `12,345`; `-` where it is not known. */
export function count(value: number | null): string {
  return value === null ? '-' : grouped.format(value);
}

/** `+23.1`, `-4.0`: always with its sign, one digit. */
export function signedBps(value: number): string {
  return Number.isFinite(value) ? `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(1)}` : '-';
}

/** `850 us`, `12 ms`, `3.4 s`, `2 min`. */
export function span(microseconds: number): string {
  if (!Number.isFinite(microseconds)) return '-';
  const value = Math.max(0, microseconds);
  if (value < 1000) return `${Math.round(value)} us`;
  if (value < 1_000_000) return `${Math.round(value / 1000)} ms`;
  if (value < 120_000_000) return `${(value / 1_000_000).toFixed(1)} s`;
  return `${Math.round(value / 60_000_000)} min`;
}

/** `now`, `45 s`, `12 min`, `3.4 h`, `2.5 d`, `never`; `-` where it is not known. */
export function lasting(seconds: number): string {
  if (Number.isNaN(seconds)) return '-';
  if (seconds === Number.POSITIVE_INFINITY) return 'never';
  if (seconds <= 0) return 'now';
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} d`;
}

/** `00:01:25`. */
export function stopwatch(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** Time of day in UTC with milliseconds, from microseconds since the epoch. */
export function timeOfDay(microseconds: number): string {
  return new Date(microseconds / 1000).toISOString().slice(11, 23);
}

/** Exactly `digits` after the point, thousands separated. */
export function amount(value: Decimal, digits: number): string {
  const [whole = '0', fraction] = value.round(digits, 'half-even').toString().split('.');
  const shown = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? shown : `${shown}.${fraction}`;
}

/** As `amount`, always with its sign; also from decimal text. */
export function signed(value: Decimal | string, digits: number): string {
  const exact = typeof value === 'string' ? Decimal.parse(value) : value;
  const text = amount(exact, digits);
  return text.startsWith('-') ? text : `+${text}`;
}

/** An amount of any size with the digits that a person looks at: few when it is large. */
export function sensible(value: Decimal): string {
  const size = Math.abs(value.toNumber());
  if (size >= 100) return amount(value, 2);
  const [whole, fraction = ''] = amount(value, size >= 1 ? 4 : 8).split('.');
  const digits = fraction.replace(/0+$/, '');
  return digits === '' ? `${whole}` : `${whole}.${digits}`;
}

/** `2026-01-31 23:59:59`, UTC, from microseconds since the epoch. */
export function dateAndTime(microseconds: number): string {
  return new Date(microseconds / 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** Control characters of somebody else's text must not reach the terminal. */
export function plainText(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
