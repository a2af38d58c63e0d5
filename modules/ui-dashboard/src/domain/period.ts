import { AtsError } from '@ats/domain';

export const DAY_US = 24 * 3600 * 1_000_000;
/** A year, and the day that begins the next. */
const DAYS_MAX = 367;

/** Whole days in UTC. */
export interface Period {
  /** `2026-11-01`. */
  readonly from: string;
  /** The last day, itself included. */
  readonly to: string;
  /** Microseconds since the epoch. */
  readonly fromUs: number;
  /** The first moment after the last day. */
  readonly toUs: number;
}

/** @throws REQUEST_INVALID for what is no day, runs backwards, lies ahead, or is over a year */
export function periodOf(
  { from, to }: { readonly from: string; readonly to: string },
  nowUs: number,
): Period {
  const fromUs = dayOf('from', from);
  const lastUs = dayOf('to', to);
  const days = (lastUs - fromUs) / DAY_US + 1;
  if (days < 1) throw wrong('to', to, 'is before the first day', `Give ${from} or a later day.`);
  if (days > DAYS_MAX) {
    throw wrong('to', to, `is ${days} days after the first`, 'Give at most a year.');
  }
  if (fromUs > nowUs) throw wrong('from', from, 'lies ahead', 'Give a day that has begun, in UTC.');
  return { from, to, fromUs, toUs: lastUs + DAY_US };
}

/** `2026-11-23`, the day that a moment is in. */
export const dayTextOf = (atUs: number): string =>
  new Date(Math.floor(atUs / 1000)).toISOString().slice(0, 10);

function dayOf(field: string, text: string): number {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // 30 February is read as a day of March.
  if (Number.isFinite(ms) && dayTextOf(ms * 1000) === text) return ms * 1000;
  throw wrong(field, text.slice(0, 40), 'is no day', 'Write days as 2026-11-23.');
}

const wrong = (field: string, value: string, why: string, remedy: string): AtsError =>
  new AtsError({
    code: 'REQUEST_INVALID',
    message: `${field}: "${value}" ${why}`,
    remedy,
    context: { field, value },
  });
