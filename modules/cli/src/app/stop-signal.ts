import { systemTimers } from '@ats/runtime';

/** Resolves when the run is to end: after its duration, or on Ctrl-C or SIGTERM. */
export interface StopSignal {
  readonly requested: Promise<void>;
  /** Ends the run after this time from now. */
  after(durationMs: number): void;
  /** From now on a further signal leaves at once, without waiting for the drain. */
  armForce(): void;
}

export function stopRequested(): StopSignal {
  const { promise, resolve } = Promise.withResolvers<void>();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let forced = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (forced) process.exit(1);
      resolve();
    });
  }
  return {
    requested: promise,
    after: (durationMs) => void systemTimers.after(durationMs, resolve),
    armForce() {
      forced = true;
    },
  };
}
