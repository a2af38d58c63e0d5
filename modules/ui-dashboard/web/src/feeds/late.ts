import type { Loadable } from './loadable.ts';
import { useNowMs } from './ticker.ts';
import { useLink } from './use-live.ts';

/** What an answer may be older than the last heartbeat, milliseconds. */
const BEFORE_MS = 1000;

/**
 * Too old is what is past its own limit, and all that is as old as a connection that was lost;
 * what is asked for once has no age.
 * @returns how old data is that is too old, milliseconds; undefined while it is not
 */
export function useLateMs(of: Loadable<unknown>): number | undefined {
  const { link, heardAtMs } = useLink();
  const { data, confirmedAtMs, staleAfterMs } = of;
  const ageMs = useNowMs() - confirmedAtMs;
  if (data === undefined || confirmedAtMs === 0) return undefined;
  if (!Number.isFinite(staleAfterMs)) return undefined;
  const cut = link === 'lost' && confirmedAtMs <= heardAtMs + BEFORE_MS;
  return cut || ageMs > staleAfterMs ? ageMs : undefined;
}
