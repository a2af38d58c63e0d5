import type { Decimal } from '@ats/domain';

const SECOND_US = 1_000_000;
export const HOUR_US = 3600 * SECOND_US;
export const DAY_US = 24 * HOUR_US;
/** Venues are open every day. */
const DAYS_PER_YEAR = 365;
export const YEAR_US = DAYS_PER_YEAR * DAY_US;

/** The longest of these that gives enough samples is taken. */
const INTERVALS_US = [24 * 3600, 4 * 3600, 3600, 900, 300, 60, 10, 1].map(
  (seconds) => seconds * SECOND_US,
);
const SAMPLES_WANTED = 60;
/** Bounds the work on a long run that is sampled finely. */
const SAMPLES_MAX = 1_000_000;

/** What something was worth at one moment, exact. */
export interface Worth {
  readonly timeUs: number;
  readonly worth: Decimal;
}

/** How a run's returns are taken, printed with every figure that depends on it. */
export interface Sampling {
  readonly intervalUs: number;
  readonly periodsPerYear: number;
  /** Returns taken. */
  readonly samples: number;
}

/** The interval that gives a run of this length 60 samples or more, one second at the least. */
export function chooseInterval(spanUs: number): number {
  return INTERVALS_US.find((interval) => spanUs / interval >= SAMPLES_WANTED) ?? SECOND_US;
}

export function periodsPerYearOf(intervalUs: number): number {
  return YEAR_US / intervalUs;
}

/**
 * Simple returns on a regular grid from the first point on. At each moment of the grid the last
 * worth that was known counts; what is left of the last interval at the end is dropped.
 * @param worths never falling in time
 */
export function sampleReturns(worths: readonly Worth[], intervalUs: number): readonly number[] {
  const first = worths[0];
  const last = worths.at(-1);
  if (first === undefined || last === undefined) return [];
  const count = Math.min(Math.floor((last.timeUs - first.timeUs) / intervalUs), SAMPLES_MAX);
  const returns: number[] = [];
  let before = first.worth.toNumber();
  let at = 0;
  for (let sample = 1; sample <= count; sample += 1) {
    const timeUs = first.timeUs + sample * intervalUs;
    while ((worths[at + 1]?.timeUs ?? Number.POSITIVE_INFINITY) <= timeUs) at += 1;
    const after = worths[at]?.worth.toNumber() ?? before;
    returns.push(after / before - 1);
    before = after;
  }
  return returns;
}

/** At most so many points: the first, the last, and of each stretch its lowest and its highest. */
export function thinnedWorths(worths: readonly Worth[], pointsMax: number): readonly Worth[] {
  if (worths.length <= pointsMax) return worths;
  const stretch = Math.ceil((worths.length * 2) / Math.max(2, pointsMax - 2));
  const kept: Worth[] = [];
  const keep = (point: Worth | undefined): void => {
    if (point !== undefined && point !== kept.at(-1)) kept.push(point);
  };
  keep(worths[0]);
  for (let from = 0; from < worths.length; from += stretch) {
    const part = worths.slice(from, from + stretch);
    const low = part.reduce((a, b) => (b.worth.lessThan(a.worth) ? b : a));
    const high = part.reduce((a, b) => (b.worth.greaterThan(a.worth) ? b : a));
    for (const point of part.indexOf(low) <= part.indexOf(high) ? [low, high] : [high, low]) {
      keep(point);
    }
  }
  keep(worths.at(-1));
  return kept;
}
