import { workerData } from 'node:worker_threads';
import { systemClock } from '@ats/runtime';
import { runTrial, type StudyBase } from '../../app/optimise/run-trial.ts';
import type { Trial, TrialOutcome } from '../../domain/optimise/study.ts';
import { openTape } from '../tapes/open-tape.ts';
import { type SharedTape, tapeOfShared } from '../tapes/shared-tape.ts';
import { openTapeStore } from '../tapes/tape-store.ts';

export interface TrialStudy extends StudyBase {
  /** Where tapes are found by name. */
  readonly dataFolder: string;
}

/** What a worker is started with. */
export interface WorkerStudy extends TrialStudy {
  /** In the order of the study's tapes; those that are not here are opened by name. */
  readonly shared: readonly (SharedTape | undefined)[];
}

/** Runs one trial in a thread of its own. */
export async function trialWorker(trial: Trial): Promise<TrialOutcome> {
  // Tinypool hands its own data first, then the user's.
  const [, study] = workerData as [unknown, WorkerStudy];
  const store = openTapeStore({ folder: study.dataFolder, clock: systemClock });
  const tapes = await Promise.all(
    study.spec.tapes.map(async (name, index) => {
      const shared = study.shared[index];
      return shared === undefined ? (await openTape(name, { store })).tape : tapeOfShared(shared);
    }),
  );
  return runTrial(trial, { ...study, tapes });
}
