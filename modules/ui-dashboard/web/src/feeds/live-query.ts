import type { Problem } from '../../../src/contract.ts';
import { nowMs } from '../adapters/clock.ts';
import type { Subscription } from '../adapters/live-socket.ts';
import { ProblemError } from '../adapters/rpc-client.ts';

/** Does the work with the next frame, or no sooner than `paceMs` where that is above zero. */
type OnFrame = (work: () => void, paceMs: number) => void;

/** How messages become a state: folded in place, so that a message costs no copy. */
export interface Fold<State, Data> {
  readonly method: string;
  readonly request: object;
  /** Least time between two drawings, milliseconds; 0 for each frame. Lists need no more. */
  readonly paceMs: number;
  init(): State;
  /** Changes the state. */
  fold(state: State, data: Data): void;
}

export interface LiveSnapshot<State> {
  /** The same object each time, changed in place: read it anew for each snapshot. */
  readonly state: State;
  /** Whether anything has come since the subscription began. */
  readonly arrived: boolean;
  readonly error: ProblemError | undefined;
  readonly version: number;
}

interface Wiring {
  subscribe(subscription: Subscription): () => void;
  onFrame: OnFrame;
}

/**
 * One subscription with what it has become, outside of React. Messages change the state at once;
 * listeners hear of it at most once a frame.
 */
export class LiveQuery<State, Data> {
  #state: State;
  #arrived = false;
  #error: ProblemError | undefined;
  #snapshot: LiveSnapshot<State>;
  #pending = false;
  #cancel: (() => void) | undefined;
  /** When anything last came, by this browser's clock. */
  confirmedAtMs = 0;
  readonly #listeners = new Set<() => void>();
  readonly #fold: Fold<State, Data>;
  readonly #wiring: Wiring;

  constructor(fold: Fold<State, Data>, wiring: Wiring) {
    this.#fold = fold;
    this.#wiring = wiring;
    this.#state = fold.init();
    this.#snapshot = { state: this.#state, arrived: false, error: undefined, version: 0 };
  }

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#cancel ??= this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  };

  readonly snapshot = (): LiveSnapshot<State> => this.#snapshot;

  #open(): () => void {
    const { method, request } = this.#fold;
    return this.#wiring.subscribe({
      method,
      request,
      onData: (data) => this.#receive(data as Data),
      onRestart: () => this.#restart(),
      onProblem: (problem) => this.#fail(problem),
    });
  }

  #receive(data: Data): void {
    this.#fold.fold(this.#state, data);
    this.#arrived = true;
    this.#error = undefined;
    this.confirmedAtMs = nowMs();
    this.#changed();
  }

  #restart(): void {
    this.#state = this.#fold.init();
    this.#changed();
  }

  #fail(problem: Problem): void {
    this.#error = new ProblemError(problem, 0);
    this.#changed();
  }

  #changed(): void {
    if (this.#pending) return;
    this.#pending = true;
    this.#wiring.onFrame(() => {
      this.#pending = false;
      const version = this.#snapshot.version + 1;
      const snapshot = { state: this.#state, arrived: this.#arrived, error: this.#error, version };
      this.#snapshot = snapshot;
      for (const listener of this.#listeners) listener();
    }, this.#fold.paceMs);
  }
}
