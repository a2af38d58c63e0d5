import type { TickStore } from '@ats/storage';
import { figuresOf, isKnown } from '../domain/figures.ts';
import { metricsOf, tradingCurve } from '../domain/metrics/run-metrics.ts';
import { thinnedWorths, type Worth } from '../domain/metrics/sampling.ts';
import type { RunRecord } from '../domain/run-record.ts';

/** Few enough for the store's queue, enough for a picture. */
const POINTS_MAX = 2000;

/** Writes a run's curves and figures to the tick store. @returns how many it did not take */
export async function recordResult(
  ticks: TickStore,
  { runId, record }: { readonly runId: string; readonly record: RunRecord },
): Promise<number> {
  const { strategy } = record.spec;
  let refused = 0;
  const put = (series: string, receivedAtUs: number, value: number): void => {
    const place = { kind: 'backtest', venue: '', instrument: '' } as const;
    if (!ticks.append({ ...place, receivedAtUs, runId, strategy, series, value })) refused += 1;
  };
  const curve = (series: string, worths: readonly Worth[]): void => {
    for (const { timeUs, worth } of thinnedWorths(worths, POINTS_MAX)) {
      put(series, Math.round(timeUs), worth.toNumber());
    }
  };
  curve(
    'equity',
    record.equity.map(({ timeUs, equity: worth }) => ({ timeUs, worth })),
  );
  curve('trading', tradingCurve(record));
  for (const { name, value } of figuresOf(metricsOf(record))) {
    const number = isKnown(value) ? Number(value.toString()) : Number.NaN;
    if (Number.isFinite(number)) put(name, Math.round(record.toUs), number);
  }
  await ticks.flush();
  return refused;
}
