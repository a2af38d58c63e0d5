import type { Metrics, TimerHandle, Timers } from '@ats/runtime';
import type { AccessEntry } from './access-log.ts';

/** Entries that strangers at one address may cause in a window. */
const ENTRIES_MAX = 20;
const WINDOW_MS = 60_000;
/** Addresses that are told apart in a window; all further ones count as one. */
const SOURCES_MAX = 200;
const ELSEWHERE = 'elsewhere';

/**
 * Keeps strangers from filling the access log: what one address causes beyond so many entries a
 * minute is counted, and the count is an entry of its own when the minute is over.
 */
export class StrangerBound {
  private readonly timers: Timers;
  private readonly write: (entry: AccessEntry) => void;
  private readonly folded: ReturnType<Metrics['counter']>;
  private seen = new Map<string, number>();
  private window: TimerHandle | undefined;

  /** @param parts `write` takes the entries with the counts */
  constructor(parts: {
    readonly timers: Timers;
    readonly metrics: Metrics;
    readonly write: (entry: AccessEntry) => void;
  }) {
    this.timers = parts.timers;
    this.write = parts.write;
    this.folded = parts.metrics.counter({
      name: 'ats_access_entries_folded_total',
      help: 'Refusals of strangers that the access log has in a count only.',
      labels: [],
    });
  }

  /** @returns whether the entry is to be written by itself */
  takes({ actorKind, source }: AccessEntry): boolean {
    if (actorKind !== 'stranger') return true;
    this.window ??= this.timers.after(WINDOW_MS, () => this.tell());
    const known = this.seen.has(source) || this.seen.size < SOURCES_MAX;
    const place = known ? source : ELSEWHERE;
    const count = (this.seen.get(place) ?? 0) + 1;
    this.seen.set(place, count);
    if (count <= ENTRIES_MAX) return true;
    this.folded.add({});
    return false;
  }

  /** Ends the window: what was counted in it is told. */
  tell(): void {
    this.window?.cancel();
    this.window = undefined;
    const { seen } = this;
    this.seen = new Map();
    for (const [source, count] of seen) {
      if (count > ENTRIES_MAX) this.write(restOf(source, count - ENTRIES_MAX));
    }
  }
}

const restOf = (source: string, refusalsMore: number): AccessEntry => ({
  ...{ actor: 'unknown', actorKind: 'stranger', source, action: 'access.denied' },
  ...{ outcome: 'denied', reason: 'ACCESS_TOO_MANY_TRIES', request: { refusalsMore } },
});
