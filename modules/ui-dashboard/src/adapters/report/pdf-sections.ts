import { Decimal } from '@ats/domain';
import type { Content } from 'pdfmake/interfaces.js';
import type { Report, TradeSums } from '../../domain/report.ts';
import { curveChart, daysChart, waterfallChart } from './charts.ts';
import { ledgerSections } from './pdf-ledger.ts';
import { type Column, moneyOf, section, tableOf } from './pdf-table.ts';
import { count, money, periodText, share, timeText } from './report-text.ts';

/** Trades that a document lists; the CSV has all. */
const LISTED_MAX = 500;
const CHART = { width: 515 } as const;

/** Everything between the head and the foot of the pages. */
export function reportSections(report: Report): Content {
  const { period, numeraire, curve, days, outcomes } = report;
  const last = days.at(-1)?.day ?? period.from;
  const running = last < period.to ? ` So far: to ${last}.` : '';
  return [
    { text: periodText(period), style: 'title' },
    {
      text:
        `Whole days in UTC, money in ${numeraire}. ` +
        `Trades count on the day they ended.${running}`,
      style: 'muted',
    },
    keyFigures(report),
    curve.length === 0
      ? section('Cumulative profit', { text: 'No trade of this period filled.', style: 'muted' })
      : [
          section('Cumulative profit, and below its peak', { svg: curveChart(report), ...CHART }),
          section('Where the edge went', { svg: waterfallChart(report), ...CHART }),
        ],
    days.length > 1
      ? [
          section('Profit by day', { svg: daysChart(report), ...CHART }),
          section('Days', tableOf(dayColumns, days)),
        ]
      : [],
    groups(report),
    outcomes.length === 0 ? [] : section('How trades ended', tableOf(outcomeColumns, outcomes)),
    ledgerSections(report),
    tradeList(report),
  ];
}

function keyFigures({ totals, numeraire }: Report): Content {
  const { trades, settled, won, profit, fees, drawdown, unhedgedUsdSeconds, otherMoney } = totals;
  const box = (name: string, value: Content, note: string): Content => ({
    stack: [
      { text: name, style: 'small' },
      { text: value as string, style: 'figure' },
      { text: note, style: 'small' },
    ],
  });
  const gain = moneyOf(profit);
  const boxes: Content = {
    margin: [0, 12, 0, 0],
    columns: [
      box('Kept by trades', { ...gain } as Content, numeraire),
      box('Trades', count(settled), `filled, of ${count(trades)} ended`),
      box('Won', share(won, settled), `${count(won)} of ${count(settled)}`),
      box('Fees', money(fees), numeraire),
      box('Deepest drawdown', money(drawdown), numeraire),
      box('Unhedged', count(unhedgedUsdSeconds), 'USD-seconds'),
    ],
    columnGap: 8,
  };
  if (otherMoney === 0) return boxes;
  const text = `${count(otherMoney)} trades were counted in another money and are in no sum.`;
  return [boxes, { text, style: 'wrong', margin: [0, 6, 0, 0] }];
}

const sums = <Row extends TradeSums>(): readonly Column<Row>[] => [
  { head: 'ended', align: 'right', cell: ({ trades }) => count(trades) },
  { head: 'filled', align: 'right', cell: ({ settled }) => count(settled) },
  { head: 'won', align: 'right', cell: ({ won, settled }) => share(won, settled) },
  { head: 'fees', align: 'right', cell: ({ fees }) => money(fees) },
  { head: 'kept', align: 'right', cell: ({ profit }) => profit },
];

const dayColumns: readonly Column<Report['days'][number]>[] = [
  { head: 'day', align: 'left', wide: true, cell: ({ day }) => day },
  ...sums<Report['days'][number]>(),
  { head: 'cumulative', align: 'right', cell: ({ cumulative }) => cumulative },
  { head: 'deepest below peak', align: 'right', cell: ({ drawdown }) => money(drawdown) },
];

const outcomeColumns: readonly Column<Report['outcomes'][number]>[] = [
  { head: 'end', align: 'left', cell: ({ state }) => state.toLowerCase() },
  { head: 'reason', align: 'left', wide: true, cell: ({ reason }) => reason },
  { head: 'trades', align: 'right', cell: (row) => count(row.count) },
];

function groups({ pairs, assets }: Report): Content {
  if (pairs.length === 0) return [];
  const venue = (name: string): string => (name === '' ? 'accumulator' : name);
  const pairColumns: readonly Column<Report['pairs'][number]>[] = [
    { head: 'bought on', align: 'left', cell: ({ buy }) => venue(buy) },
    { head: 'sold on', align: 'left', wide: true, cell: ({ sell }) => venue(sell) },
    ...sums<Report['pairs'][number]>(),
  ];
  const assetColumns: readonly Column<Report['assets'][number]>[] = [
    { head: 'asset', align: 'left', wide: true, cell: ({ asset }) => asset },
    ...sums<Report['assets'][number]>(),
  ];
  return [
    section('By venue pair', tableOf(pairColumns, pairs)),
    section('By asset', tableOf(assetColumns, assets)),
  ];
}

function tradeList({ trades, numeraire }: Report): Content {
  if (trades.length === 0) return [];
  // Where not all fit, the newest are what is looked for.
  const listed = trades.slice(-LISTED_MAX);
  const text = (row: Report['trades'][number], step: 'quoted' | 'fees'): string =>
    row.waterfall === undefined ? '' : moneyText(row.waterfall[step]);
  const columns: readonly Column<Report['trades'][number]>[] = [
    { head: 'ended, UTC', align: 'left', cell: ({ endedAtUs }) => timeText(endedAtUs) },
    { head: 'asset', align: 'left', cell: ({ base }) => base },
    { head: 'bought on', align: 'left', cell: ({ buyVenue }) => buyVenue },
    { head: 'sold on', align: 'left', wide: true, cell: ({ sellVenue }) => sellVenue },
    { head: 'end', align: 'left', cell: ({ state }) => state.toLowerCase() },
    { head: 'quoted', align: 'right', cell: (row) => text(row, 'quoted') },
    { head: 'fees', align: 'right', cell: (row) => text(row, 'fees') },
    {
      head: `kept, ${numeraire}`,
      align: 'right',
      cell: ({ waterfall }) => (waterfall === undefined ? '' : Decimal.parse(waterfall.realised)),
    },
  ];
  const cut = trades.length - listed.length;
  const note =
    cut === 0
      ? []
      : [
          {
            text: `${count(cut)} earlier trades are in the CSV alone: these are the newest.`,
            style: 'small',
          },
        ];
  return [section('Trades', { ...tableOf(columns, listed), fontSize: 8 }), note];
}

const moneyText = (text: string): string => money(Decimal.parse(text));
