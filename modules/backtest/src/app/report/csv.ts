import { stringify } from 'csv-stringify/sync';
import type { RunRecord } from '../../domain/run-record.ts';

type Cell = string | number;

function csv(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return stringify([head, ...rows] as Cell[][]);
}

const TRADE_HEAD = [
  'trade_id',
  'state',
  'reason',
  'created_at_us',
  'ended_at_us',
  'base',
  'buy_venue',
  'sell_venue',
  'quantity',
  'numeraire',
  'quoted',
  'staleness',
  'fees',
  'slippage',
  'unwind',
  'realised',
  'unhedged_usd_seconds',
];

/** Trades, one a line, decimals with all their digits. Times are microseconds since the epoch. */
export function tradesCsv(record: RunRecord): string {
  const rows = record.trades.map((trade): readonly Cell[] => {
    const { waterfall, legs, quantity } = trade;
    const [buy, sell] = legs;
    const steps = ['quoted', 'staleness', 'fees', 'slippage', 'unwind', 'realised'] as const;
    return [
      ...[trade.tradeId, trade.state, trade.reason, trade.createdAtUs, trade.updatedAtUs],
      ...[trade.base, buy?.venue ?? '', sell?.venue ?? '', quantity.toString(), trade.numeraire],
      ...steps.map((step) => waterfall?.[step].toString() ?? ''),
      trade.unhedgedUsdSeconds,
    ];
  });
  return csv(TRADE_HEAD, rows);
}

/** Points of equity, one a line, in the numeraire. */
export function equityCsv(record: RunRecord): string {
  return csv(
    ['time_us', 'equity', 'unhedged'],
    record.equity.map(({ timeUs, equity, unhedged }) => [
      timeUs,
      equity.toString(),
      unhedged.toString(),
    ]),
  );
}
