import type { Message } from '../../../src/contract.ts';
import { sumTexts } from '../text/decimal-text.ts';
import { type Loadable, mapLoadable } from './loadable.ts';
import { useParam } from './use-param.ts';
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

/** Windows of profit, as risk names them. */
export const CURVE_WINDOWS = ['day', 'week', 'month'] as const;
export type CurveWindow = (typeof CURVE_WINDOWS)[number];

/** One a minute for a day is more than a chart has pixels for. */
const POINTS_MAX = 720;

/** Profit with its curve in a window, which is in the address. */
export function useProfitCurve(): {
  readonly of: Loadable<PnL>;
  readonly window: CurveWindow;
  setWindow(window: CurveWindow): void;
} {
  const [named, setWindow] = useParam('window', 'day');
  const window = CURVE_WINDOWS.find((one) => one === named) ?? 'day';
  const request = { curvePointsMax: POINTS_MAX, curveWindow: window };
  const of = useRpc('ats.risk.v1.RiskService', 'GetPnL', request, { everyMs: EVERY_MS });
  return { of, window, setWindow };
}

/** Profit since midnight in the zone of the risk manager; empty until it could be counted. */
export const profitToday = (pnl: PnL): string =>
  pnl.windows.find(({ name }) => name === 'day')?.figures?.profit ?? '';
