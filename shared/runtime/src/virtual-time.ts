import type { Clock, TimerHandle, Timers } from './clock.ts';

/** A clock that stands still until it is told otherwise. */
export interface VirtualClock extends Clock {
  /** Moves the clock forward; it never runs backwards. */
  advanceUs(deltaUs: number): void;
  setUs(timeUs: number): void;
}

/** Some day in 2026. */
const START_US = 1_780_000_000_000_000;

/** @param startUs whole microseconds since the epoch */
export function virtualClock(startUs = START_US): VirtualClock {
  return new StandingClock(startUs);
}

/** A field that holds a double is changed in place; a variable of a closure is made anew. */
class StandingClock implements VirtualClock {
  private timeUs: number;

  constructor(startUs: number) {
    this.timeUs = startUs;
  }

  nowUs(): number {
    return this.timeUs;
  }

  setUs(timeUs: number): void {
    if (timeUs < this.timeUs) {
      throw new RangeError(`the clock stands at ${this.timeUs}, not before ${timeUs}`);
    }
    this.timeUs = timeUs;
  }

  advanceUs(deltaUs: number): void {
    this.setUs(this.timeUs + deltaUs);
  }
}

/** Timers in virtual time, with the clock they move. */
export interface VirtualTimers extends Timers {
  readonly clock: VirtualClock;
  /** Timers that wait to run. */
  readonly pending: number;
  /** When the next timer is due, microseconds since the epoch; undefined when none waits. */
  nextDueUs(): number | undefined;
  /** Runs the first timer that is due by then. @returns whether there was one */
  runNext(untilUs: number): boolean;
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
  canceled: boolean;
}

/** Lets promise reactions and `setImmediate` callbacks that are due run to their end. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const isBefore = (one: Entry, other: Entry): boolean =>
  one.dueUs < other.dueUs || (one.dueUs === other.dueUs && one.order < other.order);

/** A binary heap by time, then by creation; what is cancelled leaves when it comes to the top. */
class VirtualTimerQueue implements VirtualTimers {
  readonly clock: VirtualClock;
  private readonly heap: Entry[] = [];
  private created = 0;
  private canceled = 0;

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  get pending(): number {
    return this.heap.length - this.canceled;
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
    return this.first()?.dueUs;
  }

  runNext(untilUs: number): boolean {
    const entry = this.first();
    if (entry === undefined || entry.dueUs > untilUs) return false;
    if (entry.dueUs > this.clock.nowUs()) this.clock.setUs(entry.dueUs);
    if (entry.periodUs === undefined) {
      this.pop();
      entry.canceled = true;
    } else {
      entry.dueUs += entry.periodUs;
      this.sink(0);
    }
    entry.run();
    return true;
  }

  advance(deltaMs: number): void {
    const untilUs = this.clock.nowUs() + Math.round(deltaMs * 1000);
    while (this.runNext(untilUs));
    this.clock.setUs(untilUs);
  }

  async advanceAsync(deltaMs: number): Promise<void> {
    const untilUs = this.clock.nowUs() + Math.round(deltaMs * 1000);
    await settle();
    while (this.runNext(untilUs)) await settle();
    this.clock.setUs(untilUs);
  }

  private add(delayMs: number, run: () => void, periodUs: number | undefined): TimerHandle {
    const dueUs = this.clock.nowUs() + Math.max(0, Math.round(delayMs * 1000));
    const entry: Entry = { dueUs, order: this.created, run, periodUs, canceled: false };
    this.created += 1;
    this.heap.push(entry);
    this.rise(this.heap.length - 1);
    return { cancel: () => this.cancel(entry) };
  }

  private cancel(entry: Entry): void {
    if (entry.canceled) return;
    entry.canceled = true;
    this.canceled += 1;
    // Deadlines are made and cancelled by the thousand: most of the heap must not be their remains.
    if (this.canceled > 64 && this.canceled * 2 > this.heap.length) this.sweep();
  }

  private first(): Entry | undefined {
    while (this.heap[0]?.canceled === true) {
      this.pop();
      this.canceled -= 1;
    }
    return this.heap[0];
  }

  private pop(): void {
    const last = this.heap.pop();
    if (last === undefined || this.heap.length === 0) return;
    this.heap[0] = last;
    this.sink(0);
  }

  private sweep(): void {
    const kept = this.heap.filter((entry) => !entry.canceled);
    this.heap.length = 0;
    this.canceled = 0;
    for (const entry of kept) {
      this.heap.push(entry);
      this.rise(this.heap.length - 1);
    }
  }

  private rise(from: number): void {
    const { heap } = this;
    const entry = heap[from] as Entry;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Entry;
      if (!isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  private sink(from: number): void {
    const { heap } = this;
    const entry = heap[from] as Entry;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, heap[below] as Entry)) below += 1;
      const child = heap[below] as Entry;
      if (!isBefore(child, entry)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = entry;
  }
}

/** @param clock the clock to move; a new one unless given. */
export function virtualTimers(clock: VirtualClock = virtualClock()): VirtualTimers {
  return new VirtualTimerQueue(clock);
}
