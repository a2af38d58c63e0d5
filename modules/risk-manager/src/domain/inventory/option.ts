import { type AssetId, Decimal, type VenueId } from '@ats/domain';
import { estimate } from './estimate.ts';
import { hoursOf, netOut, type Runway } from './runway.ts';

/** Ways to bring an asset back, the simplest first. */
export const OPTION_KINDS = ['wait', 'reverse-arbitrage', 'transfer'] as const;
export type OptionKind = (typeof OPTION_KINDS)[number];

/** What an option changes at one place, fees in it; below zero for what leaves. */
export interface Move {
  readonly venue: VenueId;
  readonly asset: AssetId;
  /** Units. */
  readonly amount: Decimal;
}

/** One way to bring an asset back to where it runs dry. */
export interface PlanOption {
  readonly kind: OptionKind;
  /** False where it cannot be done: `detail` says why, and there is nothing but that. */
  readonly possible: boolean;
  /** Units that the place gets. */
  readonly amount: Decimal;
  /** Who gives; undefined where nobody does. */
  readonly from: { readonly venue: VenueId; readonly asset: AssetId } | undefined;
  readonly moves: readonly Move[];
  /** What doing it costs, in the numeraire: fees, spread; below zero where it earns. */
  readonly cost: Decimal;
  /** What trading does not earn within the horizon for want of it, in the numeraire. */
  readonly missed: Decimal;
  /** The cost over what is moved, basis points. */
  readonly costBps: Decimal | undefined;
  /** Hours until it is done, infinite for never. */
  readonly hours: number;
  /** Hours that the place and the giver last with what they have then; NaN where unknown. */
  readonly toHours: number;
  readonly fromHours: number;
  /** Done within the horizon: what is late in it, or too little for it, is in `missed`. */
  readonly inTime: boolean;
  /** A sentence for a person: what is done, or why it cannot be. */
  readonly detail: string;
}

/** Who needs how much, and what it is to be without. */
export interface Need {
  readonly runway: Runway;
  /** Units that are its share of what there is. */
  readonly target: Decimal;
  /** Units that it lacks. */
  readonly wanted: Decimal;
  /** What trades that take the asset here earn, numeraire an hour. */
  readonly profitPerHour: number;
}

export interface PlanRules {
  readonly numeraire: AssetId;
  /** People are warned below so many hours, and no giver is brought below them. */
  readonly warnHours: number;
  /** A plan aims at a runway of so many hours, and what takes longer is no option. */
  readonly horizonHours: number;
}

const MISSED_SCALE = 8;

export const totalOf = ({ cost, missed }: PlanOption): Decimal => cost.add(missed);

export const impossible = (kind: OptionKind, detail: string): PlanOption => ({
  ...{ kind, possible: false, amount: Decimal.ZERO, from: undefined, moves: [], detail },
  ...{ cost: Decimal.ZERO, missed: Decimal.ZERO, costBps: undefined, inTime: false },
  ...{ hours: Number.POSITIVE_INFINITY, toHours: Number.NaN, fromHours: Number.NaN },
});

/** Hours until a place is empty; one of which nothing is known is taken to last. */
export const hoursLeft = ({ hours }: Runway): number =>
  Number.isNaN(hours) ? Number.POSITIVE_INFINITY : hours;

/** Hours until so many units came at a rate. */
export function hoursFor(amount: Decimal, perHour: number): number {
  if (!amount.isPositive()) return 0;
  return perHour > 0 ? amount.toNumber() / perHour : Number.POSITIVE_INFINITY;
}

/**
 * What is not earned within the horizon because a place is empty: until help is there, and when
 * that is used up. While more leaves than comes an empty place still serves as many trades as
 * others bring for; one that grows serves none until a trade's worth is there.
 */
export function missedOf(
  { runway, profitPerHour }: Need,
  help: Pick<PlanOption, 'hours' | 'toHours'>,
  { horizonHours }: PlanRules,
): Decimal {
  const { available, least, flow } = runway;
  const net = netOut(flow);
  const emptyIn = Math.min(hoursLeft(runway), horizonHours);
  const late = Math.min(Math.max(0, help.hours - emptyIn), horizonHours - emptyIn);
  if (net <= 0) {
    const useful = hoursFor(least.subtract(available), -net);
    return estimate(profitPerHour * Math.min(late, useful), MISSED_SCALE);
  }
  const lasts = Number.isNaN(help.toHours) ? horizonHours : help.toHours;
  const empty = Math.max(late, horizonHours - lasts);
  return estimate((profitPerHour * empty * net) / flow.outPerHour, MISSED_SCALE);
}

/** Hours that a place lasts after a change. */
const hoursAfter = (runway: Runway, change: Decimal): number =>
  hoursOf(runway.available.add(change), runway);

/** The figures of an option that moves something, from what it moves and how long it takes. */
export function moved(
  need: Need,
  giver: Runway,
  rules: PlanRules,
  done: Pick<PlanOption, 'kind' | 'moves' | 'cost' | 'costBps' | 'hours' | 'detail'>,
): PlanOption {
  const { runway } = need;
  const changeAt = (place: Runway): Decimal =>
    done.moves
      .filter(({ venue, asset }) => venue === place.venue && asset === place.asset)
      .reduce((sum, { amount }) => sum.add(amount), Decimal.ZERO);
  const amount = changeAt(runway);
  const toHours = hoursAfter(runway, amount);
  return {
    ...done,
    possible: true,
    amount,
    from: { venue: giver.venue, asset: giver.asset },
    missed: missedOf(need, { ...done, toHours }, rules),
    toHours,
    fromHours: hoursAfter(giver, changeAt(giver)),
    inTime: done.hours <= rules.horizonHours,
  };
}
