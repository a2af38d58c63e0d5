import { type Plan, planOf } from '../../domain/optimise/plan.ts';
import {
  type FinishedTrial,
  type Objective,
  type Overfitting,
  overfittingOf,
  ranked,
  scoreOf,
} from '../../domain/optimise/study.ts';
import type { Window } from '../../domain/optimise/windows.ts';
import { type SearchParts, search } from './search.ts';

/** One window: what was chosen in it, and what that was worth afterwards. */
export interface WalkForwardStep extends Window {
  /** Undefined where no trial had a score. */
  readonly best: FinishedTrial | undefined;
  readonly judged: FinishedTrial | undefined;
  /** NaN where it is not known. */
  readonly inSampleScore: number;
  readonly outOfSampleScore: number;
  readonly overfitting: Overfitting;
}

export interface WalkForward {
  readonly steps: readonly WalkForwardStep[];
  /** Mean score out of sample over that in sample; NaN where that is not above 0. */
  readonly efficiency: number;
}

/** Chooses settings in each window and judges them on the data that follows. */
export async function walkForward(
  windows: readonly Window[],
  plan: Plan,
  parts: SearchParts & { readonly objective: Objective },
): Promise<WalkForward> {
  const { objective, onProgress } = parts;
  // A window's search and its judgement are one trial more than the plan has.
  const total = windows.length * (plan.count + 1);
  const steps: WalkForwardStep[] = [];
  for (const [at, window] of windows.entries()) {
    const before = at * (plan.count + 1);
    const tell: SearchParts['onProgress'] = (progress) =>
      onProgress?.({ ...progress, done: before + progress.done, total });
    const trials = await search(plan, { ...parts, span: window.inSample, onProgress: tell });
    const [best] = ranked(trials, objective);
    const [judged] = await search(planOf(best === undefined ? [] : [best.settings]), {
      ...{ ...parts, span: window.outOfSample },
      onProgress: () => undefined,
    });
    steps.push({
      ...window,
      best,
      judged,
      inSampleScore: best === undefined ? Number.NaN : scoreOf(best, objective),
      outOfSampleScore: judged === undefined ? Number.NaN : scoreOf(judged, objective),
      overfitting: overfittingOf(trials, best),
    });
  }
  return { steps, efficiency: efficiencyOf(steps) };
}

function efficiencyOf(steps: readonly WalkForwardStep[]): number {
  const known = steps.filter(
    ({ inSampleScore, outOfSampleScore }) =>
      Number.isFinite(inSampleScore) && Number.isFinite(outOfSampleScore),
  );
  const sum = (of: (step: WalkForwardStep) => number): number =>
    known.reduce((total, step) => total + of(step), 0);
  const inSample = sum((step) => step.inSampleScore);
  return inSample > 0 ? sum((step) => step.outOfSampleScore) / inSample : Number.NaN;
}
