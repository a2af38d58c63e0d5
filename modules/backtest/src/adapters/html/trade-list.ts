import type { ArbitrageTrade } from '@ats/domain';
import { cents, count, dateAndTime, ratio, signed } from '../../app/report/format.ts';
import { type Cell, signedCell } from './page.ts';

/** More rows than that make a file that is slow to open; CSV has them all. */
const ROWS_MAX = 5000;

const HEAD = [
  ['begun, UTC', 't'],
  ['base', 't'],
  ['buy > sell', 't'],
  ['state', 't'],
  ['size', ''],
  ['quoted', ''],
  ['fees', ''],
  ['slippage', ''],
  ['unwinds', ''],
  ['kept', ''],
  ['unhedged, USD-s', ''],
] as const;

/** The run's trades for a page, in their order; the first thousands where there are more. */
export function tradeList(trades: readonly ArbitrageTrade[]): object {
  const shown = trades.slice(0, ROWS_MAX);
  return {
    count: count(shown.length),
    total: count(trades.length),
    more: trades.length > ROWS_MAX ? 'The rest is in the CSV: "ats backtest export".' : '',
    head: HEAD.map(([name, kind]) => ({ name, kind })),
    rows: shown.map(rowOf),
  };
}

function rowOf(trade: ArbitrageTrade): readonly Cell[] {
  const { createdAtUs, base, legs, origin, state, quantity, waterfall, reason } = trade;
  const route = legs.length === 0 ? origin : legs.map(({ venue }) => venue).join(' > ');
  const steps = (['quoted', 'fees', 'slippage', 'unwind'] as const).map((step): Cell => {
    const text = waterfall === undefined ? '-' : cents(waterfall[step]);
    return { text, value: waterfall?.[step].toString() ?? '0' };
  });
  const kept = waterfall === undefined ? '-' : signed(cents(waterfall.realised));
  const said = reason === 'APPROVED' ? state : `${state} ${reason}`;
  const millis = new Date(createdAtUs / 1000).toISOString().slice(19, 23);
  return [
    { text: `${dateAndTime(createdAtUs)}${millis}`, kind: 't' },
    { text: base, kind: 't' },
    { text: route, kind: 't' },
    { text: said, kind: 't' },
    { text: quantity.normalized().toString(), value: quantity.toString() },
    ...steps,
    { ...signedCell(kept), value: waterfall?.realised.toString() ?? '0' },
    { text: ratio(trade.unhedgedUsdSeconds), value: String(trade.unhedgedUsdSeconds) },
  ];
}
