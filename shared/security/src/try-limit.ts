import { RecentMap } from '@ats/runtime';

export interface TryLimitOptions {
  /** Wrong tries that cost nothing. */
  readonly freeTries: number;
  /** The first delay; each further wrong try doubles it. */
  readonly delayMs: number;
  readonly delayMsMax: number;
  /** Names that are remembered; of more the one that failed longest ago is forgotten. */
  readonly namesMax: number;
  /** Told of each that is forgotten so: it may be guessed at again without delay. */
  readonly onForgotten?: () => void;
}

interface Tries {
  readonly wrong: number;
  /** Until when nothing is looked at, microseconds since the epoch. */
  readonly heldUntilUs: number;
}

/** Holds up whoever keeps guessing, with a delay that doubles. Names are kept in memory. */
export class TryLimit {
  private readonly options: TryLimitOptions;
  private readonly names: RecentMap<string, Tries>;

  constructor(options: TryLimitOptions) {
    this.options = options;
    this.names = new RecentMap({ most: options.namesMax });
  }

  /** @returns how long the name must wait, milliseconds; 0 when it may try */
  waitMs(name: string, nowUs: number): number {
    const held = this.names.get(name)?.heldUntilUs ?? 0;
    return Math.max(0, Math.ceil((held - nowUs) / 1000));
  }

  wrong(name: string, nowUs: number): void {
    const { freeTries, delayMs, delayMsMax } = this.options;
    const wrong = (this.names.get(name)?.wrong ?? 0) + 1;
    const over = wrong - freeTries;
    const waitMs = over <= 0 ? 0 : Math.min(delayMsMax, delayMs * 2 ** Math.min(over - 1, 30));
    const forgotten = this.names.set(name, { wrong, heldUntilUs: nowUs + waitMs * 1000 });
    if (forgotten !== undefined) this.options.onForgotten?.();
  }

  right(name: string): void {
    this.names.delete(name);
  }
}
