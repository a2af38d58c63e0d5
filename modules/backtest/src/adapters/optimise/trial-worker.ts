import { workerData } from 'node:worker_threads';
import { systemClock } from '@ats/runtime';
import { runTrial, type StudyBase } from '../../app/optimise/run-trial.ts';
import type { Trial, TrialOutcome } from '../../domain/optimise/study.ts';
import { openTape } from '../tapes/open-tape.ts';
import { openTapeStore } from '../tapes/tape-store.ts';

/** What a worker is started with: tapes are opened by name in each thread. */
export interface WorkerStudy extends StudyBase {
  readonly dataFolder: string;
}

/** Runs one trial in a thread of its own. */
export async function trialWorker(trial: Trial): Promise<TrialOutcome> {
  // Tinypool hands its own data first, then the user's.
  const [, study] = workerData as [unknown, WorkerStudy];
  const store = openTapeStore({ folder: study.dataFolder, clock: systemClock });
  const opened = await Promise.all(study.spec.tapes.map((name) => openTape(name, { store })));
  return runTrial(trial, { ...study, tapes: opened.map(({ tape }) => tape) });
}
