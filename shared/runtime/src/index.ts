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
export { type Clock, systemClock, systemTimers, type TimerHandle, type Timers } from './clock.ts';
export type { LogFields, Logger } from './logger.ts';
export type { Counter, Gauge, Histogram, Metrics } from './metrics.ts';
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
