import type { Message } from '../../../src/contract.ts';
import { sumTexts } from '../text/decimal-text.ts';
import { type Loadable, mapLoadable } from './loadable.ts';
import { useRpc } from './use-rpc.ts';

const EVERY_MS = 5000;

/** What everything free at the venues is worth in the numeraire, decimal text. */
export function useWorth(): Loadable<string> {
  const every = { everyMs: EVERY_MS };
  const runway = useRpc('ats.inventory.v1.InventoryService', 'GetRunway', {}, every);
  return mapLoadable(runway, ({ runways }) => sumTexts(runways.map(({ value }) => value)));
}

type PnL = Message<'ats.risk.v1.GetPnLResponse'>;

export const usePnL = (): Loadable<PnL> =>
  useRpc('ats.risk.v1.RiskService', 'GetPnL', {}, { everyMs: EVERY_MS });

/** Profit since midnight in the zone of the risk manager; empty until it could be counted. */
export const profitToday = (pnl: PnL): string =>
  pnl.windows.find(({ name }) => name === 'day')?.figures?.profit ?? '';
