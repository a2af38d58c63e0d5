import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SeedJob, SeedResult } from './worker.ts';

/**
 * Runs jobs on some threads. Each seed is a world of its own, so how many threads there are
 * changes how long it takes and nothing else. Results are handed over in the order of the jobs.
 */
export async function runSeeds(options: {
  readonly jobs: readonly SeedJob[];
  readonly threads: number;
  readonly onResult: (result: SeedResult) => void;
}): Promise<void> {
  const { jobs, threads, onResult } = options;
  const done = new Map<number, SeedResult>();
  let [next, told] = [0, 0];
  const tell = (): void => {
    for (;;) {
      const job = jobs[told];
      const result = job === undefined ? undefined : done.get(job.seed);
      if (job === undefined || result === undefined) return;
      done.delete(job.seed);
      told += 1;
      onResult(result);
    }
  };
  const thread = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    try {
      for (;;) {
        const job = jobs[next];
        if (job === undefined) return;
        next += 1;
        worker.postMessage(job);
        const [result] = (await once(worker, 'message')) as [SeedResult];
        done.set(job.seed, result);
        tell();
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, thread));
}
