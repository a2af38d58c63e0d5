export { modelFile, openOnnxPredictor } from './adapters/onnx-predictor.ts';
export { crossExchange, openStrategy, triangular } from './adapters/strategies.ts';
export { openTapeFile, type TapeFile } from './adapters/tape-file.ts';
export { Engine, type EngineOptions, type EngineStats } from './app/engine.ts';
export { recordedTrades } from './app/recorded-trades.ts';
export {
  type CrossedSummary,
  type ReplayTapesOptions,
  replayTapes,
  type TapeSummary,
} from './app/replay-tapes.ts';
export type { TradeStats } from './app/trade-totals.ts';
export { type EngineConfig, engineConfigSchema } from './config.ts';
export { CrossExchange } from './domain/cross-exchange.ts';
export { FEATURE_COUNT, FEATURES, FeatureTable } from './domain/prediction/features.ts';
export type {
  Forecast,
  ModelCard,
  Predictions,
  Predictor,
} from './domain/prediction/predictor.ts';
export type { CrossExchangeSettings } from './domain/settings.ts';
export type {
  AvailableBalance,
  EdgeClose,
  EngineRefusal,
  Fill,
  Proposal,
  SpreadCell,
  Strategy,
  StrategyContext,
  StrategyFactory,
} from './domain/strategy.ts';
export { Triangular } from './domain/triangular.ts';
export { type EnginePorts, type RunningEngine, tradingEngine } from './service.ts';
