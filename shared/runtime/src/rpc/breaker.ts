import { createRequire } from 'node:module';
import { AtsError } from '@ats/domain';

/** What this project uses of opossum, which brings no types of its own. */
interface OpossumBreaker {
  fire(run: () => Promise<unknown>): Promise<unknown>;
  on(event: 'open' | 'halfOpen' | 'close', listener: () => void): void;
  shutdown(): void;
  readonly opened: boolean;
}

interface OpossumOptions {
  readonly name: string;
  readonly timeout: false;
  readonly errorThresholdPercentage: number;
  readonly volumeThreshold: number;
  readonly resetTimeout: number;
  readonly rollingCountTimeout: number;
  readonly rollingPercentilesEnabled: boolean;
  readonly enableSnapshots: boolean;
  readonly errorFilter: (error: unknown) => boolean;
}

type OpossumConstructor = {
  new (
    action: (run: () => Promise<unknown>) => Promise<unknown>,
    options: OpossumOptions,
  ): OpossumBreaker;
  isOurError(error: unknown): boolean;
};

const Opossum = createRequire(import.meta.url)('opossum') as OpossumConstructor;

export interface BreakerOptions {
  /** The dependency's name. */
  readonly name: string;
  /** Calls in the window before the breaker may open. */
  readonly callsMin?: number;
  readonly failurePercentMax?: number;
  readonly windowMs?: number;
  /** How long it stays open before one call is let through to try. */
  readonly openMs?: number;
  /** Whether an error says that the dependency is ill, and not that it gave a sound refusal. */
  readonly isFailure: (error: unknown) => boolean;
  readonly onState?: (state: 'open' | 'half-open' | 'closed') => void;
}

/** Stops calling a dependency that keeps failing, and tries it again now and then. */
export interface Breaker {
  /** @throws RPC_CIRCUIT_OPEN at once while open, else what `run` throws */
  run<Result>(run: () => Promise<Result>): Promise<Result>;
  readonly open: boolean;
  close(): void;
}

/** A circuit breaker for one dependency, by opossum. */
export function openBreaker(options: BreakerOptions): Breaker {
  const breaker = new Opossum((run) => run(), {
    name: options.name,
    timeout: false,
    errorThresholdPercentage: options.failurePercentMax ?? 50,
    volumeThreshold: options.callsMin ?? 5,
    resetTimeout: options.openMs ?? 1000,
    rollingCountTimeout: options.windowMs ?? 10_000,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    errorFilter: (error) => !options.isFailure(error),
  });
  const { onState } = options;
  if (onState !== undefined) {
    breaker.on('open', () => onState('open'));
    breaker.on('halfOpen', () => onState('half-open'));
    breaker.on('close', () => onState('closed'));
  }
  return {
    async run<Result>(run: () => Promise<Result>): Promise<Result> {
      try {
        return (await breaker.fire(run)) as Result;
      } catch (error) {
        if (!Opossum.isOurError(error)) throw error;
        throw new AtsError({
          code: 'RPC_CIRCUIT_OPEN',
          message: `${options.name} keeps failing and is not called for now`,
          remedy: `Look at ${options.name}; calls go on by themselves once it answers.`,
          retry: 'safe',
          context: { service: options.name },
          cause: error,
        });
      }
    },
    get open() {
      return breaker.opened;
    },
    close: () => breaker.shutdown(),
  };
}
