import { deflatedSharpe, type SharpeMoments } from '@ats/statistics';
import type { Better } from '../figures.ts';
import type { Settings } from './parameters.ts';
import type { Span } from './windows.ts';

/** One run of a search: settings over a range of the tapes. */
export interface Trial {
  readonly settings: Settings;
  readonly span: Span;
}

/** What came of a trial. A refused one has settings that do not go together. */
export type TrialOutcome =
  | {
      readonly kind: 'done';
      /** Every figure of the run by its name, as text; empty where it is not known. */
      readonly figures: Readonly<Record<string, string>>;
      readonly moments: SharpeMoments;
    }
  | { readonly kind: 'refused'; readonly why: string };

export interface FinishedTrial extends Trial {
  readonly outcome: TrialOutcome;
}

/** The figure that is searched for, and which way it is better. */
export interface Objective {
  readonly figure: string;
  readonly better: Exclude<Better, 'none'>;
}

/** @returns NaN where the trial has no such figure */
export function scoreOf({ outcome }: FinishedTrial, { figure }: Objective): number {
  if (outcome.kind === 'refused') return Number.NaN;
  const text = outcome.figures[figure] ?? '';
  return text === '' ? Number.NaN : Number(text);
}

/** Trials with a score, the best first; equals keep the order in which they were asked for. */
export function ranked(
  trials: readonly FinishedTrial[],
  objective: Objective,
): readonly FinishedTrial[] {
  const sign = objective.better === 'higher' ? -1 : 1;
  return trials
    .filter((trial) => !Number.isNaN(scoreOf(trial, objective)))
    .toSorted((a, b) => sign * (scoreOf(a, objective) - scoreOf(b, objective)) || 0);
}

/** How far a search's best can be believed. */
export interface Overfitting {
  readonly trials: number;
  /** Likelihood that the best has skill beyond the luck of so many tries; NaN where unknown. */
  readonly deflatedSharpe: number;
  /** For people; empty where nothing speaks against it. */
  readonly warning: string;
}

const BELIEVED = 0.95;

export function overfittingOf(
  trials: readonly FinishedTrial[],
  best: FinishedTrial | undefined,
): Overfitting {
  const sharpes = trials.flatMap(({ outcome }) =>
    outcome.kind === 'done' && Number.isFinite(outcome.moments.sharpe)
      ? [outcome.moments.sharpe]
      : [],
  );
  const count = sharpes.length;
  const mean = sharpes.reduce((sum, sharpe) => sum + sharpe, 0) / count;
  const variance = sharpes.reduce((sum, sharpe) => sum + (sharpe - mean) ** 2, 0) / (count - 1);
  const moments = best?.outcome.kind === 'done' ? best.outcome.moments : undefined;
  const deflated =
    moments === undefined || count < 2
      ? Number.NaN
      : deflatedSharpe(moments, { variance, trials: count });
  return { trials: count, deflatedSharpe: deflated, warning: warningOf(deflated, count) };
}

function warningOf(deflated: number, trials: number): string {
  if (Number.isNaN(deflated)) {
    return 'Too few returns to tell skill from luck: the deflated Sharpe ratio is not known.';
  }
  if (deflated >= BELIEVED) return '';
  const share = `${(100 * deflated).toFixed(1)} %`;
  return (
    `The best of ${trials} trials may be luck: its deflated Sharpe ratio is ${share}, and ` +
    `${100 * BELIEVED} % is what one asks for. Judge it on data that the search has not seen.`
  );
}
