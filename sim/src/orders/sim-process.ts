import type { TimerHandle, Timers } from '@ats/runtime';

/**
 * One process of the simulated system. When it is killed nothing that it waits for ever resolves,
 * none of its timers fires, and what it had asked of its disks may or may not have happened: the
 * objects in it are left as they stand, at whatever instruction they were.
 */
export class SimProcess {
  readonly name: string;
  readonly timers: Timers;
  private living = true;

  constructor(name: string, world: Timers) {
    this.name = name;
    const whileAlive = (run: () => void) => (): void => {
      if (this.living) run();
    };
    this.timers = {
      after: (delayMs, run): TimerHandle => world.after(delayMs, whileAlive(run)),
      every: (periodMs, run): TimerHandle => {
        const timer = world.every(periodMs, () => {
          if (this.living) run();
          else timer.cancel();
        });
        return timer;
      },
      sleep: (delayMs) =>
        new Promise((resolve) => {
          world.after(delayMs, whileAlive(resolve));
        }),
    };
  }

  get alive(): boolean {
    return this.living;
  }

  kill(): void {
    this.living = false;
  }

  /** The outcome of a promise, for as long as the process lives to see it. */
  seen<Value>(promise: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => {
          if (this.living) resolve(value);
        },
        (error: unknown) => {
          if (this.living) reject(error);
        },
      );
    });
  }
}
