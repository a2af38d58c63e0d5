import type { Decimal } from '@ats/domain';
import { LIMIT_NAMES, type LimitName } from './limit-names.ts';

/**
 * What follows when a limit is passed. `refuse`: nothing more that would add to it is approved.
 * The others do that, and then halt trading in that mode.
 */
export const BREACH_ACTIONS = ['refuse', 'reducing', 'halted', 'flatten'] as const;

export type BreachAction = (typeof BREACH_ACTIONS)[number];

/** A limit's figures: it may be reached and not passed. Without `max` it refuses nothing. */
export interface Limit {
  /** From here on people are told. */
  readonly warn: Decimal | undefined;
  readonly max: Decimal | undefined;
  readonly onBreach: BreachAction;
}

export type LimitLevel = 'ok' | 'warn' | 'breach';

const NO_LIMIT: Limit = { warn: undefined, max: undefined, onBreach: 'refuse' };

/** One limit's figures, and those that single venues, assets or moneys have instead. */
export interface LimitRow {
  readonly all: Limit;
  readonly own: ReadonlyMap<string, Limit>;
}

/** All limits as they stand at one moment. Never changes: a change makes another table. */
export class LimitTable {
  private readonly rows: ReadonlyMap<LimitName, LimitRow>;
  private readonly capped: ReadonlySet<LimitName>;

  constructor(rows: ReadonlyMap<LimitName, LimitRow>) {
    this.rows = rows;
    const isCapped = ([, { all, own }]: [LimitName, LimitRow]): boolean =>
      [all, ...own.values()].some(({ max }) => max !== undefined);
    this.capped = new Set([...rows].filter(isCapped).map(([name]) => name));
  }

  /** @param of the venue, asset, money or instrument; empty for a limit without such a scope */
  limit(name: LimitName, of = ''): Limit {
    const row = this.rows.get(name);
    if (row === undefined) return NO_LIMIT;
    return row.own.get(of) ?? row.all;
  }

  /** Whether the limit refuses anything at all. */
  has(name: LimitName): boolean {
    return this.capped.has(name);
  }

  /** Every limit with a figure: `of` is empty for the one that holds for all the rest. */
  *all(): Iterable<{ readonly name: LimitName; readonly of: string; readonly limit: Limit }> {
    for (const name of LIMIT_NAMES) {
      const row = this.rows.get(name);
      if (row === undefined) continue;
      yield { name, of: '', limit: row.all };
      for (const [of, limit] of row.own) yield { name, of, limit };
    }
  }

  /** A table with one limit changed. */
  with(name: LimitName, of: string, limit: Limit): LimitTable {
    const row = this.rows.get(name) ?? { all: NO_LIMIT, own: new Map() };
    const changed =
      of === '' ? { ...row, all: limit } : { ...row, own: new Map([...row.own, [of, limit]]) };
    return new LimitTable(new Map([...this.rows, [name, changed]]));
  }
}

export function levelOf({ warn, max }: Limit, value: Decimal): LimitLevel {
  if (max !== undefined && value.greaterThan(max)) return 'breach';
  if (warn !== undefined && !value.lessThan(warn)) return 'warn';
  return 'ok';
}

/** Something that is measured all the time and held against a limit. */
export interface LimitGauge {
  readonly name: LimitName;
  /** What it stands at now, by venue, asset or instrument; `of` is empty where it has no scope. */
  read(): Iterable<{ readonly of: string; readonly value: Decimal }>;
}
