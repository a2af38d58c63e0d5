import type { Message } from '../../../src/contract.ts';

type SpreadCell = Message<'ats.opportunity.v1.SpreadCell'>;

const ANY_BASE = '';

/** @returns the figure to compare cells by: at the configured size where the books hold it */
export const edgeBps = (cell: SpreadCell): number | undefined => {
  if (cell.sized) return cell.sizedNetBps;
  return cell.priced ? cell.netBps : undefined;
};

const better = (cell: SpreadCell, known: SpreadCell): boolean =>
  (edgeBps(cell) ?? Number.NEGATIVE_INFINITY) > (edgeBps(known) ?? Number.NEGATIVE_INFINITY);

export const pairKey = (buyVenue: string, sellVenue: string): string => `${buyVenue} ${sellVenue}`;

/** @returns the best cell of each pair of venues, of one base or of any */
export function bestCells(
  cells: Iterable<SpreadCell>,
  base: string,
): ReadonlyMap<string, SpreadCell> {
  const best = new Map<string, SpreadCell>();
  for (const cell of cells) {
    if (base !== ANY_BASE && cell.base !== base) continue;
    const key = pairKey(cell.buyVenue, cell.sellVenue);
    const known = best.get(key);
    if (known === undefined || (known.stale && !cell.stale) || better(cell, known)) {
      best.set(key, cell);
    }
  }
  return best;
}

const FULL_TINT_BPS = 20;
const TINT_MAX = 0.5;

/** @returns how strongly a cell is tinted, from 0 to `TINT_MAX` */
export const tintOf = (bps: number): number =>
  Math.min(1, Math.abs(bps) / FULL_TINT_BPS) * TINT_MAX;
