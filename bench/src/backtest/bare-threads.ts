import { isMainThread, parentPort, Worker } from 'node:worker_threads';

const ROUNDS = { full: 60_000, tiny: 500 };
const VALUES = 4096;

/** Arithmetic in the nearest cache: what two threads can gain at the very most. */
function loop(rounds: number): number {
  const values = new Float64Array(VALUES).fill(1);
  for (let round = 0; round < rounds; round += 1) {
    for (let at = 0; at < VALUES; at += 1) values[at] = (values[at] as number) * 0.999 + round;
  }
  return values[0] as number;
}

/** How much more two threads of a bare loop do in the time of one: 2 on two idle cores. */
export async function bareSpeedUp(tiny: boolean): Promise<number> {
  const rounds = tiny ? ROUNDS.tiny : ROUNDS.full;
  const workers = [0, 1].map(() => new Worker(new URL(import.meta.url)));
  const ask = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
      worker.postMessage(rounds);
    });
  const timed = async (asked: readonly Worker[]): Promise<number> => {
    const began = performance.now();
    await Promise.all(asked.map(ask));
    return performance.now() - began;
  };
  try {
    await timed(workers);
    const one = await timed(workers.slice(1));
    const two = await timed(workers);
    return (2 * one) / two;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

if (!isMainThread)
  parentPort?.on('message', (rounds: number) => parentPort?.postMessage(loop(rounds)));
