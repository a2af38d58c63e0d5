import type { Clock, TimerHandle, Timers } from '@ats/runtime';

/** A clock that stands still until it is told otherwise. */
export interface ManualClock extends Clock {
  /** Moves the clock forward; it never runs backwards. */
  advanceUs(deltaUs: number): void;
  setUs(timeUs: number): void;
}

/** @param startUs whole microseconds since the epoch; some day in 2026 unless told. */
export function manualClock(startUs = 1_780_000_000_000_000): ManualClock {
  let timeUs = startUs;
  const setUs = (next: number): void => {
    if (next < timeUs) throw new RangeError(`the clock stands at ${timeUs}, not before ${next}`);
    timeUs = next;
  };
  return {
    nowUs: () => timeUs,
    setUs,
    advanceUs: (deltaUs) => setUs(timeUs + deltaUs),
  };
}

/** Timers in virtual time, with the clock they move. */
export interface ManualTimers extends Timers {
  readonly clock: ManualClock;
  /** Timers that wait to run. */
  readonly pending: number;
  /** When the next timer is due, microseconds since the epoch; undefined when none waits. */
  nextDueUs(): number | undefined;
  /**
   * Moves the clock forward, running every timer that falls due in order of time and, at one
   * moment, of creation. The clock shows a timer's own due time while it runs. Timers made on the
   * way run as well when they fall due within the span.
   */
  advance(deltaMs: number): void;
  /** As `advance`, but lets promises settle after each timer: for code that awaits `sleep`. */
  advanceAsync(deltaMs: number): Promise<void>;
}

interface Entry {
  dueUs: number;
  readonly order: number;
  readonly run: () => void;
  readonly periodUs: number | undefined;
}

/** Lets promise reactions and `setImmediate` callbacks that are due run to their end. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

class ManualTimerQueue implements ManualTimers {
  readonly clock: ManualClock;
  private readonly entries = new Set<Entry>();
  private created = 0;

  constructor(clock: ManualClock) {
    this.clock = clock;
  }

  get pending(): number {
    return this.entries.size;
  }

  after(delayMs: number, run: () => void): TimerHandle {
    return this.add(delayMs, run, undefined);
  }

  every(periodMs: number, run: () => void): TimerHandle {
    if (!(periodMs > 0)) throw new RangeError(`a period must be above 0 ms, not ${periodMs}`);
    return this.add(periodMs, run, Math.max(1, Math.round(periodMs * 1000)));
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  nextDueUs(): number | undefined {
    return this.next()?.dueUs;
  }

  advance(deltaMs: number): void {
    const untilUs = this.clock.nowUs() + Math.round(deltaMs * 1000);
    while (this.runOne(untilUs));
    this.clock.setUs(untilUs);
  }

  async advanceAsync(deltaMs: number): Promise<void> {
    const untilUs = this.clock.nowUs() + Math.round(deltaMs * 1000);
    await settle();
    while (this.runOne(untilUs)) await settle();
    this.clock.setUs(untilUs);
  }

  private add(delayMs: number, run: () => void, periodUs: number | undefined): TimerHandle {
    const dueUs = this.clock.nowUs() + Math.max(0, Math.round(delayMs * 1000));
    const entry: Entry = { dueUs, order: this.created, run, periodUs };
    this.created += 1;
    this.entries.add(entry);
    return { cancel: () => void this.entries.delete(entry) };
  }

  private next(): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.entries) {
      if (
        first === undefined ||
        entry.dueUs < first.dueUs ||
        (entry.dueUs === first.dueUs && entry.order < first.order)
      ) {
        first = entry;
      }
    }
    return first;
  }

  private runOne(untilUs: number): boolean {
    const entry = this.next();
    if (entry === undefined || entry.dueUs > untilUs) return false;
    if (entry.dueUs > this.clock.nowUs()) this.clock.setUs(entry.dueUs);
    if (entry.periodUs === undefined) this.entries.delete(entry);
    else entry.dueUs += entry.periodUs;
    entry.run();
    return true;
  }
}

/** @param clock the clock to move; a new one unless given. */
export function manualTimers(clock: ManualClock = manualClock()): ManualTimers {
  return new ManualTimerQueue(clock);
}
