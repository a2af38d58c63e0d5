import type { TimerHandle, Timers } from '@ats/runtime';
import { CountedFaults } from './counted-faults.ts';
import type { DialectFaults, RequestKind } from './dialect-server.ts';

export type LastingFault =
  | 'latency'
  | 'rate-limit'
  | 'ban'
  | 'maintenance'
  | 'clock-drift'
  | 'price-shock'
  | 'kill';

/** Which requests a limit refuses. */
export type LimitScope = 'all' | 'private';

/** The faults in force at one venue; each ends by itself unless it is for good. */
export class VenueFaults implements DialectFaults {
  readonly counted = new CountedFaults();
  maintenance = false;
  /** Added to every frame and answer. */
  latencyMs = 0;
  /** Requests that are refused as over the limit, or as those of a banned client. */
  limited: LimitScope | undefined;
  banned: LimitScope | undefined;
  private readonly timers: Timers;
  private readonly ends = new Map<
    LastingFault,
    { readonly timer?: TimerHandle; readonly end: () => void }
  >();

  constructor(timers: Timers) {
    this.timers = timers;
  }

  /** How a request of a kind is refused, if it is. */
  limitOf(kind: RequestKind): 'banned' | 'limited' | undefined {
    const hits = (scope: LimitScope | undefined): boolean =>
      scope === 'all' || (scope === 'private' && kind !== 'public');
    if (hits(this.banned)) return 'banned';
    return hits(this.limited) ? 'limited' : undefined;
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

  /** Names of the faults in force, and of those still to happen. */
  get active(): readonly string[] {
    return [...this.ends.keys(), ...this.counted.active].sort();
  }

  /** Ends every state, and forgets what is still to happen. */
  clear(): void {
    for (const state of [...this.ends.keys()]) this.finish(state);
    this.counted.clear();
  }

  private finish(state: LastingFault): void {
    const held = this.ends.get(state);
    if (held === undefined) return;
    this.ends.delete(state);
    held.timer?.cancel();
    held.end();
  }
}
