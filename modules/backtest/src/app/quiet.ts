import type { LogFields, Logger, Metrics } from '@ats/runtime';
import type { StateStore, TickStore } from '@ats/storage';

/** Metrics of a run are its record: nobody asks for these. */
export const noMetrics: Metrics = {
  counter: () => ({ add: () => undefined }),
  gauge: () => ({ set: () => undefined }),
  histogram: () => ({ observe: () => undefined }),
  beforeCollect: () => undefined,
  text: () => Promise.resolve(''),
};

/** The opportunity ledger of a run is summed as it is written, and kept nowhere else. */
export const noTicks: TickStore = {
  append: () => true,
  flush: () => Promise.resolve(),
  async *scan() {},
  health: () => ({ ok: true, reason: '' }),
  close: () => Promise.resolve(),
};

/** Counts what services warn of, by event, with the first words of each. */
export class WarningLogger implements Logger {
  readonly warnings = new Map<string, { count: number; readonly first: string }>();

  debug(): void {}

  info(): void {}

  warn(event: string, message: string, fields?: LogFields): void {
    const known = this.warnings.get(event);
    if (known !== undefined) known.count += 1;
    else this.warnings.set(event, { count: 1, first: describe(message, fields) });
  }

  error(event: string, message: string, fields?: LogFields): void {
    this.warn(event, message, fields);
  }

  child(): Logger {
    return this;
  }
}

function describe(message: string, fields: LogFields | undefined): string {
  const error = fields?.['error'];
  if (error === undefined) return message;
  return `${message} (${error instanceof Error ? error.message : String(error)})`;
}

/** @param onCall told of every call, each of which goes on by promises */
export function watchedStore(store: StateStore, onCall: () => void): StateStore {
  return {
    transact(items) {
      onCall();
      return store.transact(items);
    },
    get(key) {
      onCall();
      return store.get(key);
    },
    query(query) {
      onCall();
      return store.query(query);
    },
    health: () => store.health(),
    close: () => store.close(),
  };
}
