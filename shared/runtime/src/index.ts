export {
  type AdminServer,
  type AdminServerOptions,
  answerMetrics,
  openAdminServer,
} from './admin-server.ts';
export { type Clock, systemClock, systemTimers, type TimerHandle, type Timers } from './clock.ts';
export {
  ANY,
  type ConfigKey,
  configKeys,
  matchesPath,
  type SchemaNode,
  schemaNodeOf,
  variableOf,
} from './config/keys.ts';
export {
  type ConfigLayer,
  mergeLayers,
  migratedText,
  setLayer,
  yamlLayer,
  yamlText,
} from './config/layers.ts';
export { crossCheck, listingsOf } from './config/listings.ts';
export { type ConfigSources, type LoadedConfig, loadConfig, withLayer } from './config/load.ts';
export { CONFIG_VERSION } from './config/migrations.ts';
export { nearest } from './config/nearest.ts';
export { parseConfig, sourceOf } from './config/parse.ts';
export type { ConfigChange } from './config/reload.ts';
export type { OpenSealed } from './config/sealed.ts';
export { isSecretKey, SEALED_PREFIX, withoutSecrets } from './config/secrets.ts';
export {
  decimalText,
  SERVICE_NAMES,
  type SharedConfig,
  sharedConfigSchema,
  sharedConfigShape,
  type VenueConfig,
  venueSchema,
} from './config/shared-schema.ts';
export { KAFKA_SESSION_MS } from './config/sharing-term.ts';
export { type ConfigTree, isTree, leavesOf, valueAt } from './config/tree.ts';
export { describeProblem, EXIT, exitCodeOf } from './exit-codes.ts';
export { freePort, freePorts } from './free-port.ts';
export { type Closable, type Host, type HostOptions, type HostParts, openHost } from './host.ts';
export { type KillSwitch, openKillSwitch, pullOnSignal } from './kill-switch.ts';
export { LatencyRecorder, type LatencySummary } from './latency-recorder.ts';
export { limitHits } from './limit-hits.ts';
export { listenOn } from './listen.ts';
export type { LogFields, Logger } from './logger.ts';
export type {
  Counter,
  Gauge,
  Histogram,
  HistogramOptions,
  Latencies,
  MetricFamily,
  Metrics,
  ServedMetrics,
} from './metrics.ts';
export {
  type DescribedApi,
  type DescribedRoute,
  openApiDocument,
  type SchemaNames,
} from './openapi.ts';
export { configFromParent, hasParentPipe, onStopSignal } from './parent-process.ts';
export { type PathStage, pathLatencies, pathStages, VenueLatencies } from './path-stages.ts';
export { Pauses } from './pause.ts';
export { type LoggerOptions, openLogger } from './pino-logger.ts';
export { openMetrics } from './prometheus-metrics.ts';
export { type RandomSource, type RandomStream, seededRandom } from './random.ts';
export { RecentMap } from './recent-map.ts';
export { type Reload, reloadOnTriggers } from './reload-triggers.ts';
export { rpcAddresses } from './rpc/addresses.ts';
export { type BackoffOptions, fullJitterMs } from './rpc/backoff.ts';
export { type Breaker, type BreakerOptions, openBreaker } from './rpc/breaker.ts';
export {
  actsFor,
  type Caller,
  type Change,
  type GuardedCall,
  type Outcome,
  type Peer,
  type RpcGuard,
  UNGUARDED,
} from './rpc/caller.ts';
export type { RpcAddress, RpcTls } from './rpc/dependencies.ts';
export type {
  CallContext,
  CallOptions,
  DuplexPeer,
  DuplexSession,
  RpcClient,
  RpcDirectory,
  RpcDuplex,
  RpcHandlers,
  RpcServing,
  RpcSubscription,
  ServerStream,
  ServiceName,
  SubscribeOptions,
} from './rpc/directory.ts';
export type { RpcDirectoryOptions } from './rpc/directory-options.ts';
export { openRpcDirectory } from './rpc/open-directory.ts';
export { openRiskGate, type RiskGateOptions } from './rpc/risk-gate.ts';
export { STATUS_OF } from './rpc/status-table.ts';
export { type RunServiceOptions, runService } from './run-service.ts';
export type { Readiness, RunningService, ServiceContext, ServiceModule } from './service.ts';
export { SupervisedProcess, startFailed } from './supervised-process.ts';
export { TokenBucket } from './token-bucket.ts';
export {
  NO_TRACING,
  openTracing,
  type Tracing,
  type TracingConfig,
} from './tracing/otlp-tracer.ts';
export { childOf, isSampled, isTraceparent, traceIdOf, traceOf } from './tracing/trace-context.ts';
export {
  type Entry,
  enter,
  type FinishedSpan,
  NO_TRACER,
  type SpanAttributes,
  type SpanKind,
  type Tracer,
} from './tracing/tracer.ts';
export { type TradeTrace, tradeTrace } from './tracing/trade-trace.ts';
export { ATS_VERSION } from './version.ts';
export {
  settle,
  type VirtualClock,
  type VirtualTimers,
  virtualClock,
  virtualTimers,
} from './virtual-time.ts';
