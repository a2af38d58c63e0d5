export { type BacktestOptions, type RunProgress, runBacktest } from './app/run-backtest.ts';
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
