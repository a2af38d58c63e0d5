import type { Message } from '../../../src/contract.ts';

type Alert = Message<'ats.alert.v1.Alert'>;
type Mute = Message<'ats.notification.v1.Mute'>;

const WEEK = [1, 2, 3, 4, 5, 6, 7] as const;
/** The first of January 2024 was a Monday. */
const dayOf = (weekday: number): number => Date.UTC(2024, 0, weekday);

/** @returns Monday to Sunday in short, as the language has them */
export function weekdayNames(language: string): readonly string[] {
  const names = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' });
  return WEEK.map((weekday) => names.format(dayOf(weekday)));
}

/** @param weekdays 1 is Monday @returns `Mon–Fri`, `Sat, Mon`; empty for every day */
export function weekdayWords(weekdays: readonly number[], language: string): string {
  const names = weekdayNames(language);
  const days = WEEK.filter((weekday) => weekdays.includes(weekday));
  if (days.length === 0 || days.length === WEEK.length) return '';
  const runs: number[][] = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run?.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  const name = (day: number | undefined): string => names[(day ?? 1) - 1] ?? '';
  return runs
    .flatMap((run) => (run.length > 2 ? `${name(run[0])}–${name(run.at(-1))}` : run.map(name)))
    .join(', ');
}

/**
 * The mute for everybody that an alert falls under, as the service judges: a mute of an area does
 * not cover emergencies, and one without an end goes before those with one.
 */
export function muteOver(mutes: readonly Mute[], alert: Alert, nowUs: number): Mute | undefined {
  const covering = mutes.filter(
    ({ personId, key, area, untilUs }) =>
      personId === '' &&
      (untilUs === 0 || untilUs > nowUs) &&
      (key === ''
        ? area === alert.area && alert.severity !== 'SEVERITY_EMERGENCY'
        : key === alert.key),
  );
  const end = ({ untilUs }: Mute): number => (untilUs === 0 ? Number.POSITIVE_INFINITY : untilUs);
  return covering.toSorted((one, other) => end(other) - end(one))[0];
}
