export { boundsOf, createStudy, type Study, type StudyOptions } from './adapters/optimise/study.ts';
export {
  type ImportTapeOptions,
  importTape,
} from './adapters/tapes/import-tape.ts';
export type { TapeManifest } from './adapters/tapes/manifest.ts';
export { parseMarket } from './adapters/tapes/markets.ts';
export { type OpenedTape, type OpenTapeOptions, openTape } from './adapters/tapes/open-tape.ts';
export { openTapeStore, type TapeStore, type WriteOptions } from './adapters/tapes/tape-store.ts';
export { checkLookAhead, type LookAhead, type LookAheadCheck } from './app/look-ahead.ts';
export { sensitivitySection } from './app/optimise/heat-map-html.ts';
export type { SearchProgress } from './app/optimise/search.ts';
export type { WalkForward, WalkForwardStep } from './app/optimise/walk-forward.ts';
export { type BacktestOptions, type RunProgress, runBacktest } from './app/run-backtest.ts';
export { backtestConfigSchema } from './config.ts';
export {
  gridOf,
  type Parameter,
  parseParameter,
  randomOf,
  type Settings,
} from './domain/optimise/parameters.ts';
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
export { type BacktestOptions, type RunProgress, runBacktest } from './app/run-backtest.ts';
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
export { tapeConfigSchema } from './tape-config.ts';
