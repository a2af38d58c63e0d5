export { type BacktestOptions, type RunProgress, runBacktest } from './app/run-backtest.ts';
export {
  type ImportTapeOptions,
  importTape,
} from './adapters/tapes/import-tape.ts';
export type { TapeManifest } from './adapters/tapes/manifest.ts';
export { parseMarket } from './adapters/tapes/markets.ts';
export { type OpenedTape, type OpenTapeOptions, openTape } from './adapters/tapes/open-tape.ts';
export { openTapeStore, type TapeStore, type WriteOptions } from './adapters/tapes/tape-store.ts';
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
