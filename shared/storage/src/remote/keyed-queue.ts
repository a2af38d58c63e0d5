/**
 * Runs work at most so many at a time, work that shares a key one after the other in the order
 * in which it came. So the work of one process never meets itself at the server.
 */
export class KeyedQueue {
  private readonly atOnceMax: number;
  private readonly tails = new Map<string, Promise<void>>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private readonly held = new Set<Promise<void>>();

  constructor({ atOnceMax }: { readonly atOnceMax: number }) {
    this.atOnceMax = atOnceMax;
  }

  /** Pieces of work that run or wait. */
  get depth(): number {
    return this.held.size;
  }

  async run<Result>(keys: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const before = keys.flatMap((key) => this.tails.get(key) ?? []);
    const mine = Promise.all(before).then(() => this.inSlot(work));
    const settled = mine.then(
      () => {},
      () => {},
    );
    this.held.add(settled);
    for (const key of keys) this.tails.set(key, settled);
    try {
      return await mine;
    } finally {
      this.held.delete(settled);
      for (const key of keys) {
        if (this.tails.get(key) === settled) this.tails.delete(key);
      }
    }
  }

  /** Resolves when all work that was there has ended. */
  async drained(): Promise<void> {
    while (this.held.size > 0) await Promise.all([...this.held]);
  }

  private async inSlot<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.atOnceMax) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      // The slot is handed on as it is; who waits has been counted by that.
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
