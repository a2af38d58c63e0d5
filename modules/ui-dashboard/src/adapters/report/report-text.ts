import type { Decimal } from '@ats/domain';
import type { Period } from '../../domain/period.ts';

const DIGITS_MAX = 8;

const formats = new Map<number, Intl.NumberFormat>();

function fixed(value: number, digits: number): string {
  let format = formats.get(digits);
  if (format === undefined) {
    const both = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    format = new Intl.NumberFormat('en-US', both);
    formats.set(digits, format);
  }
  const text = format.format(value);
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text;
}

/** Money of a column: two digits, so that points stand under each other. */
export const money = (value: Decimal): string => fixed(value.toNumber(), 2);

/** Units of an asset, to eight digits. */
export const units = (value: Decimal): string => fixed(value.toNumber(), DIGITS_MAX);

export const count = (value: number): string => fixed(value, 0);

export const share = (part: number, all: number): string =>
  all === 0 ? '-' : `${fixed((part / all) * 100, 1)} %`;

/** With plus as well; nothing where it shows as zero. */
export const signed = (text: string): string =>
  text.startsWith('-') || /^[0.,]*$/.test(text) ? text : `+${text}`;

/** `2026-11-23 14:05:09`, UTC. */
export const timeText = (atUs: number): string =>
  new Date(Math.floor(atUs / 1000)).toISOString().slice(0, 19).replace('T', ' ');

export const periodText = ({ from, to }: Period): string =>
  from === to ? from : `${from} to ${to}`;
