import type {
  KillSwitch,
  LogFields,
  Logger,
  Metrics,
  RpcClient,
  RpcDirectory,
  ServiceName,
  Timers,
} from '@ats/runtime';
import type { StateStore, TickStore } from '@ats/storage';
import { openOnnxPredictor, type Predictor } from '@ats/trading-engine';

/** Metrics of a run are its record: nobody asks for these. */
export const noMetrics: Metrics = {
  counter: () => ({ add: () => undefined }),
  gauge: () => ({ set: () => undefined }),
  histogram: () => ({ observe: () => undefined, zero: () => undefined }),
  latencies: () => ({ follow: () => undefined }),
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

/** The switch stops what is live, not what is tried out; looking for its file takes a while. */
export const noKillSwitch: KillSwitch = {
  file: '',
  reason: () => '',
  pull: () => undefined,
  release: () => undefined,
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

/**
 * The timers of the live parts. What runs once may settle a promise that somebody awaits; what
 * runs again and again is only waited for when it asks a store, the log, a service or the bus.
 */
export function watchedTimers(timers: Timers, onRun: () => void): Timers {
  const watched = (run: () => void) => (): void => {
    onRun();
    run();
  };
  return {
    after: (delayMs, run) => timers.after(delayMs, watched(run)),
    every: (periodMs, run) => timers.every(periodMs, run),
    sleep: (delayMs) =>
      new Promise((resolve) => {
        timers.after(delayMs, watched(resolve));
      }),
  };
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

/** @param onCall told of every call, each of which goes on by promises */
export function watchedDirectory(rpc: RpcDirectory, onCall: () => void): RpcDirectory {
  const client = <Service>(name: ServiceName<Service>): RpcClient<Service> =>
    new Proxy(rpc.client(name), {
      get(target, method) {
        onCall();
        return Reflect.get(target, method);
      },
    });
  return {
    client,
    serve: (name, handlers) => rpc.serve(name, handlers),
    duplex: (name, method) => rpc.duplex(name, method),
    subscribe: (name, method, request, options) => rpc.subscribe(name, method, request, options),
    close: () => rpc.close(),
  };
}

/** A model that time waits for: while it is opened, and whenever it is asked. */
export async function openHeldPredictor(
  model: string,
  hold: (work: Promise<unknown>) => void,
): Promise<Predictor> {
  const opening = openOnnxPredictor(model);
  hold(opening);
  const predictor = await opening;
  return {
    card: predictor.card,
    predict(rows, count) {
      const work = predictor.predict(rows, count);
      hold(work);
      return work;
    },
    close: () => predictor.close(),
  };
}
