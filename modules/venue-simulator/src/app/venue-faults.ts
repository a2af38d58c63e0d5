import type { TimerHandle, Timers } from '@ats/runtime';
import type { DialectFaults } from './dialect-server.ts';

export type LastingFault = 'latency' | 'rate-limit' | 'maintenance' | 'clock-drift' | 'kill';

/** The faults in force at one venue; each ends by itself unless it is for good. */
export class VenueFaults implements DialectFaults {
  rateLimited = false;
  maintenance = false;
  /** Added to every frame and answer. */
  latencyMs = 0;
  private readonly timers: Timers;
  private readonly ends = new Map<
    LastingFault,
    { readonly timer?: TimerHandle; readonly end: () => void }
  >();

  constructor(timers: Timers) {
    this.timers = timers;
  }

  /** Begins a state that lasts `durationMs`, 0 for good; one under way ends first. */
  hold(
    state: LastingFault,
    durationMs: number,
    change: { begin: () => void; end: () => void },
  ): void {
    this.finish(state);
    change.begin();
    const { end } = change;
    if (durationMs === 0) {
      this.ends.set(state, { end });
      return;
    }
    const timer = this.timers.after(durationMs, () => this.finish(state));
    this.ends.set(state, { timer, end });
  }

  /** Names of the states in force. */
  get active(): readonly string[] {
    return [...this.ends.keys()].sort();
  }

  /** Ends every state. */
  clear(): void {
    for (const state of [...this.ends.keys()]) this.finish(state);
  }

  private finish(state: LastingFault): void {
    const held = this.ends.get(state);
    if (held === undefined) return;
    this.ends.delete(state);
    held.timer?.cancel();
    held.end();
  }
}
