/** The limits that a venue's core works by. Times in milliseconds. */
export interface CoreSettings {
  /** Levels of each side in a published book. */
  readonly publishDepth: number;
  /** A book without an update for so long is stale. */
  readonly staleAfterMs: number;
  /** A book that stays crossed for so long is dropped. */
  readonly crossedGraceMs: number;
  /** The clocks may differ by so much. */
  readonly clockSkewMaxMs: number;
  readonly clockSkewWindowMs: number;
  readonly resync: {
    /** Resyncs of the venue's books in the long run, and at once. */
    readonly perSecond: number;
    readonly burst: number;
    /** A book that has not come back after so long is asked for again. */
    readonly timeoutMs: number;
    /** After so many vain attempts the connection is made anew. */
    readonly attemptsMax: number;
    readonly backoffMaxMs: number;
  };
  /** Whether quotes and trades go to the tick store. */
  readonly ticks: boolean;
}
