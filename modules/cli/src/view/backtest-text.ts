import { basename } from 'node:path';
import {
  type Comparison,
  cents,
  count,
  dateAndTime,
  FIGURE_GROUPS,
  type Figure,
  type FigureDifference,
  type FigureValue,
  figuresOf,
  isKnown,
  percent,
  type ResultList,
  type RunMetrics,
  type RunRecord,
  type StoredRun,
  shownFigure,
  signed,
  span,
  verdictOf,
} from '@ats/backtest';
import { Decimal } from '@ats/domain';
import pc from 'picocolors';
import { plainText } from './format.ts';
import { type Align, prose, table } from './table.ts';

const right = (columns: number): readonly Align[] => Array<Align>(columns).fill('right');

/** A narrow terminal has no room for what can be left out. */
const WIDE_COLUMNS = 104;

/** Every stored run on a line, then those that cannot be read. */
export function listText({ runs, damaged }: ResultList, columns: number): string {
  const wide = columns >= WIDE_COLUMNS;
  const head = ['RUN', 'STORED, UTC', 'STRATEGY', 'SPAN', 'TRADES', 'PROFIT', '', 'RETURN %'];
  const shown = <Cell>(cells: readonly Cell[]): Cell[] =>
    cells.filter((_cell, at) => wide || (head[at] !== 'STRATEGY' && head[at] !== 'SPAN'));
  const rows = runs.map((run) => {
    const { figures, numeraire } = run;
    const profit = Decimal.parse(figures['profit'] || '0');
    return shown([
      pc.bold(plainText(run.id)),
      pc.dim(dateAndTime(run.savedAtUs)),
      plainText(basename(run.spec.strategy)),
      span(run.toUs - run.fromUs),
      count(Number(figures['traded'] || 0)),
      coloured(signed(cents(profit))),
      numeraire,
      coloured(signed(percent(Number(figures['trading.totalReturn'] || Number.NaN)))),
    ]);
  });
  const aligns: readonly Align[] = [
    ...(['left', 'left', 'left', 'right', 'right', 'right', 'left', 'right'] as const),
  ];
  const none = 'No backtest is kept yet: "ats backtest run --tape NAME" makes one.';
  const lines = runs.length === 0 ? [none] : [table(shown(head), shown(aligns), rows)];
  const broken = damaged.map(({ id, why }) => `${pc.red('damaged')} ${plainText(id)}: ${why}`);
  return [...lines, ...broken].join('\n');
}

/** What one run earned, why, its figures, and the tables behind them. */
export function runText(run: {
  readonly stored: StoredRun;
  readonly record: RunRecord;
  readonly metrics: RunMetrics;
  /** Of the terminal. */
  readonly columns: number;
}): string {
  const { stored, record, metrics, columns } = run;
  const { numeraire, spec, warnings, ledger } = record;
  const { tone, headline, why } = verdictOf(metrics, numeraire);
  const paint = tone === 'earned' ? pc.green : tone === 'lost' ? pc.red : pc.yellow;
  const range = `${dateAndTime(record.fromUs)} to ${dateAndTime(record.toUs)} UTC`;
  const settings = Object.entries(spec.settings).map(([name, value]) => `${name}=${value}`);
  return [
    `${pc.bold(stored.id)}  ${pc.dim(`${plainText(spec.strategy)}, seed ${spec.seed}`)}`,
    pc.dim(range),
    pc.dim([`tapes ${spec.tapes.join(', ')}`, ...settings].map(plainText).join('  ')),
    '',
    paint(headline),
    prose(why, columns),
    ...(ledger.balanced ? [] : [pc.red('  The ledger does not balance: believe none of this.')]),
    ...(warnings.length === 0 ? [] : [pc.yellow(prose(warnings.map(plainText), columns))]),
    '',
    figureTables(figuresOf(metrics), numeraire),
    '',
    pairTable(metrics, numeraire),
    '',
    reasonTable(metrics, numeraire),
  ].join('\n');
}

