import type { TimerHandle, Timers } from '@ats/runtime';

/** The open sessions of a venue and the one timer that drives their heartbeats. */
export class Sessions<Session extends { tick(): void }> {
  private readonly open = new Set<Session>();
  private readonly timers: Timers;
  private readonly periodMs: number;
  private readonly onTick: () => void;
  private timer: TimerHandle | undefined;

  /** @param onTick runs each period before the sessions' own ticks, while any is open. */
  constructor(timers: Timers, periodMs: number, onTick: () => void = () => {}) {
    this.timers = timers;
    this.periodMs = periodMs;
    this.onTick = onTick;
  }

  add(session: Session): void {
    this.open.add(session);
    this.timer ??= this.timers.every(this.periodMs, () => {
      this.onTick();
      for (const each of this.open) each.tick();
    });
  }

  delete(session: Session): void {
    this.open.delete(session);
    if (this.open.size === 0) this.stop();
  }

  forEach(visit: (session: Session) => void): void {
    for (const session of this.open) visit(session);
  }

  close(): void {
    this.open.clear();
    this.stop();
  }

  private stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
