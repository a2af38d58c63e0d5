/** A map that keeps what was set last; what was set longest ago makes way. */
export class RecentMap<Key, Value> {
  private readonly most: number;
  private readonly entries = new Map<Key, Value>();
  /** One for all times: a new one would first pass over all that was deleted before. */
  private readonly oldest = this.entries.keys();

  /** @param options `most` entries are kept */
  constructor({ most }: { readonly most: number }) {
    this.most = most;
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: Key): Value | undefined {
    return this.entries.get(key);
  }

  has(key: Key): boolean {
    return this.entries.has(key);
  }

  /** What is set again counts as new. @returns the value that made way, if one did */
  set(key: Key, value: Value): Value | undefined {
    this.entries.delete(key);
    this.entries.set(key, value);
    return this.entries.size > this.most ? this.dropOldest() : undefined;
  }

  delete(key: Key): void {
    this.entries.delete(key);
  }

  private dropOldest(): Value | undefined {
    // Whatever it has passed is deleted, so that there is always one ahead of it.
    const { value: key, done } = this.oldest.next();
    if (done === true) return undefined;
    const value = this.entries.get(key);
    this.entries.delete(key);
    return value;
  }
}
