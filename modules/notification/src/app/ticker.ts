import type { Logger, TimerHandle, Timers } from '@ats/runtime';

/** Does pieces of work in turn, again and again; a failure is told and tried again. */
export class Ticker {
  /** Why the last round failed; undefined when it did not. */
  trouble: string | undefined;
  private readonly options: {
    readonly timers: Timers;
    readonly logger: Logger;
    readonly periodMs: number;
  };
  private timer: TimerHandle | undefined;
  private round: Promise<void> | undefined;

  constructor(options: Ticker['options']) {
    this.options = options;
  }

  start(work: readonly (() => Promise<void>)[]): void {
    this.timer = this.options.timers.every(this.options.periodMs, () => {
      // A round that takes longer than the period is not overtaken by the next.
      this.round ??= this.run(work).finally(() => {
        this.round = undefined;
      });
    });
  }

  /** Resolves when the round under way has ended. */
  async stop(): Promise<void> {
    this.timer?.cancel();
    await this.round;
  }

  private async run(work: readonly (() => Promise<void>)[]): Promise<void> {
    const before = this.trouble;
    let failure: string | undefined;
    for (const piece of work) {
      try {
        await piece();
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error);
        const fields = { error };
        if (before === undefined) {
          this.options.logger.error('notification.round_failed', 'tried again', fields);
        }
      }
    }
    this.trouble = failure;
  }
}
