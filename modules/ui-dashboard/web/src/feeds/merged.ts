interface Merging<T> {
  readonly listed: readonly T[];
  readonly streamed: Iterable<T>;
  readonly keyOf: (one: T) => string;
  /** Whether the first is newer than the second, of one key. */
  readonly newer: (one: T, other: T) => boolean;
}

/** @returns one of each key, the newest state of it */
export function merged<T>({ listed, streamed, keyOf, newer }: Merging<T>): readonly T[] {
  const byKey = new Map(listed.map((one) => [keyOf(one), one]));
  for (const one of streamed) {
    const known = byKey.get(keyOf(one));
    if (known === undefined || newer(one, known)) byKey.set(keyOf(one), one);
  }
  return [...byKey.values()];
}
