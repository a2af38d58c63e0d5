import { LatencyRecorder, systemTimers } from '@ats/runtime';

/**
 * What passes between two events of a measurement, floors and what is held against them alike:
 * between events a processor sleeps and its caches are lost to others, so that neither a tight
 * loop of round trips nor one of decisions says what an event costs in life.
 */
export const PACE_MS = 4;

/** Round trips, one each `PACE_MS`. @returns median microseconds */
export async function roundTripUs(options: {
  readonly count: number;
  readonly trip: () => Promise<void>;
}): Promise<number> {
  const recorder = new LatencyRecorder();
  const warmUp = Math.ceil(options.count / 5);
  for (let index = -warmUp; index < options.count; index += 1) {
    await systemTimers.sleep(PACE_MS);
    const began = performance.now();
    await options.trip();
    if (index >= 0) recorder.record((performance.now() - began) * 1000);
  }
  return recorder.quantile(0.5);
}
