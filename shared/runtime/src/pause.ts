import type { TimerHandle, Timers } from './clock.ts';

/**
 * Pauses that are cut short at the end of whoever makes them. Racing each of them against one
 * promise of that end would keep something of every pause until then.
 */
export class Pauses {
  private readonly timers: Pick<Timers, 'after'>;
  private readonly under = new Map<() => void, TimerHandle>();
  private ended = false;

  constructor(timers: Pick<Timers, 'after'>) {
    this.timers = timers;
  }

  /** Resolves after so many milliseconds, or at the end. */
  async for(ms: number): Promise<void> {
    if (this.ended) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.under.set(resolve, this.timers.after(ms, resolve));
    await promise;
    this.under.delete(resolve);
  }

  /** Cuts short what is under way, and every pause from now on. */
  end(): void {
    this.ended = true;
    for (const [resolve, timer] of this.under) {
      timer.cancel();
      resolve();
    }
  }
}
