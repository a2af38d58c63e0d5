import { type AccountId, Decimal, type VenueId } from '@ats/domain';
import { Allowances, type SharingRules, targetsOf, wantedOf } from './allowance.ts';
import type { Place } from './flow.ts';
import type { Market, Values } from './markets.ts';
import {
  impossible,
  type Need,
  OPTION_KINDS,
  type OptionKind,
  type PlanOption,
  type PlanRules,
  totalOf,
} from './option.ts';
import { reverseOptions } from './reverse.ts';
import { type Runway, runsDry } from './runway.ts';
import { type TransferTermsOf, transferOption } from './transfer.ts';
import { waitOption } from './wait.ts';

/** What can be done about one place that runs dry. */
export interface PlanStep extends Need {
  /** One of each kind: the best that there is of it. */
  readonly options: readonly PlanOption[];
  /** Undefined where nothing helps. */
  readonly recommended: OptionKind | undefined;
  /** A sentence for a person. */
  readonly why: string;
}

export interface PlanInput {
  readonly runways: readonly Runway[];
  readonly values: Values;
  /** Markets whose books are fresh enough to trade on. */
  readonly markets: readonly Market[];
  readonly termsOf: TransferTermsOf;
  readonly rules: PlanRules & SharingRules;
  /** What trades that take an asset at a place earn, numeraire an hour. */
  readonly profitPerHour: (place: Place) => number;
}

const COST_DIGITS = 2;

/**
 * What to do about each place that runs dry, the most urgent first. What one step takes no later
 * step counts on, so that all of them together can be done.
 */
export function planOf(input: PlanInput): readonly PlanStep[] {
  const accounts = [...new Set(input.runways.map(({ accountId }) => accountId))];
  return accounts.flatMap((account) => stepsOf(account, input));
}

function stepsOf(account: AccountId, input: PlanInput): readonly PlanStep[] {
  const own = input.runways.filter(({ accountId }) => accountId === account);
  const allowances = new Allowances(own, input.rules);
  const urgent = own.filter(runsDry).toSorted((a, b) => a.hours - b.hours);
  return urgent.map((runway) => {
    const places = own.filter(({ asset }) => asset === runway.asset);
    const targets = targetsOf(places, input.rules);
    const targetOf = (venue: VenueId): Decimal => targets.get(venue) ?? Decimal.ZERO;
    const target = targetOf(runway.venue);
    const need: Need = {
      ...{ runway, target },
      wanted: wantedOf(runway, { target, rules: input.rules }),
      profitPerHour: input.profitPerHour(runway),
    };
    const options = optionsOf(need, { ...input, allowances, targetOf, places });
    const chosen = choose(options, input.rules);
    const taken = options.find(({ kind }) => kind === chosen.recommended);
    if (taken !== undefined) allowances.take(taken.moves);
    return { ...need, options, ...chosen };
  });
}

function optionsOf(
  need: Need,
  parts: PlanInput & {
    readonly allowances: Allowances;
    readonly targetOf: (venue: VenueId) => Decimal;
    readonly places: readonly Runway[];
  },
): readonly PlanOption[] {
  const { rules } = parts;
  const givers = parts.places.filter(({ venue }) => venue !== need.runway.venue);
  const transfers = givers.map((giver) => transferOption(need, giver, parts));
  const transfer =
    best(transfers, rules) ?? impossible('transfer', 'The asset is at no other venue.');
  const reverse = best(reverseOptions(need, parts), rules) as PlanOption;
  return [waitOption(need, rules), reverse, transfer];
}

/** The one that can be done, is in time, and costs least for what it brings. */
function best(options: readonly PlanOption[], rules: PlanRules): PlanOption | undefined {
  const rank = (one: PlanOption): number => (one.possible ? (one.inTime ? 0 : 1) : 2);
  return options.toSorted((a, b) => rank(a) - rank(b) || compareFor(a, b, rules))[0];
}

/** Of those in time by cost; of others by how long they last. */
function compareFor(a: PlanOption, b: PlanOption, rules: PlanRules): number {
  if (!a.possible) return 0;
  if (a.inTime) {
    const each = (one: PlanOption): Decimal =>
      totalOf(one).divide(one.amount, { scale: 20, rounding: 'up' });
    return each(a).compare(each(b));
  }
  return lasts(b, rules) - lasts(a, rules);
}

/** How long a place lasts after an option; nothing where it is not done in time. */
const lasts = ({ hours, toHours }: PlanOption, { horizonHours }: PlanRules): number => {
  if (hours > horizonHours) return 0;
  return Number.isNaN(toHours) ? horizonHours : Math.min(toHours, Number.MAX_VALUE);
};

/** The cheapest in time, the simplest of equals; else what makes it last longest. */
export function choose(
  options: readonly PlanOption[],
  rules: PlanRules,
): Pick<PlanStep, 'recommended' | 'why'> {
  const simplest = (a: PlanOption, b: PlanOption): number =>
    OPTION_KINDS.indexOf(a.kind) - OPTION_KINDS.indexOf(b.kind);
  const able = options.filter(({ possible }) => possible).toSorted(simplest);
  const [first, next] = able
    .filter(({ inTime }) => inTime)
    .toSorted((a, b) => totalOf(a).compare(totalOf(b)));
  const { horizonHours, warnHours, numeraire } = rules;
  if (first !== undefined) {
    const { kind: recommended } = first;
    if (next === undefined) return { recommended, why: 'Nothing else is in time.' };
    const less = totalOf(next).subtract(totalOf(first)).round(COST_DIGITS, 'half-even');
    const why = less.isZero()
      ? `It costs as little as ${wordsOf(next.kind)} and is simpler.`
      : `It costs ${less} ${numeraire} less than ${wordsOf(next.kind)}.`;
    return { recommended, why };
  }
  const [longest] = able.toSorted((a, b) => lasts(b, rules) - lasts(a, rules));
  if (longest !== undefined && lasts(longest, rules) > 0) {
    const why = `Nothing makes it last ${warnHours} h within ${horizonHours} h: this helps most.`;
    return { recommended: longest.kind, why };
  }
  const why = `Nothing brings it back within ${horizonHours} h: bring some from outside.`;
  return { recommended: undefined, why };
}

/** An option's kind as a person says it. */
export const wordsOf = (kind: OptionKind): string =>
  ({ wait: 'waiting', 'reverse-arbitrage': 'reverse arbitrage', transfer: 'a transfer' })[kind];
