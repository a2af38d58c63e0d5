import { AtsError, type ErrorCode } from '@ats/domain';
import { Tinypool } from 'tinypool';
import type { Evaluate } from '../../app/optimise/search.ts';
import type { TrialOutcome } from '../../domain/optimise/study.ts';
import type { WorkerStudy } from './trial-worker.ts';

/** Trials on threads: each runs one at a time and has its own copy of everything. */
export interface TrialPool {
  readonly threads: number;
  readonly evaluate: Evaluate;
  close(): Promise<void>;
}

/** A thread stays between two trials, while the one before is made durable. */
const IDLE_MS = 60_000;

export function openTrialPool(study: WorkerStudy, threads: number): TrialPool {
  const pool = new Tinypool({
    filename: new URL('./trial-worker.ts', import.meta.url).href,
    name: 'trialWorker',
    // A search that is known whole starts no thread.
    minThreads: 0,
    idleTimeout: IDLE_MS,
    maxThreads: threads,
    workerData: study,
  });
  return {
    threads,
    evaluate: async (trial, signal): Promise<TrialOutcome> => {
      try {
        return await pool.run(trial, { signal });
      } catch (problem) {
        signal.throwIfAborted();
        throw revived(problem);
      }
    },
    close: () => pool.destroy(),
  };
}

/** An error loses its class on its way out of a thread. */
function revived(problem: unknown): unknown {
  if (!(problem instanceof Error) || !('code' in problem)) return problem;
  const { code, message, cause } = problem;
  const remedy = 'remedy' in problem ? String(problem.remedy) : undefined;
  return new AtsError({
    code: code as ErrorCode,
    message,
    cause,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
