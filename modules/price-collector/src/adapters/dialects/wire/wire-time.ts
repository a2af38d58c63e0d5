const SECOND_US = 1_000_000;
const DIGIT_ZERO = 48;
const ISO_LENGTH_MAX = 32;
const SCRATCH = new Uint16Array(ISO_LENGTH_MAX);
/** What one unit of so many decimals of a second is worth. */
const FRACTION_US = [1_000_000, 100_000, 10_000, 1000, 100, 10, 1];

/** `2026-08-09T21:05:48.505350477Z` in microseconds since the epoch; 0 if it is not a UTC time. */
export function isoTimeUs(value: unknown): number {
  if (typeof value !== 'string' || value.length > ISO_LENGTH_MAX) return 0;
  for (let at = 0; at < value.length; at += 1) SCRATCH[at] = value.charCodeAt(at);
  return isoTimeUsAt(SCRATCH, 0, value.length);
}

/** `isoTimeUs` of a piece of a text's bytes. */
export function isoTimeUsAt(bytes: Uint8Array | Uint16Array, start: number, end: number): number {
  if (end - start < 20 || end - start > ISO_LENGTH_MAX || bytes[end - 1] !== 90) return 0;
  const year = digits(bytes, start, 4);
  const month = digits(bytes, start + 5, 2);
  const day = digits(bytes, start + 8, 2);
  const hour = digits(bytes, start + 11, 2);
  const minute = digits(bytes, start + 14, 2);
  const second = digits(bytes, start + 17, 2);
  const places = Math.max(0, Math.min(6, end - start - 21));
  const fraction = digits(bytes, start + 20, places);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return 0;
  if (fraction < 0) return 0;
  const seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  const time = seconds * SECOND_US + fraction * (FRACTION_US[places] as number);
  return time > 0 && Number.isSafeInteger(time) ? time : 0;
}

/** @returns -1 when any of the bytes is no digit */
function digits(bytes: Uint8Array | Uint16Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at += 1) {
    const digit = (bytes[at] as number) - DIGIT_ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Days from 1970-01-01, Gregorian (Hinnant's days_from_civil); years begin in March. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const years = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  return years * 365 + leapDays + Math.floor((153 * months + 2) / 5) + day - 719_469;
}

/** `1618678133.365913` (seconds) in microseconds since the epoch; 0 if it is none. */
export function secondsTimeUs(value: unknown): number {
  const seconds = typeof value === 'string' && value.length <= 24 ? Number(value) : Number.NaN;
  const time = Math.round(seconds * SECOND_US);
  return time > 0 && Number.isSafeInteger(time) ? time : 0;
}

/** Whole milliseconds since the epoch in microseconds; 0 if it is no such number. */
export function millisecondsTimeUs(value: unknown): number {
  const milliseconds = Number(value);
  const usable = Number.isSafeInteger(milliseconds) && milliseconds > 0;
  return usable && milliseconds < 9e12 ? milliseconds * 1000 : 0;
}
