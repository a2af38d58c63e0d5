import { parentPort, workerData } from 'node:worker_threads';
import { AtsError } from '@ats/domain';
import { type LoadedConfig, systemClock } from '@ats/runtime';
import type { RunSpec } from '../domain/run-record.ts';
import { executeRun } from './execute-run.ts';
import type { WorkerMessage } from './worker-runner.ts';

/** The thread of one run: it plays, stores, says so and ends. */
const PROGRESS_US = 250_000;

const { spec, loaded } = workerData as { readonly spec: RunSpec; readonly loaded: LoadedConfig };
const say = (message: WorkerMessage): void => parentPort?.postMessage(message);
let toldUs = 0;

try {
  const { id } = await executeRun({
    ...{ spec, loaded, clock: systemClock },
    onProgress(progress, expected) {
      const nowUs = systemClock.nowUs();
      if (nowUs - toldUs < PROGRESS_US) return;
      toldUs = nowUs;
      say({ kind: 'progress', progress: { ...progress, expected } });
    },
  });
  say({ kind: 'done', resultId: id });
} catch (problem) {
  const text = problem instanceof Error ? problem.message : String(problem);
  const remedy = problem instanceof AtsError ? (problem.remedy ?? '') : '';
  say({ kind: 'failed', text: remedy === '' ? text : `${text}. ${remedy}` });
}
