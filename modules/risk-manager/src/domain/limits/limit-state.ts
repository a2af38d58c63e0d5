import { Decimal } from '@ats/domain';
import { figuresText } from './limit-change.ts';
import type { LimitName } from './limit-names.ts';
import { type Limit, type LimitLevel, levelOf } from './limit-table.ts';

/** How one limit stands for one venue, asset or instrument, as it was told last. Immutable. */
export interface LimitState {
  readonly name: LimitName;
  /** Empty for a limit without a scope. */
  readonly of: string;
  readonly level: LimitLevel;
  /** What it stood at when it was looked at last. */
  readonly value: Decimal;
  /** When this level was reached, microseconds since the epoch. */
  readonly sinceUs: number;
  /** When the alert that stands was raised. */
  readonly raisedAtUs: number;
  /** How often it was raised, each time within an hour of the time before. */
  readonly raises: number;
  /** The worst that a halt was asked for, or that people saw when they resumed. */
  readonly haltedAt: Decimal | undefined;
  /** Whether trading was halted when it was looked at last. */
  readonly halted: boolean;
  /** The figures that it was judged by. */
  readonly figures: string;
  /** Since when it has been well below the level; undefined while it is not. Not stored. */
  readonly calmSinceUs: number | undefined;
}

/** What became of a limit: what people are told, and `resumed`, which is remembered only. */
export type LimitChangeKind = 'raised' | 'worsened' | 'eased' | 'recovered' | 'halted' | 'resumed';

export interface LimitJudgement {
  readonly state: LimitState;
  /** Undefined when there is nothing new. */
  readonly change: LimitChangeKind | undefined;
  /** Whether trading is to be halted now. */
  readonly halts: boolean;
}

export interface LimitReading {
  readonly name: LimitName;
  readonly of: string;
  readonly value: Decimal;
  readonly limit: Limit;
  /** Whether trading is halted, by whomever. */
  readonly halted: boolean;
  readonly nowUs: number;
}

const RANK: Readonly<Record<LimitLevel, number>> = { ok: 0, warn: 1, breach: 2 };
/** It must fall below this part of the level before it is called calm. */
const CALM_PART = Decimal.parse('0.95');
const CALM_US = 10_000_000;
const CALM_US_MAX = 300_000_000;
const RAISES_WITHIN_US = 3_600_000_000;
/** A breach that a person let trading go on with halts again once it is worse by this part. */
const STEP_PART = Decimal.parse('0.1');
/** These are held against each question; here people are only told. */
const TOLD_ONLY: ReadonlySet<LimitName> = new Set(['bookAge', 'clockSkew']);

/** How long it must be calm: longer each time that it comes back within the hour. */
const calmUs = ({ raises }: LimitState): number =>
  Math.min(CALM_US * 2 ** Math.max(0, raises - 1), CALM_US_MAX);

function levelNow({ name, limit, value }: LimitReading): LimitLevel {
  const level = levelOf(limit, value);
  return level === 'breach' && TOLD_ONLY.has(name) ? 'warn' : level;
}

const fresh = ({ name, of, value, nowUs, limit }: LimitReading): LimitState => ({
  ...{ name, of, level: 'ok', value, sinceUs: nowUs, raisedAtUs: 0, raises: 0 },
  ...{ haltedAt: undefined, halted: false, calmSinceUs: undefined },
  figures: figuresText(limit),
});

/** How a limit stands after one more reading. */
export function judge(before: LimitState | undefined, reading: LimitReading): LimitJudgement {
  const state = before === undefined ? fresh(reading) : { ...before, value: reading.value };
  const level = levelNow(reading);
  if (RANK[level] > RANK[state.level]) return up(state, level, reading);
  if (RANK[level] < RANK[state.level]) {
    const down = maybeDown(state, level, reading);
    if (down !== undefined) return down;
  }
  const calm = RANK[level] < RANK[state.level] && isCalm(state, reading);
  const calmSinceUs = calm ? (state.calmSinceUs ?? reading.nowUs) : undefined;
  const figures = figuresText(reading.limit);
  return whileBreached({ ...state, calmSinceUs, figures }, reading);
}

function up(state: LimitState, level: LimitLevel, reading: LimitReading): LimitJudgement {
  const { nowUs, limit, value, halted } = reading;
  const again = state.level === 'ok' && nowUs - state.raisedAtUs < RAISES_WITHIN_US;
  const begun = { raisedAtUs: nowUs, raises: again ? state.raises + 1 : 1 };
  const halts = level === 'breach' && limit.onBreach !== 'refuse';
  return {
    state: {
      ...state,
      ...(state.level === 'ok' ? begun : {}),
      ...{ level, sinceUs: nowUs, calmSinceUs: undefined, figures: figuresText(limit) },
      ...{ haltedAt: halts ? value : undefined, halted: halts || halted },
    },
    change: state.level === 'ok' ? 'raised' : 'worsened',
    halts,
  };
}

function isCalm(state: LimitState, { limit, value }: LimitReading): boolean {
  const threshold = state.level === 'breach' ? limit.max : limit.warn;
  return threshold === undefined || !value.greaterThan(threshold.multiply(CALM_PART));
}

/** It is better at once where the figures were changed, and after a calm where the value was. */
function maybeDown(
  state: LimitState,
  level: LimitLevel,
  reading: LimitReading,
): LimitJudgement | undefined {
  const { nowUs, limit, halted } = reading;
  const changed = state.figures !== figuresText(limit);
  const calmSinceUs = isCalm(state, reading) ? (state.calmSinceUs ?? nowUs) : nowUs;
  if (!changed && nowUs - calmSinceUs < calmUs(state)) return undefined;
  const eased = level === 'warn';
  return {
    state: {
      ...state,
      ...(eased ? { raisedAtUs: nowUs } : {}),
      ...{ level, sinceUs: nowUs, calmSinceUs: undefined, figures: figuresText(limit) },
      ...{ haltedAt: undefined, halted },
    },
    change: eased ? 'eased' : 'recovered',
    halts: false,
  };
}

/**
 * While a halt stands people see how bad it is, and resume knowing that: the breach halts again
 * only once it is worse than it was then by a tenth of the limit, or after it had recovered.
 */
function whileBreached(state: LimitState, reading: LimitReading): LimitJudgement {
  const { value, limit, halted, nowUs } = reading;
  const acts = state.level === 'breach' && limit.onBreach !== 'refuse';
  if (!acts)
    return { state: { ...state, haltedAt: undefined, halted }, change: undefined, halts: false };
  const { haltedAt } = state;
  const worst = haltedAt?.max(value);
  if (halted && worst !== undefined) {
    return { state: { ...state, haltedAt: worst, halted }, change: undefined, halts: false };
  }
  const step = (limit.max ?? Decimal.ZERO).multiply(STEP_PART);
  if (haltedAt === undefined || value.greaterThan(haltedAt.add(step))) {
    const again = { ...state, raisedAtUs: nowUs, haltedAt: value, halted: true };
    return { state: again, change: 'halted', halts: true };
  }
  const change = state.halted ? 'resumed' : undefined;
  return { state: { ...state, halted }, change, halts: false };
}
