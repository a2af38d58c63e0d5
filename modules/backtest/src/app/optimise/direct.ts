import minimise from 'ml-direct';
import {
  keyOf,
  type Parameter,
  type Settings,
  settingsAt,
} from '../../domain/optimise/parameters.ts';
import type { Plan } from '../../domain/optimise/plan.ts';
import { type Objective, scoreOf } from '../../domain/optimise/study.ts';

/** Stands for a score where there is none: worse than any, and finite, as slopes are taken. */
const NO_SCORE = 1e12;
/** Rounds in a row without anything new: then steps and whole numbers leave nothing to try. */
const IDLE_ROUNDS_MAX = 10;

/**
 * Divides the ranges where they look best, largest parts first: DIRECT of Jones, Perttunen and
 * Stuckman (1993). It needs no start, no slope and no random numbers.
 *
 * The library's search is synchronous and always the same for the same scores, and the points of
 * one of its rounds do not depend on each other. So it is played again from its start each round,
 * over what is known; what it asks for beyond that is the round, to be tried at the same time.
 */
export function directPlan(
  parameters: readonly Parameter[],
  { count, objective }: { readonly count: number; readonly objective: Objective },
): Plan {
  const sign = objective.better === 'higher' ? -1 : 1;
  const from = parameters.map(() => 0);
  const to = parameters.map(() => 1);
  return {
    count,
    *rounds() {
      const costs = new Map<string, number>();
      let idle = 0;
      for (let iterations = 0; costs.size < count && idle < IDLE_ROUNDS_MAX; iterations += 1) {
        const wanted = new Map<string, Settings>();
        const costAt = (shares: ArrayLike<number>): number => {
          const settings = settingsAt(parameters, shares);
          const cost = costs.get(keyOf(settings));
          if (cost === undefined) wanted.set(keyOf(settings), settings);
          return cost ?? NO_SCORE;
        };
        minimise(costAt, from, to, { iterations });
        idle = wanted.size === 0 ? idle + 1 : 0;
        if (wanted.size === 0) continue;
        for (const trial of yield [...wanted.values()].slice(0, count - costs.size)) {
          const score = scoreOf(trial, objective);
          costs.set(keyOf(trial.settings), Number.isFinite(score) ? sign * score : NO_SCORE);
        }
      }
    },
  };
}
