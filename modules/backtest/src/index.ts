export {
  type ExecuteOptions,
  executeRun,
  isRunSetting,
  resultsOf,
} from './adapters/execute-run.ts';
export { comparisonHtml, reportHtml } from './adapters/html/reports.ts';
export { boundsOf, createStudy, type Study, type StudyOptions } from './adapters/optimise/study.ts';

export { readSession, type Session } from './adapters/parity/session-reader.ts';

export { writeModel } from './adapters/predict/model-files.ts';

export {
  type DamagedRun,
  inputsHash,
  type ResultList,
  ResultStore,
  runIdOf,
  type StoredRun,
} from './adapters/result-store.ts';
export {
  type ImportTapeOptions,
  importTape,
} from './adapters/tapes/import-tape.ts';
export type { TapeManifest } from './adapters/tapes/manifest.ts';
export { parseMarket } from './adapters/tapes/markets.ts';
export { type OpenedTape, type OpenTapeOptions, openTape } from './adapters/tapes/open-tape.ts';
export { openTapeStore, type TapeStore, type WriteOptions } from './adapters/tapes/tape-store.ts';
export { type QuoteTapeOptions, writeQuoteTape } from './adapters/tapes/write-quote-tape.ts';
export { checkLookAhead, type LookAhead, type LookAheadCheck } from './app/look-ahead.ts';
export { directPlan } from './app/optimise/direct.ts';
export { sensitivitySection } from './app/optimise/heat-map-html.ts';
export type { SearchProgress } from './app/optimise/search.ts';
export type { WalkForward, WalkForwardStep } from './app/optimise/walk-forward.ts';

export {
  type AssetProfit,
  type ParityReport,
  parityOf,
  type VenueLatency,
} from './app/parity/parity-report.ts';
export { replaySession } from './app/parity/replay-session.ts';
export { describeSession, SessionRecorder } from './app/parity/session-recorder.ts';

export { runBoth, scoreModel, type VenueScores } from './app/predict/evaluate.ts';
export type { Scores } from './app/predict/scores.ts';
export { simulatedTape } from './app/predict/simulated-tape.ts';
export { SAMPLE_MS, train } from './app/predict/train.ts';

export { equityCsv, tradesCsv } from './app/report/csv.ts';
export {
  cents,
  count,
  dateAndTime,
  percent,
  shownFigure,
  signed,
  span,
} from './app/report/format.ts';
export { jsonReport } from './app/report/json.ts';
export { type Verdict, verdictOf } from './app/report/verdict.ts';
export { type BacktestOptions, type RunProgress, runBacktest } from './app/run-backtest.ts';
export { findGaps, type GapsOptions, type MarketGaps, type Silence } from './app/tapes/gaps.ts';
export {
  inspectTape,
  type KindReport,
  type MarketReport,
  type Quantiles,
  type TapeReport,
} from './app/tapes/inspect.ts';
export {
  type BacktestConfig,
  backtestConfigSchema,
  backtestServiceConfigSchema,
} from './config.ts';
export { type Bar, BarBuilder, type BarSource, barsOf } from './domain/bars.ts';
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
export { gridOf, parseParameter, randomOf } from './domain/optimise/parameters.ts';
export { type Plan, planOf } from './domain/optimise/plan.ts';
export { heatMapsOf } from './domain/optimise/sensitivity.ts';
export {
  type FinishedTrial,
  type Objective,
  type Overfitting,
  overfittingOf,
  ranked,
  scoreOf,
} from './domain/optimise/study.ts';
export { windowsOf } from './domain/optimise/windows.ts';
export { type ComparedFill, FILL_KINDS, type FillKind } from './domain/parity/compare.ts';
export type {
  EquityPoint,
  OpportunityCell,
  RunBalance,
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
export { mergeTapes, type TapeCursor } from './domain/tape-merge.ts';
export { type BacktestPorts, backtest, type RunningBacktest } from './service.ts';
export { tapeConfigSchema } from './tape-config.ts';
