import { Pauses } from '@ats/runtime';

/** Prints how many bytes of the heap each pause leaves behind; needs --expose-gc. */
const PAUSES = 50_000;
const pauses = new Pauses({
  after(_ms, run) {
    queueMicrotask(run);
    return { cancel: () => undefined };
  },
});
const pauseOften = async (): Promise<void> => {
  for (let count = 0; count < PAUSES; count += 1) await pauses.for(1);
};
const heldBytes = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
await pauseOften();
const before = heldBytes();
await pauseOften();
process.stdout.write(`${(heldBytes() - before) / PAUSES}\n`);
pauses.end();
