import { fullJitterMs, type RandomStream, type Timers } from '@ats/runtime';

const BACKOFF = { baseMs: 50, maxMs: 2000 };

export interface UntilDoneOptions {
  readonly timers: Timers;
  readonly random: RandomStream;
  readonly isStopped: () => boolean;
  /** Called for each failure, with how many came before it. */
  readonly onFailure: (error: unknown, before: number) => void;
}

/**
 * Tries until it succeeds, with full jitter between tries. When it is stopped before, the promise
 * stays open for ever: nobody may go on as if it had been done.
 */
export async function untilDone(
  run: () => Promise<void>,
  options: UntilDoneOptions,
): Promise<void> {
  const { timers, random, isStopped, onFailure } = options;
  for (let attempt = 0; !isStopped(); attempt += 1) {
    try {
      return await run();
    } catch (error) {
      onFailure(error, attempt);
      await timers.sleep(1 + fullJitterMs({ ...BACKOFF, attempt, random: random.next() }));
    }
  }
  await new Promise<never>(() => undefined);
}
