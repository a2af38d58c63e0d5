/** @returns the middle of the values; the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/**
 * Times `run` in batches. @returns the median microseconds of one call: the clock costs as much
 * as a short call does, so that single calls cannot be timed.
 */
export function medianCallUs(options: {
  readonly batches: number;
  readonly callsPerBatch: number;
  readonly run: (index: number) => void;
}): number {
  const times: number[] = [];
  let index = 0;
  for (let batch = 0; batch < options.batches; batch += 1) {
    const began = performance.now();
    for (let call = 0; call < options.callsPerBatch; call += 1) {
      options.run(index);
      index += 1;
    }
    times.push(((performance.now() - began) * 1000) / options.callsPerBatch);
  }
  return median(times);
}

/** Collects what can be collected. @returns bytes of the JS heap and array buffers in use. */
export function settledHeapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('the bench runs with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
