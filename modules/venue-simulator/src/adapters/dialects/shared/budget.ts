import type { Clock } from '@ats/runtime';

/** A venue's limit of so much weight in each window of time, counted from the window's begin. */
export class Budget {
  readonly limit: number;
  private readonly windowUs: number;
  private readonly clock: Clock;
  private window = -1;
  private spent = 0;

  constructor(options: {
    readonly limit: number;
    readonly windowMs: number;
    readonly clock: Clock;
  }) {
    this.limit = options.limit;
    this.windowUs = options.windowMs * 1000;
    this.clock = options.clock;
  }

  /** @returns whether the weight was within the limit; it is counted in both cases. */
  take(weight = 1): boolean {
    this.roll();
    this.spent += weight;
    return this.spent <= this.limit;
  }

  /** Weight counted in the current window. */
  get used(): number {
    this.roll();
    return this.spent;
  }

  /** Whole seconds until the window ends, at least 1. */
  get resetSeconds(): number {
    const now = this.clock.nowUs();
    const end = (Math.floor(now / this.windowUs) + 1) * this.windowUs;
    return Math.max(1, Math.ceil((end - now) / 1_000_000));
  }

  private roll(): void {
    const window = Math.floor(this.clock.nowUs() / this.windowUs);
    if (window === this.window) return;
    this.window = window;
    this.spent = 0;
  }
}

/** Most clients whose requests are told apart; beyond it the oldest is forgotten. */
const CLIENTS_MAX = 10_000;

/** One value per client address, at most `CLIENTS_MAX` of them. */
export class PerClient<Value> {
  private readonly values = new Map<string, Value>();
  private readonly make: () => Value;

  constructor(make: () => Value) {
    this.make = make;
  }

  get(client: string): Value {
    let value = this.values.get(client);
    if (value === undefined) {
      if (this.values.size >= CLIENTS_MAX) {
        const oldest = this.values.keys().next();
        if (!oldest.done) this.values.delete(oldest.value);
      }
      value = this.make();
      this.values.set(client, value);
    }
    return value;
  }
}
