const SECOND_US = 1_000_000;
const DIGIT_ZERO = 48;

/** `2026-08-09T21:05:48.505350477Z` in microseconds since the epoch; 0 if it is not a UTC time. */
export function isoTimeUs(value: unknown): number {
  return typeof value === 'string' ? isoTimeUsAt(value, 0, value.length) : 0;
}

/** `isoTimeUs` of a piece of a text, without cutting it out. */
export function isoTimeUsAt(text: string, start: number, end: number): number {
  if (end - start < 20 || end - start > 32 || text.charCodeAt(end - 1) !== 90) return 0;
  const year = digits(text, start, 4);
  const month = digits(text, start + 5, 2);
  const day = digits(text, start + 8, 2);
  const seconds =
    daysSinceEpoch(year, month, day) * 86_400 +
    digits(text, start + 11, 2) * 3600 +
    digits(text, start + 14, 2) * 60 +
    digits(text, start + 17, 2);
  let fraction = 0;
  let scale = SECOND_US / 10;
  for (let at = start + 20; at < end - 1 && scale >= 1; at += 1) {
    fraction += digits(text, at, 1) * scale;
    scale /= 10;
  }
  const time = seconds * SECOND_US + fraction;
  return time > 0 && Number.isSafeInteger(time) ? time : 0;
}

function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at += 1) {
    const digit = text.charCodeAt(at) - DIGIT_ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
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
