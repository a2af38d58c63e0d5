export { type AdminServer, type AdminServerOptions, openAdminServer } from './admin-server.ts';
export { type Clock, systemClock, systemTimers, type TimerHandle, type Timers } from './clock.ts';
export type { ConfigLayer, ConfigTree } from './config/layers.ts';
export { type ConfigSources, type LoadedConfig, loadConfig, parseConfig } from './config/load.ts';
export {
  crossCheck,
  decimalText,
  listingsOf,
  SERVICE_NAMES,
  type SharedConfig,
  sharedConfigSchema,
  sharedConfigShape,
  type VenueConfig,
  venueSchema,
} from './config/shared-schema.ts';
export { type Closable, type Host, type HostOptions, type HostParts, openHost } from './host.ts';
export { listenOn } from './listen.ts';
export type { LogFields, Logger } from './logger.ts';
export type { Counter, Gauge, Histogram, Metrics } from './metrics.ts';
export { type LoggerOptions, openLogger } from './pino-logger.ts';
export { openMetrics } from './prometheus-metrics.ts';
export { type RandomSource, type RandomStream, seededRandom } from './random.ts';
export type {
  CallContext,
  CallOptions,
  RpcClient,
  RpcDirectory,
  RpcDuplex,
  RpcHandlers,
  ServiceName,
} from './rpc/directory.ts';
export type { Readiness, RunningService, ServiceContext, ServiceModule } from './service.ts';
