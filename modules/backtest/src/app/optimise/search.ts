import type { Clock } from '@ats/runtime';
import type { FinishedTrial, Trial, TrialOutcome } from '../../domain/optimise/study.ts';

/** Runs one trial. Rejects only where going on makes no sense: a tape that cannot be read. */
export type Evaluate = (trial: Trial, signal: AbortSignal) => Promise<TrialOutcome>;

/** Where finished trials are kept. */
export interface TrialStore {
  find(trial: Trial): FinishedTrial | undefined;
  /** Resolves when it is durable. */
  add(trial: FinishedTrial): Promise<void>;
}

export interface SearchProgress {
  readonly done: number;
  readonly total: number;
  /** Of them, found in the store. */
  readonly known: number;
  /** Undefined until a trial of this run has ended. */
  readonly restMs: number | undefined;
}

export interface SearchParts {
  readonly evaluate: Evaluate;
  readonly store: TrialStore;
  readonly clock: Clock;
  /** Trials that run at the same time. */
  readonly concurrency: number;
  readonly onProgress?: (progress: SearchProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs trials that are not in the store yet, several at a time. The order of what it returns is
 * that of the trials, whichever end first. An abort leaves what has ended in the store.
 */
export async function search(
  trials: readonly Trial[],
  parts: SearchParts,
): Promise<readonly FinishedTrial[]> {
  const { evaluate, store, clock, concurrency, onProgress, signal } = parts;
  const stop = new AbortController();
  const abort = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const waiting = trials.filter((trial) => store.find(trial) === undefined);
  const total = trials.length;
  const known = total - waiting.length;
  const startUs = clock.nowUs();
  let ended = 0;
  const tell = (): void => {
    const perTrial = ended === 0 ? undefined : (clock.nowUs() - startUs) / 1000 / ended;
    const restMs = perTrial === undefined ? undefined : perTrial * (waiting.length - ended);
    onProgress?.({ done: known + ended, total, known, restMs });
  };
  tell();
  const queue = waiting.values();
  const lane = async (): Promise<void> => {
    for (const trial of queue) {
      abort.throwIfAborted();
      const outcome = await evaluate(trial, abort);
      await store.add({ ...trial, outcome });
      ended += 1;
      tell();
    }
  };
  const lanes = Array.from({ length: Math.min(concurrency, waiting.length) }, async () => {
    try {
      await lane();
    } catch (problem) {
      // One that fails stops the others: nobody waits hours to learn of the first.
      stop.abort(problem);
      throw problem;
    }
  });
  const results = await Promise.allSettled(lanes);
  signal?.throwIfAborted();
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return trials.map((trial) => store.find(trial) as FinishedTrial);
}
