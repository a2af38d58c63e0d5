import { type AccountId, Decimal, type VenueId } from '@ats/domain';
import { moneyText } from '../figure-text.ts';
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
  /** The cheapest that is in time, the simplest of equals; undefined where nothing is. */
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
  const transfer = best(transfers) ?? impossible('transfer', 'The asset is at no other venue.');
  const reverse = best(reverseOptions(need, parts)) as PlanOption;
  return [waitOption(need, rules), reverse, transfer];
}

/** The cheapest in time of one kind; of equals what brings most. */
function best(options: readonly PlanOption[]): PlanOption | undefined {
  const rank = (one: PlanOption): number => (one.possible ? (one.inTime ? 0 : 1) : 2);
  const [first] = options.toSorted(
    (a, b) => rank(a) - rank(b) || totalOf(a).compare(totalOf(b)) || b.amount.compare(a.amount),
  );
  return first;
}

/** The cheapest in time, the simplest of equals. */
function choose(
  options: readonly PlanOption[],
  rules: PlanRules,
): Pick<PlanStep, 'recommended' | 'why'> {
  const { horizonHours, warnHours, numeraire } = rules;
  const simplest = (a: PlanOption, b: PlanOption): number =>
    OPTION_KINDS.indexOf(a.kind) - OPTION_KINDS.indexOf(b.kind);
  const [first, next] = options
    .filter(({ possible, inTime }) => possible && inTime)
    .toSorted((a, b) => totalOf(a).compare(totalOf(b)) || simplest(a, b));
  if (first === undefined) {
    const why = `Nothing brings it back within ${horizonHours} h: bring some from outside.`;
    return { recommended: undefined, why };
  }
  const compared = next === undefined ? 'Nothing else is in time.' : whyNot(first, next, numeraire);
  const more = `It lasts less than ${warnHours} h even then: bring some from outside.`;
  const why = first.toHours < warnHours ? `${compared} ${more}` : compared;
  return { recommended: first.kind, why };
}

function whyNot(first: PlanOption, next: PlanOption, numeraire: string): string {
  const less = totalOf(next).subtract(totalOf(first)).round(COST_DIGITS, 'half-even');
  const saved = `${moneyText(less)} ${numeraire}`;
  return less.isZero()
    ? `It costs as little as ${wordsOf(next.kind)} and is simpler.`
    : `It costs ${saved} less than ${wordsOf(next.kind)}, what is missed in it.`;
}

/** An option's kind as a person says it. */
const wordsOf = (kind: OptionKind): string =>
  ({ wait: 'waiting', 'reverse-arbitrage': 'reverse arbitrage', transfer: 'a transfer' })[kind];
