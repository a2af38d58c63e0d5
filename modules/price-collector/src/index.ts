export { nativeDialects } from './adapters/dialects/index.ts';
export { readFrames } from './adapters/frame-file.ts';
export {
  type FrameServer,
  type FrameServerOptions,
  serveFrames,
} from './adapters/frame-server.ts';
export { LiveSink } from './app/live-sink.ts';
export type { ReplaySpeed } from './app/pacer.ts';
export { FrameReplay, type ReplaySummary } from './app/replay.ts';
export type { ReplayWatcher } from './app/replay-sink.ts';
export type { CollectorStats, MarketView, VenueStats } from './app/stats.ts';
export { VenueCore } from './app/venue-core.ts';
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
export { frameTimeUs, parseFrame, type RecordedFrame } from './domain/recording.ts';
export { type ReplayFramesOptions, replayFrames } from './replay-frames.ts';
export { priceCollector, type RunningCollector } from './service.ts';
