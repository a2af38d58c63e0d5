import type { Loadable } from './loadable.ts';
import { useNowMs } from './ticker.ts';

/** @returns how old data is that is too old, milliseconds; undefined while it is not */
export function useLateMs(of: Loadable<unknown>): number | undefined {
  const ageMs = useNowMs() - of.confirmedAtMs;
  return of.data !== undefined && ageMs > of.staleAfterMs ? ageMs : undefined;
}
