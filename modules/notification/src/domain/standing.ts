import { Decimal } from '@ats/domain';

export interface Untold {
  readonly kind: 'untold';
  readonly why: string;
}

/** A figure of another service, or why it cannot be had. Never a guess. */
export type Told<Value> = { readonly kind: 'told'; readonly value: Value } | Untold;

/** Profit since the begin of a day, a week or a month, as risk counts it: decimal text. */
export interface ProfitWindow {
  readonly name: 'day' | 'week' | 'month';
  readonly profit: string;
  readonly realised: string;
  readonly unrealised: string;
  readonly fees: string;
}

/** Profit of record in one money: decimal text. */
export interface ProfitStanding {
  readonly numeraire: string;
  readonly windows: readonly ProfitWindow[];
  /** Most that it ever was, and how far it is below that. */
  readonly peak: string;
  readonly drawdown: string;
}

/** One limit and what it stands at: decimal text. */
export interface LimitUse {
  readonly name: string;
  /** The venue, asset or instrument; empty where it holds for all. */
  readonly of: string;
  /** What both figures are in, such as `USDT` or `ms`; empty for a count. */
  readonly unit: string;
  readonly value: string;
  readonly max: string;
}

/** What other services say of themselves when a digest is written. */
export interface Standing {
  readonly halt: Told<{ readonly halted: boolean; readonly reason: string }>;
  /** What fills have left of each asset since ever, and whether the ledger says the same. */
  readonly net: Told<{
    readonly assets: readonly { readonly asset: string; readonly net: string }[];
    readonly agrees: boolean;
  }>;
  readonly profit: Told<ProfitStanding>;
  readonly limits: Told<readonly LimitUse[]>;
  readonly trading: Told<{ readonly trading: boolean; readonly openTrades: number }>;
}

/** How much of a limit is used, 1 for all of it. A limit of nothing is used up. */
export function usedOf({ value, max }: LimitUse): number {
  const limit = Decimal.parse(max).toNumber();
  return limit === 0 ? Number.POSITIVE_INFINITY : Decimal.parse(value).toNumber() / limit;
}

/** The limits nearest to their figures, the nearest first. */
export function nearestLimits(limits: readonly LimitUse[], count: number): readonly LimitUse[] {
  return [...limits].sort((one, other) => usedOf(other) - usedOf(one)).slice(0, count);
}
