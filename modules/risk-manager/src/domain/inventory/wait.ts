import { Decimal } from '@ats/domain';
import {
  hoursFor,
  hoursLeft,
  missedOf,
  type Need,
  type PlanOption,
  type PlanRules,
} from './option.ts';
import { hoursOf, netOut } from './runway.ts';

/**
 * What comes of doing nothing. While more leaves than comes it first runs empty, and trades the
 * other way could fill it again only if those that take the asset pause; what is not earned
 * meanwhile is the cost.
 */
export function waitOption(need: Need, rules: PlanRules): PlanOption {
  const { runway, wanted } = need;
  const { available, least, flow, hours: lastsHours } = runway;
  const level = available.add(wanted);
  const shrinks = netOut(flow) > 0;
  const [perHour, from, emptyIn] = shrinks
    ? [flow.inPerHour, available.min(least), hoursLeft(runway)]
    : [-netOut(flow), available, 0];
  const hours = emptyIn + hoursFor(level.subtract(from), perHour);
  const never = { hours: Number.POSITIVE_INFINITY, toHours: lastsHours };
  return {
    kind: 'wait',
    possible: true,
    amount: wanted,
    from: undefined,
    moves: [],
    cost: Decimal.ZERO,
    missed: missedOf(need, never, rules),
    costBps: undefined,
    hours,
    toHours: hoursOf(level, runway),
    fromHours: Number.NaN,
    inTime: hours <= rules.horizonHours,
    detail: Number.isFinite(hours)
      ? 'Trades the other way bring as much by then.'
      : 'No trades the other way bring any.',
  };
}
