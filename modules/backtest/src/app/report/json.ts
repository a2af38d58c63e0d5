import { arbitrageTradeToWire } from '@ats/contracts';
import { figuresOf, isKnown } from '../../domain/figures.ts';
import type { RunMetrics } from '../../domain/metrics/run-metrics.ts';
import type { RunRecord } from '../../domain/run-record.ts';
import { verdictOf } from './verdict.ts';

/** A run as one document for programs: money as decimal text, figures by name with their units. */
export function jsonReport(
  record: RunRecord,
  { id, metrics }: { readonly id: string; readonly metrics: RunMetrics },
): object {
  const { spec, numeraire, fromUs, toUs, events, badRows, ledger, warnings } = record;
  const figures = figuresOf(metrics).map(({ name, label, group, unit, value }) => ({
    ...{ name, label, group, unit },
    value: isKnown(value) ? (finite(value) ? value : String(value)) : null,
  }));
  return {
    ...{ id, spec, numeraire, fromUs, toUs, events, badRows, ledger, warnings },
    verdict: verdictOf(metrics, numeraire),
    sampling: metrics.sampling,
    figures,
    waterfall: metrics.waterfall,
    breakdown: metrics.breakdown,
    equity: record.equity,
    // The state reads as it does in the CSV.
    trades: record.trades.map((trade) => ({ ...arbitrageTradeToWire(trade), state: trade.state })),
    fills: record.fills,
  };
}

/** JSON has no infinite numbers: those are text. */
const finite = (value: unknown): boolean => typeof value !== 'number' || Number.isFinite(value);
