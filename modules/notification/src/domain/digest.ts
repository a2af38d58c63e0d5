import { ALERT_AREAS, type AlertArea, SEVERITIES, type Severity } from '@ats/domain';
import type { Condition } from './condition.ts';

/** Conditions that a digest names. */
const NAMED_MAX = 5;

/** Counts of one hour: alerts by area and severity, messages by outcome. */
export interface HourTally {
  /** Begin of the hour, microseconds since the epoch. */
  readonly hourUs: number;
  readonly raised: Readonly<Record<string, number>>;
  readonly delivered: number;
  readonly dead: number;
}

export const tallyName = (area: AlertArea, severity: Severity): string => `${area}:${severity}`;

/** What a daily digest says. */
export interface DigestFigures {
  readonly fromUs: number;
  readonly toUs: number;
  /** Alerts by area and severity. */
  readonly raised: readonly {
    readonly area: AlertArea;
    readonly counts: Readonly<Record<Severity, number>>;
  }[];
  /** Alerts by hour, the oldest first. */
  readonly byHour: readonly { readonly hourUs: number; readonly count: number }[];
  /** The longest that stand, with how long. */
  readonly open: readonly {
    readonly key: string;
    readonly severity: Severity;
    readonly summary: string;
    readonly openUs: number;
  }[];
  readonly openCount: number;
  readonly delivered: number;
  readonly dead: number;
}

export const HOUR_US = 3_600_000_000;

/** What there is to say of a span of time. Hours count that begin in it. */
export function digestOf(
  span: { readonly fromUs: number; readonly toUs: number },
  tallies: readonly HourTally[],
  conditions: Iterable<Condition>,
): DigestFigures {
  const { fromUs, toUs } = span;
  const within = tallies.filter(({ hourUs }) => hourUs + HOUR_US > fromUs && hourUs < toUs);
  const count = (area: AlertArea, severity: Severity): number =>
    within.reduce((sum, { raised }) => sum + (raised[tallyName(area, severity)] ?? 0), 0);
  const raised = ALERT_AREAS.map((area) => {
    const counts = Object.fromEntries(SEVERITIES.map((one) => [one, count(area, one)]));
    return { area, counts: counts as Record<Severity, number> };
  });
  const open = [...conditions]
    .filter(({ alert }) => alert.resolvedAtUs === undefined && alert.raisedAtUs < toUs)
    .sort((one, other) => one.alert.raisedAtUs - other.alert.raisedAtUs);
  return {
    ...{ fromUs, toUs, raised },
    byHour: hoursOf(span, within),
    open: open.slice(0, NAMED_MAX).map(({ alert }) => {
      const { key, severity, summary, raisedAtUs } = alert;
      return { key, severity, summary, openUs: toUs - raisedAtUs };
    }),
    openCount: open.length,
    delivered: within.reduce((sum, one) => sum + one.delivered, 0),
    dead: within.reduce((sum, one) => sum + one.dead, 0),
  };
}

/** Every hour of the span, those of which nothing is known with 0. */
function hoursOf(
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
  tallies: readonly HourTally[],
): { hourUs: number; count: number }[] {
  const sums = new Map<number, number>();
  for (const { hourUs, raised } of tallies) {
    const sum = Object.values(raised).reduce((total, one) => total + one, 0);
    sums.set(hourUs, (sums.get(hourUs) ?? 0) + sum);
  }
  const hours: { hourUs: number; count: number }[] = [];
  const first = Math.floor(fromUs / HOUR_US) * HOUR_US;
  for (let hourUs = first; hourUs < toUs && hours.length < 48; hourUs += HOUR_US) {
    hours.push({ hourUs, count: sums.get(hourUs) ?? 0 });
  }
  return hours;
}
