import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads `500ms`, `20s`, `5m`, `1h`, `7d`. @returns milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  const durationMs = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
  if (!Number.isFinite(durationMs) || durationMs <= 0) {
    throw new InvalidArgumentError(
      `"${text}" is no duration. Write it like 500ms, 20s, 5m, 1h or 7d.`,
    );
  }
  return durationMs;
}

/** As `parseDuration`, or `forever`, which is 0. */
export const parseRetention = (text: string): number =>
  text === 'forever' ? 0 : parseDuration(text);

/** Reads a whole number. */
export function parseInteger(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError(`"${text}" is no whole number. Write it like 7.`);
  }
  return Number(text);
}

/** Reads basis points such as `10` or `7.5`. */
export function parseBps(text: string): string {
  if (!/^\d+(\.\d+)?$/.test(text)) {
    throw new InvalidArgumentError(`"${text}" is no fee in basis points. Write it like 10 or 7.5.`);
  }
  return text;
}

/** `max`, or how many times faster than it was recorded. */
export function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return text;
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(speed > 0)) {
    throw new InvalidArgumentError(`"${text}" is no speed. Write max, 1 (as recorded) or 10.`);
  }
  return speed;
}
