import { ALERT_AREAS, type AlertArea, SEVERITIES, type Severity } from '@ats/domain';
import type { Condition } from './condition.ts';
import type { Standing } from './standing.ts';
import type { TradeFigures } from './trade-figures.ts';

/** Conditions that a digest names. */
const NAMED_MAX = 5;

/** Counts of a quarter of an hour: alerts by area and severity, messages by outcome. */
export interface QuarterCounts {
  /** Begin of the quarter, microseconds since the epoch. */
  readonly quarterUs: number;
  readonly raised: Readonly<Record<string, number>>;
  readonly delivered: number;
  readonly dead: number;
}

export const tallyName = (area: AlertArea, severity: Severity): string => `${area}:${severity}`;

/** What there is to say of alerts and messages about them. */
export interface AlertFigures {
  /** Alerts by area and severity. */
  readonly raised: readonly {
    readonly area: AlertArea;
    readonly counts: Readonly<Record<Severity, number>>;
  }[];
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

/** What a daily digest says. */
export interface DigestFigures {
  readonly fromUs: number;
  readonly toUs: number;
  readonly alerts: AlertFigures;
  readonly trades: TradeFigures;
  readonly standing: Standing;
}

export const HOUR_US = 3_600_000_000;

/** What there is to say of alerts in a half-open span. Quarters count that begin in it. */
export function alertFigures(
  span: { readonly fromUs: number; readonly toUs: number },
  quarters: readonly QuarterCounts[],
  conditions: Iterable<Condition>,
): AlertFigures {
  const { fromUs, toUs } = span;
  const within = quarters.filter(({ quarterUs }) => quarterUs >= fromUs && quarterUs < toUs);
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
    raised,
    open: open.slice(0, NAMED_MAX).map(({ alert }) => {
      const { key, severity, summary, raisedAtUs } = alert;
      return { key, severity, summary, openUs: toUs - raisedAtUs };
    }),
    openCount: open.length,
    delivered: within.reduce((sum, one) => sum + one.delivered, 0),
    dead: within.reduce((sum, one) => sum + one.dead, 0),
  };
}
