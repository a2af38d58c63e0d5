import { systemTimers } from '@ats/runtime';

/** Resolves when the run is to end: after its duration, or on Ctrl-C or SIGTERM. */
export interface StopSignal {
  readonly requested: Promise<void>;
  /** Ends the run after this time from now. */
  after(durationMs: number): void;
  /** From now on a further signal leaves at once, without waiting for the drain. */
  armForce(): void;
}

/** @param reloads whether SIGHUP has settings read again, where it is not the end of a terminal */
export function stopRequested({ reloads = false } = {}): StopSignal {
  const { promise, resolve } = Promise.withResolvers<void>();
  const hangup = reloads && !process.stdin.isTTY ? [] : (['SIGHUP'] as const);
  const signals = ['SIGINT', 'SIGTERM', ...hangup] as const;
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