/** Figures of both curves side by side, then the others by group. */
function figureTables(figures: readonly Figure[], numeraire: string): string {
  const of = (group: Figure['group']): readonly Figure[] =>
    figures.filter((figure) => figure.group === group);
  const equity = of('Equity');
  const curves = of('Trading').map((figure, at) => {
    const other = equity[at] ?? figure;
    const shown = shownFigure(figure, numeraire);
    return [figure.label, shown.text, shownFigure(other, numeraire).text, pc.dim(shown.unit)];
  });
  const heads = ['RETURN AND RISK', 'TRADING', 'EQUITY', ''];
  const aligns = ['left', 'right', 'right', 'left'] as const;
  const others = FIGURE_GROUPS.filter((group) => group !== 'Trading' && group !== 'Equity');
  const tables = others.map((group) =>
    table(
      [group.toUpperCase(), '', ''],
      ['left', 'right', 'left'],
      of(group).map((figure) => {
        const { text, unit } = shownFigure(figure, numeraire);
        return [figure.label, text, pc.dim(unit)];
      }),
    ),
  );
  const [result = '', ...rest] = tables;
  return [result, table(heads, aligns, curves), ...rest].join('\n\n');
}

function pairTable({ breakdown }: RunMetrics, numeraire: string): string {
  const head = ['BUY > SELL', 'TRADES', 'WON', 'NOTIONAL', 'QUOTED', 'FEES', 'SLIPPAGE', 'KEPT'];
  const rows = breakdown.pairs.map(({ buy, sell, trades, wins, notional, waterfall }) => [
    `${buy} > ${sell}`,
    count(trades),
    count(wins),
    ...[notional, waterfall.quoted, waterfall.fees, waterfall.slippage].map(cents),
    coloured(signed(cents(waterfall.realised))),
  ]);
  if (rows.length === 0) return pc.dim('No pair of venues had an opportunity.');
  const shown = table([...head, 'SEEN'], ['left', ...right(8)], withSeen(rows, breakdown.pairs));
  return `${shown}\n${pc.dim(`amounts in ${numeraire}`)}`;
}

function withSeen(
  rows: readonly (readonly string[])[],
  pairs: RunMetrics['breakdown']['pairs'],
): string[][] {
  return rows.map((row, at) => [...row, count(pairs[at]?.opportunities ?? 0)]);
}

function reasonTable({ breakdown }: RunMetrics, numeraire: string): string {
  const rows = breakdown.reasons.map(({ reason, count: times, grossProfit, netProfit }) => [
    reason === 'APPROVED' ? pc.green(reason) : reason,
    count(times),
    cents(grossProfit),
    cents(netProfit),
  ]);
  const head = ['OUTCOME', 'OPPORTUNITIES', `GROSS, ${numeraire}`, `NET, ${numeraire}`];
  return rows.length === 0 ? '' : table(head, ['left', ...right(3)], rows);
}

/** Runs beside the first of them: what was set differently, and what came of it. */
export function comparisonText(comparison: Comparison): string {
  const { runs, settings, figures, warnings } = comparison;
  const ids = runs.map(({ id }) => plainText(id));
  const numeraire = runs[0]?.numeraire ?? '';
  const differences =
    settings.length === 0
      ? pc.dim('No setting, tape or seed was given differently.')
      : table(
          ['SETTING', ...ids],
          ['left', ...right(ids.length)],
          settings.map(({ setting, values }) => [setting, ...values.map((v) => v || pc.dim('-'))]),
        );
  const rows = figures
    .filter(({ values }) => values.some(isKnown))
    .map((one) => [labelOf(one), ...cellsOf(one, numeraire)]);
  return [
    ...warnings.map((line) => pc.yellow(line)),
    differences,
    '',
    table(['FIGURE', ...ids], ['left', ...right(ids.length)], rows),
  ].join('\n');
}

function labelOf({ figure }: FigureDifference): string {
  const { group, label } = figure;
  return group === 'Trading' || group === 'Equity' ? `${label}, ${group.toLowerCase()}` : label;
}

function cellsOf({ figure, values, changes, best }: FigureDifference, numeraire: string) {
  const shown = (value: FigureValue): string =>
    shownFigure({ unit: figure.unit, value }, numeraire).text;
  const { unit } = shownFigure({ unit: figure.unit, value: undefined }, numeraire);
  return values.map((value, at) => {
    const text = `${shown(value)}${unit === '' ? '' : ` ${unit}`}`;
    const change = changes[at];
    const said = isKnown(change) ? pc.dim(` (${signed(shown(change))})`) : '';
    return `${best.includes(at) ? pc.green(text) : text}${said}`;
  });
}

function coloured(text: string): string {
  if (text.startsWith('-') && text.length > 1) return pc.red(text);
  return text.startsWith('+') ? pc.green(text) : text;
}
