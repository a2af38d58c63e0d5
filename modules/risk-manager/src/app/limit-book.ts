import type { LimitTable } from '../domain/limits/limit-table.ts';

type Listener = (table: LimitTable) => void;

/** The limits as they stand now, and whoever wants to know when they change. */
export class LimitBook {
  private table: LimitTable;
  private readonly listeners = new Set<Listener>();

  constructor(table: LimitTable) {
    this.table = table;
  }

  get current(): LimitTable {
    return this.table;
  }

  replace(table: LimitTable): void {
    this.table = table;
    for (const listener of this.listeners) listener(table);
  }

  /** Calls the listener at once, and after each change. @returns ends that */
  follow(listener: Listener): () => void {
    this.listeners.add(listener);
    listener(this.table);
    return () => void this.listeners.delete(listener);
  }
}
