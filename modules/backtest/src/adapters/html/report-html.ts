import type { Decimal } from '@ats/domain';
import {
  cents,
  count,
  dateAndTime,
  percent,
  ratio,
  shownFigure,
  signed,
  span,
} from '../../app/report/format.ts';
import { verdictOf } from '../../app/report/verdict.ts';
import { FIGURE_GROUPS, type Figure, figuresOf } from '../../domain/figures.ts';
import type { ReasonSlice, Slice } from '../../domain/metrics/breakdown.ts';
import { type RunMetrics, tradingCurve } from '../../domain/metrics/run-metrics.ts';
import type { RunBalance, RunRecord } from '../../domain/run-record.ts';
import { curvePicture, waterfallPicture } from './charts.ts';
import { heatOf } from './heat.ts';
import { type Cell, type HtmlTable, numberCell, reportPage, signedCell, textCell } from './page.ts';
import { tradeList } from './trade-list.ts';

export interface ReportedRun {
  readonly id: string;
  readonly record: RunRecord;
  readonly metrics: RunMetrics;
}

export function drawReport({ id, record, metrics }: ReportedRun): string {
  const { spec, numeraire, ledger, events } = record;
  const { breakdown } = metrics;
  return reportPage({
    title: spec.name || id,
    facts: [
      `${spec.strategy}, seed ${spec.seed}`,
      spec.tapes.join(', '),
      `${dateAndTime(record.fromUs)} to ${dateAndTime(record.toUs)} UTC`,
      `${span(metrics.spanUs)}, ${count(events)} events`,
    ],
    numeraire,
    verdict: verdictOf(metrics, numeraire),
    unbalanced: ledger.balanced ? undefined : ledger.differences,
    tiles: tilesOf(metrics, numeraire),
    pictures: picturesOf(record, metrics),
    heat: heatOf(record.opportunities),
    reasons: reasonTable(breakdown.reasons),
    sampling: samplingNote(metrics),
    figures: figureTables(figuresOf(metrics), numeraire),
    breakdowns: [
      sliceTable('By venue pair', 'buy > sell', breakdown.pairs, ({ buy, sell }) => {
        return `${buy} > ${sell}`;
      }),
      sliceTable('By symbol', 'base', breakdown.symbols, ({ base }) => base),
      sliceTable('By hour', 'hour, UTC', breakdown.hours, ({ hourUs }) => {
        return dateAndTime(hourUs).slice(0, 16);
      }),
    ],
    balances: balanceTable(record.balances ?? []),
    trades: tradeList(record.trades),
    warnings: record.warnings,
    settings: settingsTable(record),
    footer: `Run ${id}. The same tapes, settings and seed give the same figures.`,
  });
}

function tilesOf(metrics: RunMetrics, numeraire: string): readonly object[] {
  const { trading, trades, costs, capacity } = metrics;
  const signedTile = (label: string, text: string, unit: string): object => {
    const { kind: mood, text: shown } = signedCell(signed(text));
    return { label, text: shown, unit, mood };
  };
  return [
    signedTile('Profit of trading', cents(trading.gain), numeraire),
    signedTile('Return', percent(trading.totalReturn), '%'),
    { label: 'Deepest drawdown', text: cents(trading.drawdownMax), unit: numeraire },
    { label: 'Sharpe ratio', text: ratio(trading.sharpe), unit: 'a year' },
    { label: 'Trades', text: count(trades.traded), unit: '' },
    { label: 'Win rate', text: percent(trades.winRate), unit: '%' },
    { label: 'Fees', text: cents(costs.fees), unit: numeraire },
    { label: 'Earned of what was offered', text: percent(capacity.captured), unit: '%' },
  ];
}

function picturesOf(record: RunRecord, metrics: RunMetrics): readonly object[] {
  const { numeraire } = record;
  const profit = { label: 'Profit of trading and its drawdown', fromZero: true, steps: true };
  const worth = { label: 'Equity and its drawdown', fromZero: false, steps: false };
  const equity = record.equity.map(({ timeUs, equity: value }) => ({ timeUs, worth: value }));
  return [
    {
      title: 'Profit of trading',
      note: `Sum of what trades made, ${numeraire}, and under it the drawdown; times are UTC.`,
      picture: curvePicture(tradingCurve(record), profit),
    },
    {
      title: 'Where the edge went',
      note: `From what the books quoted to what was kept, all trades together, ${numeraire}.`,
      picture: waterfallPicture(metrics.waterfall, 'Edge waterfall of all trades'),
    },
    {
      title: 'Equity',
      note:
        `Everything on all venues at the middle of the books, ${numeraire}: trades, and the ` +
        'prices of what is held.',
      picture: curvePicture(equity, worth),
    },
  ];
}

