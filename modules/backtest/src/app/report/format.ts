import type { Decimal } from '@ats/domain';
import { type Figure, type FigureUnit, isKnown } from '../../domain/figures.ts';

/** What stands where nothing is known. */
const UNKNOWN = '-';

const INFINITE = 'inf';
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const formats = new Map<number, Intl.NumberFormat>();

/** Exactly `digits` after the point, thousands separated. */
function fixed(value: number, digits: number): string {
  let format = formats.get(digits);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-US', {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formats.set(digits, format);
  }
  const text = format.format(value);
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text;
}

/** `12,345`. */
export function count(value: number): string {
  return whole.format(value);
}

/** Digits after the point that a person looks at: few when it is large. */
function digitsFor(value: number): number {
  const size = Math.abs(value);
  if (size >= 1 || size === 0) return 2;
  return Math.min(8, 2 - Math.floor(Math.log10(size)));
}

/** Money as a person reads it, without its unit. */
export function money(value: Decimal): string {
  const number = value.toNumber();
  return fixed(number, digitsFor(number));
}

/** Money of a column: two digits after the point, so that points stand under each other. */
export function cents(value: Decimal): string {
  return fixed(value.toNumber(), 2);
}

/** The same with its sign, plus too; none where it shows as zero. */
export function signed(text: string): string {
  return text.startsWith('-') || /^[0.,]*$/.test(text) || text === UNKNOWN ? text : `+${text}`;
}

/** A share in percent, without the sign of percent. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return ratio(share);
  const value = share * 100;
  if (Math.abs(value) >= 1e7) return value.toExponential(1);
  return fixed(value, Math.min(6, digitsFor(value)));
}

export function ratio(value: number): string {
  if (Number.isNaN(value)) return UNKNOWN;
  if (!Number.isFinite(value)) return value > 0 ? INFINITE : `-${INFINITE}`;
  return fixed(value, 2);
}

/** `850 us`, `12 ms`, `3.4 s`, `2.5 min`, `3.1 h`, `4.0 d`. */
export function span(microseconds: number): string {
  if (!Number.isFinite(microseconds)) return UNKNOWN;
  // A difference of two durations may be below zero.
  if (microseconds < 0) return `-${span(-microseconds)}`;
  const steps = [
    ['us', 1, 1000],
    ['ms', 1000, 1e6],
    ['s', 1e6, 120e6],
    ['min', 60e6, 7200e6],
    ['h', 3600e6, 172_800e6],
  ] as const;
  for (const [unit, size, below] of steps) {
    if (microseconds < below) {
      return `${fixed(microseconds / size, size > 1000 ? 1 : 0)} ${unit}`;
    }
  }
  return `${fixed(microseconds / 86_400e6, 1)} d`;
}

/** `2026-01-31 23:59:59`, UTC, from microseconds since the epoch. */
export function dateAndTime(microseconds: number): string {
  return new Date(microseconds / 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** A figure as a person reads it, and what it is counted in. */
export function shownFigure(
  { unit, value }: Pick<Figure, 'unit' | 'value'>,
  numeraire: string,
): { readonly text: string; readonly unit: string } {
  if (!isKnown(value)) return { text: UNKNOWN, unit: unitOf(unit, numeraire) };
  if (typeof value !== 'number') return { text: cents(value), unit: unitOf(unit, numeraire) };
  return { text: numberText(unit, value), unit: unitOf(unit, numeraire) };
}

function numberText(unit: FigureUnit, value: number): string {
  if (unit === 'share') return percent(value);
  if (unit === 'count') return count(value);
  if (unit === 'duration') return span(value);
  return ratio(value);
}

function unitOf(unit: FigureUnit, numeraire: string): string {
  const units: Readonly<Record<FigureUnit, string>> = {
    money: numeraire,
    share: '%',
    ratio: '',
    bps: 'bps',
    count: '',
    duration: '',
    'usd-seconds': 'USD-s',
  };
  return units[unit];
}
