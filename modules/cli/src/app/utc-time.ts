import { InvalidArgumentError } from 'commander';

/** Reads `2021-08-20`, `2021-08-20T00:10:00Z` or microseconds. @returns microseconds, UTC. */
export function parseUtcTime(text: string): number {
  if (/^\d{12,17}$/.test(text)) return Number(text);
  const zoned = /(Z|[+-]\d\d:?\d\d)$|^\d{4}-\d\d-\d\d$/.test(text) ? text : `${text}Z`;
  const milliseconds = Date.parse(zoned.replace(' ', 'T'));
  if (!Number.isFinite(milliseconds)) {
    throw new InvalidArgumentError(
      `"${text}" is no time. Write it like 2021-08-20 or 2021-08-20T00:10:00Z, in UTC.`,
    );
  }
  return milliseconds * 1000;
}
