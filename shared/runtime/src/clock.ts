/** Where time comes from. Injected, so that a tape or a simulation can bring its own. */
export interface Clock {
  /** Whole microseconds since the Unix epoch, never running backwards within a process. */
  nowUs(): number;
}

const ORIGIN_MS = performance.timeOrigin;

/** The machine's clock: the wall time at start plus a monotonic count, so it never jumps back. */
export const systemClock: Clock = {
  nowUs: () => Math.round((ORIGIN_MS + performance.now()) * 1000),
};

/** A running timer. */
export interface TimerHandle {
  cancel(): void;
}

/** Where delays come from. Injected beside the clock. Callbacks must not throw. */
export interface Timers {
  after(delayMs: number, run: () => void): TimerHandle;
  every(periodMs: number, run: () => void): TimerHandle;
  sleep(delayMs: number): Promise<void>;
}

/** Node's timers. They do not keep the process alive: whoever serves holds a socket. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  every(periodMs, run) {
    const timer = setInterval(run, periodMs);
    timer.unref();
    return { cancel: () => clearInterval(timer) };
  },
  sleep: (delayMs) =>
    new Promise((resolve) => {
      setTimeout(resolve, delayMs);
    }),
};
