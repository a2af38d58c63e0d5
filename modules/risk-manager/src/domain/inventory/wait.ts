import { Decimal } from '@ats/domain';
import { hoursLeft, missedOf, type Need, type PlanOption, type PlanRules } from './option.ts';
import { hoursOf, netOut } from './runway.ts';

/**
 * What comes of doing nothing. While more leaves than comes it first runs empty; then trades that
 * take the asset stop, and only what the others bring fills it again. What those trades would have
 * earned until then is the cost.
 */
export function waitOption(need: Need, rules: PlanRules): PlanOption {
  const { runway, target } = need;
  const { available, least, flow } = runway;
  const level = target.max(least);
  const hoursFor = (amount: Decimal, perHour: number): number => {
    if (!amount.isPositive()) return 0;
    return perHour > 0 ? amount.toNumber() / perHour : Number.POSITIVE_INFINITY;
  };
  const shrinks = netOut(flow) > 0;
  const perHour = shrinks ? flow.inPerHour : -netOut(flow);
  const from = shrinks ? available.min(least) : available;
  const emptyIn = shrinks ? hoursLeft(runway) : 0;
  const hours = emptyIn + hoursFor(level.subtract(from), perHour);
  // While it shrinks it is left alone until it is whole; else it is of use from its least on.
  const usefulAt = shrinks ? hours : hoursFor(least.subtract(available), perHour);
  const missed = missedOf(need, Math.min(usefulAt, rules.horizonHours) - emptyIn, rules);
  const toHours = hoursOf(level, runway);
  return {
    kind: 'wait',
    possible: true,
    amount: level.subtract(available).max(Decimal.ZERO),
    from: undefined,
    moves: [],
    cost: Decimal.ZERO,
    missed,
    costBps: undefined,
    hours,
    toHours,
    fromHours: Number.NaN,
    inTime: hours <= rules.horizonHours,
    detail: Number.isFinite(hours)
      ? 'Trades the other way bring it back.'
      : 'Hardly any trades bring it back.',
  };
}
