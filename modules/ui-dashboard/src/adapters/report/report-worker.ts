import { Worker } from 'node:worker_threads';
import { AtsError } from '@ats/domain';
import type { ReportWorker, ToWorker, WorkerJob } from '../../app/reports.ts';

/** Of the thread that draws; beyond it the report fails and the server goes on. */
const MEMORY_MB = 512;

export type WorkerAnswer =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly text: string };

export function startReportWorker(job: WorkerJob): ReportWorker {
  const worker = new Worker(new URL('render-worker.ts', import.meta.url), {
    workerData: job,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const drawn = new Promise<Uint8Array>((resolve, reject) => {
    worker.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'file') resolve(answer.bytes);
      else reject(failed(answer.text));
    });
    worker.on('error', (problem) => reject(failed(String(problem))));
    worker.on('exit', (code) => reject(failed(`its thread ended with ${code}`)));
  });
  // It may fail before it is asked to draw.
  drawn.catch(() => undefined);
  const say = (message: ToWorker): void => worker.postMessage(message);
  return {
    add: say,
    draw(booksNow) {
      say({ kind: 'draw', booksNow });
      return drawn;
    },
    async close() {
      await worker.terminate();
    },
  };
}

const failed = (why: string): AtsError =>
  new AtsError({
    code: 'RPC_INTERNAL',
    message: `the report could not be drawn: ${why}`,
    remedy: 'Ask for a shorter period, or for the CSV.',
  });
