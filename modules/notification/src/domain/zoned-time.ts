import { DateTime, Duration } from 'luxon';
import type { QuietHours } from './person.ts';

/** Spans that may follow on each other before it is called quiet for good; two weeks of days. */
const SPANS_MAX = 32;

const at = (timeUs: number, zone: string): DateTime => DateTime.fromMillis(timeUs / 1000, { zone });
const toUs = (time: DateTime): number => Math.round(time.toMillis() * 1000);

function onDay(day: DateTime, timeOfDay: string): DateTime {
  const [hour = 0, minute = 0] = timeOfDay.split(':').map(Number);
  return day.set({ hour, minute, second: 0, millisecond: 0 });
}

/** The end of the span that covers this moment, if there is one. */
function endOfSpan(span: QuietHours, timeUs: number, zone: string): number | undefined {
  const now = at(timeUs, zone);
  // A span of last evening may reach into today.
  for (const days of [-1, 0]) {
    const day = now.startOf('day').plus({ days });
    if (span.weekdays.length > 0 && !span.weekdays.includes(day.weekday)) continue;
    const from = onDay(day, span.from);
    const overnight = span.to <= span.from;
    const to = onDay(overnight ? day.plus({ days: 1 }) : day, span.to);
    if (toUs(from) <= timeUs && timeUs < toUs(to)) return toUs(to);
  }
  return undefined;
}

/**
 * When quiet hours that cover `timeUs` end, in microseconds since the epoch; undefined outside of
 * them. Spans that touch are one. After about a month of spans without a gap the rest is not quiet.
 */
export function quietUntilUs(
  { quietHours, zone }: { readonly quietHours: readonly QuietHours[]; readonly zone: string },
  timeUs: number,
): number | undefined {
  let end: number | undefined;
  for (let spans = 0; spans < SPANS_MAX; spans += 1) {
    const from = end ?? timeUs;
    const ends = quietHours.flatMap((span) => endOfSpan(span, from, zone) ?? []);
    if (ends.length === 0) return end;
    end = Math.max(...ends);
  }
  return end;
}

/** The next full hour in a zone, after `timeUs`. @returns microseconds since the epoch */
export function nextHourUs(timeUs: number, zone: string): number {
  return toUs(at(timeUs, zone).startOf('hour').plus({ hours: 1 }));
}

/** When it is `timeOfDay` in a zone next, after `timeUs`. @returns microseconds since the epoch */
export function nextTimeOfDayUs(timeUs: number, timeOfDay: string, zone: string): number {
  const today = at(timeUs, zone).startOf('day');
  for (let days = 0; ; days += 1) {
    const found = toUs(onDay(today.plus({ days }), timeOfDay));
    if (found > timeUs) return found;
  }
}

/** The same time of day some days before, in a zone. @returns microseconds since the epoch */
export function daysBeforeUs(timeUs: number, days: number, zone: string): number {
  return toUs(at(timeUs, zone).minus({ days }));
}

/** A moment as a person reads it in their zone, with the zone's name. */
export function readableTime(timeUs: number, zone: string, locale: string): string {
  return at(timeUs, zone).setLocale(locale).toFormat('yyyy-LL-dd HH:mm:ss ZZZZ');
}

/** How long something lasted, in its two largest units and a person's language. */
export function readableDuration(durationUs: number, locale: string): string {
  const ms = Math.max(0, Math.round(durationUs / 1e6)) * 1000;
  const all = Duration.fromMillis(ms, { locale }).shiftTo('days', 'hours', 'minutes', 'seconds');
  const units = (['days', 'hours', 'minutes', 'seconds'] as const).filter((one) => all[one] > 0);
  const told = units.slice(0, 2).map((unit) => [unit, all[unit]]);
  const parts = told.length === 0 ? { seconds: 0 } : Object.fromEntries(told);
  // The units of one length, and not a list of things with an "and".
  const style = { unitDisplay: 'short', listStyle: 'narrow', type: 'unit' } as const;
  return Duration.fromObject(parts, { locale }).toHuman(style);
}

/** The time of day of a moment, such as "07:45". */
export function timeOfDay(timeUs: number, zone: string): string {
  return at(timeUs, zone).toFormat('HH:mm');
}
