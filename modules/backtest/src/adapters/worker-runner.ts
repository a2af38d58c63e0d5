import { Worker } from 'node:worker_threads';
import { AtsError } from '@ats/domain';
import type { LoadedConfig } from '@ats/runtime';
import type { RunningWorker, WorkerProgress } from '../app/run-queue.ts';
import type { RunSpec } from '../domain/run-record.ts';

/** What the thread of a run says. */
export type WorkerMessage =
  | { readonly kind: 'progress'; readonly progress: WorkerProgress }
  | { readonly kind: 'done'; readonly resultId: string }
  | { readonly kind: 'failed'; readonly text: string };

/** Starts a run on a thread of its own, so that this one goes on answering. */
export function startWorker(parts: {
  readonly spec: RunSpec;
  readonly loaded: LoadedConfig;
  readonly onProgress: (progress: WorkerProgress) => void;
}): RunningWorker {
  const { spec, loaded, onProgress } = parts;
  const worker = new Worker(new URL('run-worker.ts', import.meta.url), {
    workerData: { spec, loaded },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const done = new Promise<string>((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'progress') onProgress(message.progress);
      else if (message.kind === 'done') resolve(message.resultId);
      else reject(failed(message.text));
    });
    worker.on('error', (problem) => reject(failed(String(problem))));
    worker.on('exit', (code) => reject(failed(`its thread ended with ${code}`)));
  });
  return {
    done,
    async stop() {
      await worker.terminate();
    },
  };
}

function failed(message: string): AtsError {
  return new AtsError({ code: 'RPC_INTERNAL', message, retry: 'never' });
}
