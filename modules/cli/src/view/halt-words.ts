import type { HaltMode } from '@ats/domain';
import pc from 'picocolors';

const TAKEN: Readonly<Record<HaltMode, string>> = {
  reducing: 'only orders that lower exposure are taken',
  halted: 'only cancels and unwinds are taken',
  flatten: 'only cancels and unwinds are taken, and what is open is being closed',
};

/** What still passes in a mode, a clause. */
export const takenIn = (mode: HaltMode): string => TAKEN[mode];

/** What trading is, as it must not be overlooked. */
export function haltBadge(mode: HaltMode): string {
  const colour = mode === 'reducing' ? pc.yellow : pc.red;
  return pc.bold(pc.inverse(colour(mode === 'flatten' ? 'FLATTENED' : mode.toUpperCase())));
}
