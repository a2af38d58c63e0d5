import type { Clock } from '@ats/runtime';
import type { Plan } from '../../domain/optimise/plan.ts';
import type { FinishedTrial, Trial, TrialOutcome } from '../../domain/optimise/study.ts';
import type { Span } from '../../domain/optimise/windows.ts';

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

/** Counts trials over all rounds of a search. */
class Tally {
  private readonly total: number;
  private readonly parts: SearchParts;
  private readonly startUs: number;
  private known = 0;
  private ended = 0;

  constructor(total: number, parts: SearchParts) {
    this.total = total;
    this.parts = parts;
    this.startUs = parts.clock.nowUs();
  }

  addKnown(count: number): void {
    this.known += count;
    this.tell();
  }

  addEnded(): void {
    this.ended += 1;
    this.tell();
  }

  private tell(): void {
    const { total, known, ended, parts } = this;
    const done = known + ended;
    const spentMs = (parts.clock.nowUs() - this.startUs) / 1000;
    const restMs = ended === 0 ? undefined : (spentMs / ended) * (total - done);
    parts.onProgress?.({ done, total, known, restMs });
  }
}

/**
 * Runs what a plan asks for and is not in the store yet, several trials at a time. The order of
 * what it returns is the plan's, whichever end first. An abort leaves what has ended in the store.
 */
export async function search(
  plan: Plan,
  parts: SearchParts & { readonly span: Span },
): Promise<readonly FinishedTrial[]> {
  const { span, store } = parts;
  const tally = new Tally(plan.count, parts);
  const finished: FinishedTrial[] = [];
  const rounds = plan.rounds();
  for (let round = rounds.next(); round.done !== true; ) {
    const trials = round.value.map((settings) => ({ settings, span }));
    const waiting = trials.filter((trial) => store.find(trial) === undefined);
    tally.addKnown(trials.length - waiting.length);
    await runAll(waiting, parts, tally);
    const ended = trials.map((trial) => store.find(trial) as FinishedTrial);
    finished.push(...ended);
    round = rounds.next(ended);
  }
  return finished;
}

async function runAll(waiting: readonly Trial[], parts: SearchParts, tally: Tally): Promise<void> {
  const { evaluate, store, concurrency, signal } = parts;
  const stop = new AbortController();
  const abort = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const queue = waiting.values();
  const lane = async (): Promise<void> => {
    for (const trial of queue) {
      abort.throwIfAborted();
      const outcome = await evaluate(trial, abort);
      await store.add({ ...trial, outcome });
      tally.addEnded();
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
}
