/** Adds zeros until `text` has `decimals` digits after the point; longer texts stay as they are. */
export function padDecimals(text: string, decimals: number): string {
  const point = text.indexOf('.');
  if (point < 0) return decimals === 0 ? text : `${text}.${'0'.repeat(decimals)}`;
  return text.padEnd(point + 1 + decimals, '0');
}

/** `65062.50` is `65062.5`, `0.00` is `0`. */
export function trimZeros(text: string): string {
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end -= 1;
  if (text.charCodeAt(end - 1) === 46) end -= 1;
  return text.slice(0, end);
}

/** At least one digit after the point and no zeros beyond it: `127` is `127.0`. */
export function javaDouble(text: string): string {
  const trimmed = trimZeros(text);
  return trimmed.includes('.') ? trimmed : `${trimmed}.0`;
}

/** The digits that Kraken's checksum takes: without the point and without leading zeros. */
export function checksumDigits(text: string): string {
  const point = text.indexOf('.');
  const digits = point < 0 ? text : text.slice(0, point) + text.slice(point + 1);
  let start = 0;
  while (digits.charCodeAt(start) === 48) start += 1;
  return start === 0 ? digits : digits.slice(start);
}

/** ISO 8601 with six digits: `2026-08-09T21:05:48.228568Z`. */
export function isoMicros(timeUs: number): string {
  const millis = Math.floor(timeUs / 1000);
  const micros = String(timeUs - millis * 1000).padStart(3, '0');
  return `${new Date(millis).toISOString().slice(0, -1)}${micros}Z`;
}

/** As Go prints it: the fraction without trailing zeros, and no point without a fraction. */
export function isoShort(timeUs: number): string {
  return `${trimZeros(isoMicros(timeUs).slice(0, -1))}Z`;
}

/** Seconds with six digits: `1618678133.365913`. */
export function secondsText(timeUs: number): string {
  const seconds = Math.floor(timeUs / 1_000_000);
  return `${seconds}.${String(timeUs - seconds * 1_000_000).padStart(6, '0')}`;
}

export const toMillis = (timeUs: number): number => Math.floor(timeUs / 1000);
