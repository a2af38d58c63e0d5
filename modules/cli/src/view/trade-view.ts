import type { ArbitrageTrade } from '@ats/domain';
import pc from 'picocolors';
import { amount, count, signed, timeOfDay, usdSeconds } from './format.ts';
import type { TradesShown } from './snapshot.ts';
import { type Align, table } from './table.ts';

/** How many trades there are, what they made, how long they stood open, and what came of them. */
export function tradeLines({ stats, numeraire }: TradesShown): readonly string[] {
  const { total, open, waterfall, unhedgedUsdSeconds } = stats;
  const sums = [
    `${count(total)} made`,
    `${count(open)} open`,
    `realised ${pc.bold(`${signed(waterfall.realised, 2)} ${numeraire}`)}`,
    `unhedged ${usdSeconds(unhedgedUsdSeconds)}`,
  ];
  const outcomes = Object.entries(stats.byOutcome)
    .sort((a, b) => b[1] - a[1])
    .map(([state, times]) => `${coloured(state)} ${count(times)}`);
  const lines = { 'TRADES  ': sums, OUTCOMES: outcomes };
  return Object.entries(lines).map(([name, parts]) => {
    const text = parts.length === 0 ? pc.dim('none yet') : parts.join(pc.dim(' | '));
    return `${pc.dim(name)}  ${text}`;
  });
}

type Column = readonly [name: string, align: Align, cell: (trade: ArbitrageTrade) => string];

const COLUMNS: readonly Column[] = [
  ['BEGUN, UTC', 'left', ({ createdAtUs }) => pc.dim(timeOfDay(createdAtUs))],
  ['ASSET', 'left', ({ base }) => base],
  ['BUY > SELL', 'left', route],
  ['SIZE', 'right', ({ quantity }) => amount(quantity, 4)],
  ['STATE', 'left', stateText],
  ['REALISED', 'right', realised],
  ['UNHEDGED', 'right', ({ unhedgedUsdSeconds }) => usdSeconds(unhedgedUsdSeconds)],
];

const WIDE_ONLY: ReadonlySet<string> = new Set(['SIZE', 'UNHEDGED']);

export function tradeTable(
  { newest }: TradesShown,
  room: { readonly rows: number; readonly wide: boolean },
): string {
  const shown = COLUMNS.filter(([name]) => room.wide || !WIDE_ONLY.has(name));
  return table(
    shown.map(([name]) => name),
    shown.map(([, align]) => align),
    newest.slice(0, room.rows).map((trade) => shown.map(([, , cell]) => cell(trade))),
  );
}

function route({ legs, origin }: ArbitrageTrade): string {
  return legs.length === 0 ? origin : legs.map(({ venue }) => venue).join(' > ');
}

function stateText({ state, reason }: ArbitrageTrade): string {
  return reason === 'APPROVED' ? coloured(state) : `${coloured(state)} ${pc.dim(reason)}`;
}

function coloured(state: string): string {
  if (state === 'COMPLETED') return pc.green(state);
  if (state === 'EXPOSED') return pc.red(state);
  return state === 'UNWINDING' || state === 'UNWOUND' ? pc.yellow(state) : state;
}

function realised({ waterfall, numeraire }: ArbitrageTrade): string {
  if (waterfall === undefined) return pc.dim('...');
  const text = `${signed(waterfall.realised, 2)} ${numeraire}`;
  return waterfall.realised.isNegative() ? pc.yellow(text) : text;
}
