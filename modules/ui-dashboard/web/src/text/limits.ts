import type { Message } from '../../../src/contract.ts';
import { approximate } from './decimal-text.ts';
import { words } from './format.ts';

type RiskLimit = Message<'ats.risk.v1.RiskLimit'>;

/** How much of a limit is used, for its bar. */
export interface Use {
  readonly percent: number;
  readonly warnPercent: number | undefined;
}

const FULL = 100;

/** @returns undefined for one that is not measured, or has no figure to compare with */
export function usedOfLimit({ value, warn, max }: RiskLimit): Use | undefined {
  const full = approximate(max === '' ? warn : max);
  const used = approximate(value);
  if (!Number.isFinite(full) || !Number.isFinite(used) || full <= 0) return undefined;
  const clamp = (part: number): number => Math.min(FULL, Math.max(0, (part / full) * FULL));
  const warns = max !== '' && warn !== '';
  return { percent: clamp(used), warnPercent: warns ? clamp(approximate(warn)) : undefined };
}

/**
 * The tone of what stands at a limit. A level stays up until it has been calm for a while; where no
 * warning is set what is below its limit again warns of nothing.
 */
export function toneOfLimit(limit: RiskLimit): '' | 'warn' | 'breach' {
  if (limit.level === 'LIMIT_LEVEL_BREACH') return 'breach';
  if (limit.level !== 'LIMIT_LEVEL_WARN') return '';
  const used = usedOfLimit(limit)?.percent ?? FULL;
  return limit.warn === '' && used < FULL ? '' : 'warn';
}

/** `lossPerDay` in words: `Loss per day`. */
export const limitWords = (name: string): string => words(name.replaceAll(/[A-Z]/g, '_$&'));

/** All limits of one name. */
export interface LimitGroup {
  readonly name: string;
  /** The one that is nearest to its end; undefined where none is measured. */
  readonly worst: RiskLimit | undefined;
  readonly limits: readonly RiskLimit[];
}

export interface LimitGroups {
  /** Held against all that there is: they stand at something. */
  readonly standing: readonly LimitGroup[];
  /** Held against one order or trade each time. */
  readonly perOrder: readonly LimitGroup[];
}

const LEVELS: readonly RiskLimit['level'][] = [
  'LIMIT_LEVEL_UNSPECIFIED',
  'LIMIT_LEVEL_OK',
  'LIMIT_LEVEL_WARN',
  'LIMIT_LEVEL_BREACH',
];

const gravity = (limit: RiskLimit): number =>
  LEVELS.indexOf(limit.level) * 2 * FULL + (usedOfLimit(limit)?.percent ?? -1);

/** These are held against a question that has no answer at rest. */
const PER_ORDER: ReadonlySet<string> = new Set([
  ...['tradeNotional', 'tradeExposure', 'tradeLoss', 'venueNotional'],
  ...['spread', 'priceBand', 'approvalRate'],
]);

/** @returns in the order in which they came */
export function groupsOfLimits(limits: readonly RiskLimit[]): LimitGroups {
  const groups = [...Map.groupBy(limits, ({ name }) => name)].map(([name, all]): LimitGroup => {
    const measured = all.filter(({ value }) => value !== '');
    const [worst] = measured.toSorted((a, b) => gravity(b) - gravity(a));
    return { name, worst, limits: all };
  });
  return {
    standing: groups.filter(({ name }) => !PER_ORDER.has(name)),
    perOrder: groups.filter(({ name }) => PER_ORDER.has(name)),
  };
}
