import type { Message } from '../../../src/contract.ts';
import { type Reason, reasonName } from './reasons.ts';

type RiskLimit = Message<'ats.risk.v1.RiskLimit'>;

/** The setting that a refusal comes from: its name and what it is now. */
export interface LimitOfReason {
  readonly name: string;
  readonly value: string;
}

/** Where the engine's own refusals come from, in the section `engine` of the configuration. */
const ENGINE_SETTINGS: Readonly<Record<string, readonly string[]>> = {
  EDGE_BELOW_MIN: ['minEdgeBps'],
  CONFIDENCE_LOW: ['confidenceMin'],
  SPREAD_ABOVE_CEILING: ['ceilingBps'],
  BOOK_STALE: ['bookAgeMsMax'],
  CONVERSION_STALE: ['conversionAgeMsMax'],
  TRADES_OPEN_MAX: ['tradesOpenMax'],
  WORST_CASE_LOSS_ABOVE_BUDGET: ['unwind', 'lossBudget'],
};

/** @returns the settings of the engine; none where the text is no JSON */
export function engineSettings(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const within = (settings: unknown, key: string): unknown =>
  typeof settings === 'object' && settings !== null
    ? (settings as Readonly<Record<string, unknown>>)[key]
    : undefined;

interface Known {
  /** As `engineSettings` makes them. */
  readonly settings: unknown;
  readonly limits: readonly RiskLimit[];
}

/** @returns undefined for a reason that no single setting causes, or whose setting is not known */
export function limitOfReason(
  reason: Reason,
  { settings, limits }: Known,
): LimitOfReason | undefined {
  const path = ENGINE_SETTINGS[reasonName(reason)];
  if (path !== undefined) {
    const value = path.reduce(within, settings);
    const known = typeof value === 'number' || typeof value === 'string';
    return known ? { name: ['engine', ...path].join('.'), value: String(value) } : undefined;
  }
  const limit = limits.find((one) => one.reasonCode === reasonName(reason) && one.of === '');
  if (limit === undefined || limit.max === '') return undefined;
  return { name: `risk ${limit.name}`, value: limit.max };
}
