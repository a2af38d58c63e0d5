import { LatencyRecorder } from '@ats/runtime';

/** Round trips one after the other. @returns median microseconds */
export async function roundTripUs(options: {
  readonly count: number;
  readonly trip: () => Promise<void>;
}): Promise<number> {
  const recorder = new LatencyRecorder();
  const warmUp = Math.ceil(options.count / 5);
  for (let index = -warmUp; index < options.count; index += 1) {
    const began = performance.now();
    await options.trip();
    if (index >= 0) recorder.record((performance.now() - began) * 1000);
  }
  return recorder.quantile(0.5);
}
