/** How good predictions were, on samples that the model was not fitted to. */
export interface Scores {
  readonly samples: number;
  /** Share of the squared changes that was predicted: 0 as good as "nothing changes", or below. */
  readonly r2: number;
  /** Share of changes whose direction was predicted, of those that were not zero. */
  readonly hitRate: number;
  /** Root of the mean squared error, and of the mean squared change; basis points. */
  readonly errorBps: number;
  readonly changeBps: number;
}

export function scoresOf(predicted: ArrayLike<number>, changes: ArrayLike<number>): Scores {
  let errors = 0;
  let squares = 0;
  let moved = 0;
  let hits = 0;
  for (let at = 0; at < changes.length; at += 1) {
    const change = changes[at] as number;
    const said = predicted[at] as number;
    errors += (change - said) ** 2;
    squares += change ** 2;
    if (change === 0) continue;
    moved += 1;
    if (Math.sign(said) === Math.sign(change)) hits += 1;
  }
  return {
    samples: changes.length,
    r2: 1 - errors / squares,
    hitRate: hits / moved,
    errorBps: Math.sqrt(errors / changes.length),
    changeBps: Math.sqrt(squares / changes.length),
  };
}
