import type { Clock, Timers } from '@ats/runtime';

/** `max`, or how many times faster than it was recorded. */
export type ReplaySpeed = 'max' | number;

/** Timers are no finer: what is due sooner is due now. */
const WAIT_MS_MIN = 1;

/** Holds recorded frames back until their time by the clock, so that delays do not add up. */
export class Pacer {
  private readonly options: {
    readonly speed: ReplaySpeed;
    readonly clock: Clock;
    readonly timers: Timers;
  };
  private startedAtUs = 0;
  private firstUs: number | undefined;

  constructor(options: {
    readonly speed: ReplaySpeed;
    readonly clock: Clock;
    readonly timers: Timers;
  }) {
    this.options = options;
  }

  /** @param timeUs the frame's recorded time. @returns what to await; undefined to go on. */
  wait(timeUs: number): Promise<void> | undefined {
    const { speed, clock, timers } = this.options;
    if (speed === 'max') return undefined;
    if (this.firstUs === undefined) {
      this.firstUs = timeUs;
      this.startedAtUs = clock.nowUs();
    }
    const dueUs = this.startedAtUs + (timeUs - this.firstUs) / speed;
    const waitMs = Math.floor((dueUs - clock.nowUs()) / 1000);
    return waitMs < WAIT_MS_MIN ? undefined : timers.sleep(waitMs);
  }
}
