import { Decimal } from '@ats/domain';
import { type Drawdown, drawdownAfter, drawdownFrom } from '@ats/statistics';
import { DateTime } from 'luxon';
import { difference, type RateOf, type Sums, worthOf } from './sums.ts';

export const WINDOW_NAMES = ['day', 'week', 'month'] as const;
export type WindowName = (typeof WINDOW_NAMES)[number];

/** Everything since ever as it stands at one moment. */
export interface Standing {
  /** Microseconds since the epoch. */
  readonly atUs: number;
  /** In the numeraire, by the marks and rates of that moment. */
  readonly profit: Decimal;
  readonly realisedIn: Sums;
  readonly feesIn: Sums;
  readonly fundingIn: Sums;
  /** Value that trades left open times the time it was, in the numeraire and seconds. */
  readonly unhedged: Decimal;
}

export interface ProfitWindow {
  /** Microseconds since the epoch. */
  readonly startedAtUs: number;
  /** How things stood last before it began. */
  readonly start: Standing;
}

/** What is remembered of profit: it outlives restarts. Immutable. */
export interface ProfitHistory {
  readonly last: Standing;
  readonly drawdown: Drawdown;
  readonly windows: Readonly<Record<WindowName, ProfitWindow>>;
}

const HOUR = { hours: 1 } as const;
const MINUTE_US = 60_000_000;

/**
 * When the day, the week (on Monday) or the month that a moment is in began. Where clocks are put
 * back over midnight a day begins with the first of the two; where it is left out, with what comes
 * instead.
 * @returns microseconds since the epoch
 */
export function windowStartUs(name: WindowName, atUs: number, zone: string): number {
  const start = DateTime.fromMillis(Math.floor(atUs / 1000), { zone }).startOf(name);
  const earlier = start.minus(HOUR);
  return (earlier.day === start.day ? earlier : start).toMillis() * 1000;
}

const minuteOf = (atUs: number): number => Math.floor(atUs / MINUTE_US);

function windowAfter(
  before: ProfitWindow | undefined,
  startedAtUs: number,
  last: Standing,
): ProfitWindow {
  // A window never goes back, whatever becomes of the clock or of the time zone.
  return before !== undefined && startedAtUs <= before.startedAtUs
    ? before
    : { startedAtUs, start: last };
}

/**
 * History once things stand so. A window that begins starts with what was known last before it,
 * so that nothing falls between two windows.
 * @param before undefined at the very first
 */
export function historyAfter(
  before: ProfitHistory | undefined,
  now: Standing,
  zone: string,
): ProfitHistory {
  const last = before?.last ?? now;
  const drawdown =
    before === undefined ? drawdownFrom(now.profit) : drawdownAfter(before.drawdown, now.profit);
  // Days begin at whole minutes in every zone, and calendars take ten times as long as the rest.
  if (before !== undefined && minuteOf(before.last.atUs) === minuteOf(now.atUs)) {
    return { last: now, drawdown, windows: before.windows };
  }
  const window = (name: WindowName): ProfitWindow =>
    windowAfter(before?.windows[name], windowStartUs(name, now.atUs, zone), last);
  return {
    last: now,
    drawdown,
    windows: { day: window('day'), week: window('week'), month: window('month') },
  };
}

/** What a window has made, in the numeraire. */
export interface WindowFigures {
  readonly profit: Decimal;
  readonly realised: Decimal;
  /** The change of what is open, and of what the money of earlier profit is worth. */
  readonly unrealised: Decimal;
  readonly fees: Decimal;
  readonly funding: Decimal;
  readonly unhedged: Decimal;
}

/** What happened since a window's start, converted at today's rates. */
export function windowFigures(start: Standing, now: Standing, rateOf: RateOf): WindowFigures {
  const since = (of: 'realisedIn' | 'feesIn' | 'fundingIn'): Decimal =>
    worthOf(difference(now[of], start[of]), rateOf).worth;
  const profit = now.profit.subtract(start.profit);
  const realised = since('realisedIn');
  const fees = since('feesIn');
  return {
    ...{ profit, realised, fees },
    unrealised: profit.subtract(realised).add(fees),
    funding: since('fundingIn'),
    unhedged: now.unhedged.subtract(start.unhedged),
  };
}

/** What was lost; nothing while profit was made. */
export const lossOf = ({ profit }: Pick<WindowFigures, 'profit'>): Decimal =>
  profit.isNegative() ? profit.negate() : Decimal.ZERO;
