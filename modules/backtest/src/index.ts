export {
  type DamagedRun,
  inputsHash,
  type ResultList,
  ResultStore,
  runIdOf,
  type StoredRun,
} from './adapters/result-store.ts';
export { equityCsv, tradesCsv } from './app/report/csv.ts';
export {
  count,
  dateAndTime,
  money,
  percent,
  shownFigure,
  signed,
  span,
} from './app/report/format.ts';
export { jsonReport } from './app/report/json.ts';
export { type Verdict, verdictOf } from './app/report/verdict.ts';
export { type BacktestOptions, type RunProgress, runBacktest } from './app/run-backtest.ts';
export { type BacktestConfig, backtestConfigSchema } from './config.ts';
export {
  type ComparedRun,
  type Comparison,
  compareRuns,
  type FigureDifference,
} from './domain/comparison.ts';
export {
  FIGURE_GROUPS,
  type Figure,
  type FigureUnit,
  type FigureValue,
  figuresOf,
  isKnown,
} from './domain/figures.ts';
export { type MetricsOptions, metricsOf, type RunMetrics } from './domain/metrics/run-metrics.ts';
export type {
  EquityPoint,
  OpportunityCell,
  RunFill,
  RunRecord,
  RunSpec,
} from './domain/run-record.ts';
export type {
  BadRows,
  BookBatch,
  QuoteBatch,
  Tape,
  TapeBatch,
  TapeMarket,
  TapeRange,
  TradeBatch,
} from './domain/tape.ts';
