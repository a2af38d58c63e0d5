import { type Clock, fullJitterMs, type RandomStream, type Timers } from '@ats/runtime';

/** Between looks at what something is wrong or still unknown about. */
const BACKOFF = { baseMs: 50, maxMs: 2000 };
const DELAY_MS_MIN = 5;

export interface StepperOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: RandomStream;
  /** One step; not called again before it has ended. */
  readonly step: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** Runs steps one at a time: at once when it is told to look, or after a delay. */
export class Stepper {
  private readonly options: StepperOptions;
  private running = false;
  private dirty = false;
  private stopped = false;
  private troubles = 0;
  private timer: { readonly dueUs: number; cancel(): void } | undefined;

  constructor(options: StepperOptions) {
    this.options = options;
  }

  /** Steps as soon as possible, and once more if a step is under way. */
  look(): void {
    this.dirty = true;
    if (this.running || this.stopped) return;
    this.running = true;
    void this.loop();
  }

  /** Steps after a delay, or earlier if an earlier one is due. */
  lookIn(delayMs: number): void {
    if (this.stopped) return;
    const dueUs = this.options.clock.nowUs() + delayMs * 1000;
    if (this.timer !== undefined && this.timer.dueUs <= dueUs) return;
    this.timer?.cancel();
    const handle = this.options.timers.after(delayMs, () => {
      this.timer = undefined;
      this.look();
    });
    this.timer = { dueUs, cancel: () => handle.cancel() };
  }

  /** Steps after a delay that grows with the troubles in a row. */
  lookSoon(): void {
    const random = this.options.random.next();
    const delayMs = DELAY_MS_MIN + fullJitterMs({ ...BACKOFF, attempt: this.troubles, random });
    this.troubles += 1;
    this.lookIn(delayMs);
  }

  /** All is well: the next trouble is the first. */
  calm(): void {
    this.troubles = 0;
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async loop(): Promise<void> {
    while (this.dirty && !this.stopped) {
      this.dirty = false;
      try {
        await this.options.step();
      } catch (error) {
        this.options.onFailure(error);
        this.lookSoon();
      }
    }
    this.running = false;
  }
}
