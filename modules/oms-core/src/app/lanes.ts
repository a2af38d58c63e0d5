/** Runs work of one key in sequence and work of different keys at the same time. */
export class Lanes {
  private readonly last = new Map<string, Promise<unknown>>();

  /** @returns what the work gives; a failure before it in its lane does not touch it */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.last.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    this.last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.last.get(key) === mine) this.last.delete(key);
    }
  }
}
