import type { Decimal } from '@ats/domain';
import type { Flow, Place } from './flow.ts';

/**
 * How an asset is doing at a place: `empty` when no trade of usual size fits, `low` when that is
 * so soon, `growing` when nothing is lost on the whole, `unknown` when too little was seen.
 */
export type RunwayLevel = 'unknown' | 'empty' | 'low' | 'fine' | 'growing';

/** What there is of an asset at a place, and how long it lasts. */
export interface Runway extends Place {
  /** Units. */
  readonly available: Decimal;
  readonly reserved: Decimal;
  /** What a trade of usual size takes, units: with less than that it is empty. */
  readonly least: Decimal;
  readonly flow: Flow;
  readonly level: RunwayLevel;
  /** Hours until it is empty: 0 when it is, infinite when it does not shrink, NaN if unknown. */
  readonly hours: number;
}

/** Units an hour that leave on the whole; below zero when more comes. */
export const netOut = ({ inPerHour, outPerHour }: Flow): number => outPerHour - inPerHour;

/** Hours that so much of it would last. */
export function hoursOf(
  available: Decimal,
  { least, flow }: Pick<Runway, 'least' | 'flow'>,
): number {
  if (available.lessThan(least)) return 0;
  if (flow.confidence === 'unknown') return Number.NaN;
  const out = netOut(flow);
  return out > 0 ? available.subtract(least).toNumber() / out : Number.POSITIVE_INFINITY;
}

export function runwayOf(
  held: Omit<Runway, 'level' | 'hours'>,
  { warnHours }: { readonly warnHours: number },
): Runway {
  const hours = hoursOf(held.available, held);
  const levelOf = (): RunwayLevel => {
    if (held.available.lessThan(held.least)) return 'empty';
    if (Number.isNaN(hours)) return 'unknown';
    if (hours === Number.POSITIVE_INFINITY) return 'growing';
    return hours < warnHours ? 'low' : 'fine';
  };
  return { ...held, level: levelOf(), hours };
}

/** Whether to do something: it is traded there, and none is left, or surely not for long. */
export const runsDry = ({ level, flow }: Runway): boolean =>
  level === 'empty' ? flow.fills > 0 : level === 'low' && flow.confidence === 'good';
