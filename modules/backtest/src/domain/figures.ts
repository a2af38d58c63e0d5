import type { Decimal } from '@ats/domain';
import type { CurveMetrics } from './metrics/curve.ts';
import type { RunMetrics } from './metrics/run-metrics.ts';

/** What a figure is counted in: money is in the run's numeraire, shares are of one. */
export type FigureUnit = 'money' | 'share' | 'ratio' | 'bps' | 'count' | 'duration' | 'usd-seconds';

/** Which way is good; `none` where that depends. */
export type Better = 'higher' | 'lower' | 'none';

export const FIGURE_GROUPS = [
  'Result',
  'Trading',
  'Equity',
  'Trades',
  'Costs',
  'Capacity',
] as const;
export type FigureGroup = (typeof FIGURE_GROUPS)[number];

/** Exact for money; undefined or NaN where it is not known. Durations in microseconds. */
export type FigureValue = Decimal | number | undefined;

/** One figure of a run under a name that never changes. */
export interface Figure {
  readonly name: string;
  readonly label: string;
  readonly group: FigureGroup;
  readonly unit: FigureUnit;
  readonly better: Better;
  readonly value: FigureValue;
}

type Row<Source> = readonly [
  name: string,
  label: string,
  unit: FigureUnit,
  better: Better,
  of: (source: Source) => FigureValue,
];

/** What both curves have: equity as a whole, and trading alone. */
const CURVE: readonly Row<CurveMetrics>[] = [
  ['totalReturn', 'Total return', 'share', 'higher', (c) => c.totalReturn],
  ['annualReturn', 'Annualised return', 'share', 'higher', (c) => c.annualReturn],
  ['cagr', 'CAGR', 'share', 'higher', (c) => c.cagr],
  ['volatility', 'Annualised volatility', 'share', 'lower', (c) => c.volatility],
  ['sharpe', 'Sharpe ratio', 'ratio', 'higher', (c) => c.sharpe],
  ['sortino', 'Sortino ratio', 'ratio', 'higher', (c) => c.sortino],
  ['calmar', 'Calmar ratio', 'ratio', 'higher', (c) => c.calmar],
  ['omega', 'Omega ratio', 'ratio', 'higher', (c) => c.omega],
  ['drawdownMax', 'Deepest drawdown', 'money', 'lower', (c) => c.drawdownMax],
  ['drawdownMaxShare', 'Deepest drawdown, of peak', 'share', 'lower', (c) => c.drawdownMaxShare],
  ['drawdownMeanShare', 'Average drawdown, of peak', 'share', 'lower', (c) => c.drawdownMeanShare],
  ['drawdownLongest', 'Longest drawdown', 'duration', 'lower', (c) => c.drawdownLongestUs],
  ['valueAtRisk', 'Value at risk, a period', 'share', 'lower', (c) => c.valueAtRisk],
  [
    'expectedShortfall',
    'Expected shortfall, a period',
    'share',
    'lower',
    (c) => c.expectedShortfall,
  ],
];

const RESULT: readonly Row<RunMetrics>[] = [
  ['profit', 'Profit of trading', 'money', 'higher', (m) => m.trading.gain],
  ['revaluation', 'Prices of what is held', 'money', 'none', (m) => m.revaluation],
  ['equityChange', 'Change of equity', 'money', 'higher', (m) => m.equity.gain],
  ['equityStart', 'Equity at the start', 'money', 'none', (m) => m.equity.start],
  ['equityEnd', 'Equity at the end', 'money', 'none', (m) => m.equity.end],
];

const TRADES: readonly Row<RunMetrics['trades']>[] = [
  ['begun', 'Trades begun', 'count', 'none', (t) => t.begun],
  ['traded', 'Trades ended with fills', 'count', 'none', (t) => t.traded],
  ['winRate', 'Win rate', 'share', 'higher', (t) => t.winRate],
  ['profitFactor', 'Profit factor', 'ratio', 'higher', (t) => t.profitFactor],
  ['expectancy', 'Expectancy, a trade', 'money', 'higher', (t) => t.expectancy],
  ['expectancyBps', 'Expectancy, of notional', 'bps', 'higher', (t) => t.expectancyBps],
  ['winMean', 'Average win', 'money', 'higher', (t) => t.winMean],
  ['lossMean', 'Average loss', 'money', 'higher', (t) => t.lossMean],
  ['winLargest', 'Largest win', 'money', 'higher', (t) => t.winLargest],
  ['lossLargest', 'Largest loss', 'money', 'higher', (t) => t.lossLargest],
  ['holdingMedian', 'Holding time, median', 'duration', 'lower', (t) => t.holdingMedianUs],
  ['holdingMean', 'Holding time, mean', 'duration', 'lower', (t) => t.holdingMeanUs],
  ['holdingMax', 'Holding time, longest', 'duration', 'lower', (t) => t.holdingMaxUs],
  ['unhedged', 'Unhedged', 'usd-seconds', 'lower', (t) => t.unhedgedUsdSeconds],
];

const COSTS: readonly Row<RunMetrics['costs']>[] = [
  ['notional', 'Traded notional', 'money', 'none', (c) => c.notional],
  ['turnover', 'Turnover, times equity', 'ratio', 'none', (c) => c.turnover],
  ['fees', 'Fees', 'money', 'lower', (c) => c.fees],
  ['feesBps', 'Fees, of notional', 'bps', 'lower', (c) => c.feesBps],
  ['slippage', 'Slippage', 'money', 'lower', (c) => c.slippage],
  ['slippageBps', 'Slippage, of notional', 'bps', 'lower', (c) => c.slippageBps],
];

const CAPACITY: readonly Row<RunMetrics['capacity']>[] = [
  ['offered', 'Offered by the books', 'money', 'none', (c) => c.offered],
  ['captured', 'Earned of what was offered', 'share', 'higher', (c) => c.captured],
  ['beyondSize', 'Refused for want of size', 'money', 'none', (c) => c.beyondSize],
];

/** Every figure of a run in the order in which people read them. */
export function figuresOf(metrics: RunMetrics): readonly Figure[] {
  return [
    ...filled('Result', '', RESULT, metrics),
    ...filled('Trading', 'trading.', CURVE, metrics.trading),
    ...filled('Equity', 'equity.', CURVE, metrics.equity),
    ...filled('Trades', '', TRADES, metrics.trades),
    ...filled('Costs', '', COSTS, metrics.costs),
    ...filled('Capacity', '', CAPACITY, metrics.capacity),
  ];
}

function filled<Source>(
  group: FigureGroup,
  prefix: string,
  rows: readonly Row<Source>[],
  source: Source,
): readonly Figure[] {
  return rows.map(([name, label, unit, better, of]) => ({
    ...{ group, name: `${prefix}${name}`, label, unit, better },
    value: of(source),
  }));
}

/** Whether there is a value at all; an infinite ratio is one. */
export function isKnown(value: FigureValue): value is Decimal | number {
  return value !== undefined && !Number.isNaN(value);
}

/** The same text for the same value, all digits; empty where it is not known. */
export function figureText(value: FigureValue): string {
  return isKnown(value) ? value.toString() : '';
}
