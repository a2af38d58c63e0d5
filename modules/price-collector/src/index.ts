export { readFrames } from './adapters/frame-file.ts';
export { nativeDialects } from './adapters/dialects/index.ts';
export { FrameReplay, type ReplaySummary } from './app/replay.ts';
export type { CollectorStats, MarketView, VenueStats } from './app/stats.ts';
export { type CollectorConfig, collectorConfigSchema } from './config.ts';
export type {
  FeedDialect,
  FeedMarket,
  FeedSession,
  FeedSink,
  FeedTicker,
  FeedTrade,
  SessionOptions,
} from './domain/feed.ts';
export { type LatencySummary, LatencyRecorder } from './domain/latency-recorder.ts';
export { priceCollector, type RunningCollector } from './service.ts';
