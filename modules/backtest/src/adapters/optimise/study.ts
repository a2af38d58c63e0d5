import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { LoadedConfig } from '@ats/runtime';
import { systemClock } from '@ats/runtime';
import { type SearchParts, search } from '../../app/optimise/search.ts';
import { type WalkForward, walkForward } from '../../app/optimise/walk-forward.ts';
import type { Plan } from '../../domain/optimise/plan.ts';
import type { FinishedTrial, Objective } from '../../domain/optimise/study.ts';
import type { Span, Window } from '../../domain/optimise/windows.ts';
import type { RunSpec } from '../../domain/run-record.ts';
import type { Tape } from '../../domain/tape.ts';
import { hashInputs } from '../execute-run.ts';
import { openTapeStore } from '../tapes/tape-store.ts';
import { TrialLog } from './trial-log.ts';
import { openTrialPool } from './trial-pool.ts';

export interface StudyOptions {
  readonly spec: RunSpec;
  readonly loaded: LoadedConfig;
  /** Where tapes are found by name. */
  readonly dataFolder: string;
  /** Where trials are kept; a file in `folder` that follows from the study if absent. */
  readonly logFile?: string;
  readonly folder: string;
  readonly threads: number;
  readonly onProgress?: SearchParts['onProgress'];
  readonly signal?: AbortSignal;
}

/** A search over settings of one run, on threads, kept in a file. */
export interface Study {
  readonly logFile: string;
  optimise(plan: Plan, span: Span): Promise<readonly FinishedTrial[]>;
  walkForward(windows: readonly Window[], plan: Plan, objective: Objective): Promise<WalkForward>;
  close(): Promise<void>;
}

/** @throws CONFIG_INVALID where the log is of another study */
export async function createStudy(options: StudyOptions): Promise<Study> {
  const { spec, loaded, threads, dataFolder, onProgress, signal } = options;
  const tapes = openTapeStore({ folder: dataFolder, clock: systemClock });
  const inputs = await hashInputs({ spec, loaded, tapes });
  const { name: _, fromUs: _from, toUs: _to, ...common } = spec;
  const study = JSON.stringify({ ...common, inputs });
  const named = createHash('sha256').update(study).digest('hex').slice(0, 16);
  const logFile = options.logFile ?? join(options.folder, 'studies', `${named}.jsonl`);
  const store = await TrialLog.open(logFile, study);
  const pool = openTrialPool({ spec, loaded, dataFolder }, threads);
  const parts: SearchParts = {
    ...{ evaluate: pool.evaluate, store, clock: systemClock, concurrency: threads },
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  };
  return {
    logFile,
    optimise: (plan, span) => search(plan, { ...parts, span }),
    walkForward: (windows, plan, objective) => walkForward(windows, plan, { ...parts, objective }),
    async close() {
      await pool.close();
      await store.close();
    },
  };
}

/** From the first row of the tapes to just after the last, within a range. Reads all of them. */
export async function boundsOf(tapes: readonly Tape[], within: Span): Promise<Span> {
  const range = {
    ...(within.fromUs === 0 ? {} : { fromUs: within.fromUs }),
    ...(within.toUs === 0 ? {} : { toUs: within.toUs }),
  };
  let fromUs = Number.POSITIVE_INFINITY;
  let toUs = 0;
  for (const tape of tapes) {
    for await (const { receivedAtUs, count } of tape.batches(range)) {
      fromUs = Math.min(fromUs, receivedAtUs[0] ?? fromUs);
      toUs = Math.max(toUs, (receivedAtUs[count - 1] ?? 0) + 1);
    }
  }
  return { fromUs, toUs };
}