function samplingNote({ sampling }: RunMetrics): string {
  const { intervalUs, periodsPerYear, samples } = sampling;
  return (
    `Returns of every ${span(intervalUs)}, ${count(samples)} of them; a year is ` +
    `${count(periodsPerYear)} periods. Value at risk and expected shortfall are of one period ` +
    'at 95 %. docs/backtest-metrics.md defines every figure.'
  );
}

/** Both curves side by side, then the other groups. */
function figureTables(figures: readonly Figure[], numeraire: string): readonly HtmlTable[] {
  const of = (group: Figure['group']): readonly Figure[] =>
    figures.filter((figure) => figure.group === group);
  const equity = of('Equity');
  const shown = (figure: Figure): Cell => numberCell(shownFigure(figure, numeraire).text);
  const unitCell = (figure: Figure): Cell => ({
    text: shownFigure(figure, numeraire).unit,
    kind: 't unit',
  });
  const curves: HtmlTable = {
    head: [textCell('Return and risk'), { text: 'trading' }, { text: 'equity' }, textCell('')],
    rows: of('Trading').map((figure, at) => [
      textCell(figure.label),
      shown(figure),
      shown(equity[at] ?? figure),
      unitCell(figure),
    ]),
  };
  const others = FIGURE_GROUPS.filter((group) => group !== 'Trading' && group !== 'Equity');
  const tables = others.map((group) => ({
    head: [textCell(group), { text: '' }, textCell('')],
    rows: of(group).map((figure) => [textCell(figure.label), shown(figure), unitCell(figure)]),
  }));
  return [curves, ...tables];
}

function sliceTable<One extends Slice>(
  title: string,
  key: string,
  slices: readonly One[],
  nameOf: (slice: One) => string,
): HtmlTable {
  const names = ['trades', 'won %', 'notional', 'quoted', 'staleness', 'fees', 'slippage'];
  const rest = ['unwinds', 'kept', 'bps', 'seen', 'offered'];
  return {
    title,
    head: [textCell(key), ...[...names, ...rest].map(numberCell)],
    rows: slices.map((slice) => {
      const { trades, wins, notional, waterfall, opportunities, offered } = slice;
      const { quoted, staleness, fees, slippage, unwind, realised } = waterfall;
      const bps = (realised.toNumber() / notional.toNumber()) * 10_000;
      return [
        textCell(nameOf(slice)),
        numberCell(count(trades)),
        numberCell(trades === 0 ? '-' : percent(wins / trades)),
        ...[notional, quoted, staleness, fees, slippage, unwind].map(cents).map(numberCell),
        signedCell(signed(cents(realised))),
        signedCell(signed(ratio(bps))),
        numberCell(count(opportunities)),
        numberCell(cents(offered)),
      ];
    }),
  };
}

function reasonTable(reasons: readonly ReasonSlice[]): HtmlTable {
  const all = reasons.reduce((sum, reason) => sum + reason.count, 0);
  return {
    head: ['outcome', 'opportunities', 'of all, %', 'gross', 'net'].map((text, at) =>
      at === 0 ? textCell(text) : numberCell(text),
    ),
    rows: reasons.map(({ reason, count: times, grossProfit, netProfit }) => [
      textCell(reason),
      numberCell(count(times)),
      numberCell(percent(times / all)),
      numberCell(cents(grossProfit)),
      numberCell(cents(netProfit)),
    ]),
  };
}

function balanceTable(balances: readonly RunBalance[]): HtmlTable {
  return {
    head: [textCell('venue'), textCell('asset'), ...['start', 'end', 'change'].map(numberCell)],
    rows: balances.map(({ venue, asset, start, end }) => [
      textCell(venue),
      textCell(asset),
      ...[start, end].map((held) => numberCell(amount(held))),
      signedCell(signed(amount(end.subtract(start)))),
    ]),
  };
}

/** An amount of an asset as a person reads it; the record has every digit. */
function amount(held: Decimal): string {
  return held.round(8, 'half-even').normalized().toString();
}

function settingsTable({ spec, badRows, events }: RunRecord): HtmlTable {
  const rows = {
    strategy: spec.strategy,
    seed: String(spec.seed),
    tapes: spec.tapes.join(', '),
    events: count(events),
    'bad rows skipped': count(badRows),
    ...spec.settings,
  };
  return {
    head: [],
    rows: Object.entries(rows).map(([name, value]) => [textCell(name), textCell(value)]),
  };
}
