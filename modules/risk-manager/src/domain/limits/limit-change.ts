import { AtsError, Decimal } from '@ats/domain';
import { kindOf, LIMIT_NAMES, type LimitName, type LimitScope } from './limit-names.ts';
import type { BreachAction, Limit, LimitTable } from './limit-table.ts';

/** What each scope's limits can be for. */
export type ScopeNames = Readonly<Record<Exclude<LimitScope, 'none'>, readonly string[]>>;

/** What a person asks of one limit; undefined leaves a figure as it is. */
export interface LimitWish {
  readonly name: string;
  /** Empty for the limit that holds for all the rest. */
  readonly of: string;
  /** Decimal text, or `none`. */
  readonly warn: string | undefined;
  /** Decimal text, or `none`. */
  readonly max: string | undefined;
  readonly onBreach: BreachAction | undefined;
  /** Back to the configuration. */
  readonly reset: boolean;
}

/** A limit that a person has set, over the configuration. */
export interface LimitOverride {
  readonly name: LimitName;
  readonly of: string;
  readonly limit: Limit;
  readonly actor: string;
  readonly reason: string;
  /** Microseconds since the epoch. */
  readonly atUs: number;
}

/** A wish that can be granted. */
export type LimitChange =
  | { readonly kind: 'set'; readonly name: LimitName; readonly of: string; readonly limit: Limit }
  | { readonly kind: 'reset'; readonly name: LimitName; readonly of: string };

export const limitId = ({ name, of }: { readonly name: string; readonly of: string }): string =>
  of === '' ? name : `${name}:${of}`;

function invalid(field: string, value: string, expected: string): AtsError {
  const shown = value.slice(0, 60);
  return new AtsError({
    code: 'RISK_LIMIT_INVALID',
    message: `${field} is "${shown}", expected ${expected}`,
    remedy: 'See "ats limits" for what there is; nothing was changed.',
    context: { field, value: shown },
  });
}

const nameOf = (text: string): LimitName => {
  const name = LIMIT_NAMES.find((one) => one === text);
  if (name === undefined) throw invalid('name', text, `one of ${LIMIT_NAMES.join(', ')}`);
  return name;
};

function checkOf(name: LimitName, of: string, known: ScopeNames): void {
  const { scope } = kindOf(name);
  if (of === '') return;
  if (scope === 'none') throw invalid('of', of, `nothing: ${name} is one limit for all`);
  if (known[scope].includes(of)) return;
  throw invalid('of', of, `one ${scope} of ${known[scope].join(', ')}`);
}

function figure(field: 'warn' | 'max', text: string | undefined, before: Decimal | undefined) {
  if (text === undefined) return before;
  if (text === 'none') return undefined;
  if (!/^\d{1,30}(\.\d{1,20})?$/.test(text)) throw invalid(field, text, 'a decimal, or none');
  return Decimal.parse(text);
}

/** @throws RISK_LIMIT_INVALID with the field, its value and what it can be */
export function checkedChange(wish: LimitWish, table: LimitTable, known: ScopeNames): LimitChange {
  const name = nameOf(wish.name);
  const { of, warn, max, onBreach, reset } = wish;
  checkOf(name, of, known);
  const given = warn ?? max ?? onBreach;
  if (reset && given !== undefined) throw invalid('reset', given, 'no figures beside it');
  if (reset) return { kind: 'reset', name, of };
  if (given === undefined) throw invalid('max', '', `a change of ${limitId({ name, of })}`);
  const before = table.limit(name, of);
  const limit: Limit = {
    warn: figure('warn', warn, before.warn),
    max: figure('max', max, before.max),
    onBreach: onBreach ?? before.onBreach,
  };
  if (limit.warn !== undefined && limit.max !== undefined && limit.warn.greaterThan(limit.max)) {
    throw invalid('warn', limit.warn.toString(), `no more than max, which is ${limit.max}`);
  }
  return { kind: 'set', name, of, limit };
}

/** The configuration's limits with those that persons have set. */
export function withOverrides(base: LimitTable, overrides: Iterable<LimitOverride>): LimitTable {
  let table = base;
  for (const { name, of, limit } of overrides) table = table.with(name, of, limit);
  return table;
}

/** `warn 1000, max 2500, then halted`. */
export function figuresText({ warn, max, onBreach }: Limit): string {
  return `warn ${warn ?? 'none'}, max ${max ?? 'none'}, on breach ${onBreach}`;
}
