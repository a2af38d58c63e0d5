import { LatencyRecorder, systemTimers } from '@ats/runtime';

/**
 * What passes between two events of a measurement, floors and what is held against them alike.
 * Back to back, code and data stay in the processor's caches; paced, as events are in life, others
 * take them in between, and everything costs two to four times as much.
 */
export const BACK_TO_BACK_MS = 0;
export const PACED_MS = 4;

/** Waits as long as a pace says; back to back other work of the event loop still has its turn. */
export async function pause(paceMs: number): Promise<void> {
  if (paceMs > 0) await systemTimers.sleep(paceMs);
  else await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Round trips, one after the other. @returns median microseconds */
export async function roundTripUs(options: {
  readonly count: number;
  readonly paceMs: number;
  readonly trip: () => Promise<void>;
}): Promise<number> {
  const recorder = new LatencyRecorder();
  const warmUp = Math.ceil(options.count / 5);
  for (let index = -warmUp; index < options.count; index += 1) {
    await pause(options.paceMs);
    const began = performance.now();
    await options.trip();
    if (index >= 0) recorder.record((performance.now() - began) * 1000);
  }
  return recorder.quantile(0.5);
}
