import { shownFigure, signed } from '../../app/report/format.ts';
import type { Comparison, FigureDifference } from '../../domain/comparison.ts';
import { type FigureValue, isKnown } from '../../domain/figures.ts';
import { tradingCurve } from '../../domain/metrics/run-metrics.ts';
import type { RunRecord } from '../../domain/run-record.ts';
import { overlayPicture, SERIES_MARKS } from './charts.ts';
import { type Cell, comparisonPage, type HtmlTable, textCell } from './page.ts';

export interface ComparedRecords {
  readonly comparison: Comparison;
  /** In the order of the comparison. */
  readonly records: readonly RunRecord[];
}

export function drawComparison(parts: ComparedRecords): string {
  const { runs, warnings } = parts.comparison;
  const names = runs.map(({ id, spec }) => spec.name || id);
  const curves = parts.records.map((record, at) => ({
    name: names[at] ?? '',
    worths: tradingCurve(record),
  }));
  return comparisonPage({
    title: names.join(' / '),
    warnings,
    legend: names.map((name, at) => ({ name, ...SERIES_MARKS[at % SERIES_MARKS.length] })),
    picture: overlayPicture(curves, `Returns of ${names.join(', ')}`),
    settings: settingsTable(parts.comparison, names),
    figures: figuresTable(parts.comparison, names),
  });
}

const headOf = (first: string, names: readonly string[]): readonly Cell[] => [
  textCell(first),
  ...names.map((text) => ({ text })),
];

function settingsTable({ settings }: Comparison, names: readonly string[]): HtmlTable {
  return {
    head: headOf('setting', names),
    rows: settings.map(({ setting, values }) => [
      textCell(setting),
      ...values.map((value) => ({ text: value === '' ? 'as configured' : value })),
    ]),
  };
}

function figuresTable(comparison: Comparison, names: readonly string[]): HtmlTable {
  const numeraire = comparison.runs[0]?.numeraire ?? '';
  const shown = comparison.figures.filter(({ values }) => values.some(isKnown));
  return {
    head: [...headOf('figure', names), textCell('')],
    rows: shown.map((one) => rowOf(one, numeraire)),
  };
}

function rowOf(one: FigureDifference, numeraire: string): readonly Cell[] {
  const { figure, values, changes, best } = one;
  const { group, label, unit } = figure;
  const textOf = (value: FigureValue): string => shownFigure({ unit, value }, numeraire).text;
  const name =
    group === 'Trading' || group === 'Equity' ? `${label}, ${group.toLowerCase()}` : label;
  const cells = values.map((value, at): Cell => {
    const change = changes[at];
    const said = isKnown(change) ? `  (${signed(textOf(change))})` : '';
    return { text: `${textOf(value)}${said}`, kind: best.includes(at) ? 'best' : '' };
  });
  return [
    textCell(name),
    ...cells,
    { text: shownFigure({ unit, value: undefined }, numeraire).unit, kind: 't unit' },
  ];
}
