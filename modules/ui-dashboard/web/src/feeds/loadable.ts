import type { ProblemError } from '../adapters/rpc-client.ts';

/** Something asked for: what came last, when, and what is wrong now. */
export interface Loadable<T> {
  /** What came last; shown on, greyed, while newer attempts fail. */
  readonly data: T | undefined;
  readonly error: ProblemError | undefined;
  /** When `data` was last confirmed, by this browser's clock; 0: never. */
  readonly confirmedAtMs: number;
  /** Older than this it is not live any more. */
  readonly staleAfterMs: number;
  retry(): void;
}

/** @returns the same with its data changed by `change` */
export function mapLoadable<From, To>(
  loadable: Loadable<From>,
  change: (data: From) => To,
): Loadable<To> {
  const { data } = loadable;
  return { ...loadable, data: data === undefined ? undefined : change(data) };
}
