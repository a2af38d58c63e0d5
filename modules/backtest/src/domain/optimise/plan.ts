import type { Settings } from './parameters.ts';
import type { FinishedTrial } from './study.ts';

/** What a search tries, in rounds: what comes next may follow from what came before. */
export interface Plan {
  /** Settings that are tried at most. */
  readonly count: number;
  /** Gives the settings of each round, none twice, and is given what came of them. */
  rounds(): Generator<readonly Settings[], void, readonly FinishedTrial[]>;
}

/** Everything at once. */
export function planOf(settings: readonly Settings[]): Plan {
  return {
    count: settings.length,
    *rounds() {
      yield settings;
    },
  };
}
