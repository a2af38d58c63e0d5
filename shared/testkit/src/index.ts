export {
  settle,
  type VirtualClock as ManualClock,
  type VirtualTimers as ManualTimers,
  virtualClock as manualClock,
  virtualTimers as manualTimers,
} from '@ats/runtime';
export { memoryStateStore } from '@ats/storage';
export {
  type ArchiveContract,
  type ArchiveEnvironment,
  archiveContract,
  putForEver,
} from './archive-contract.ts';
export { discardingTickStore } from './discarding-tick-store.ts';
export {
  ENGINES,
  type Engine,
  type EngineName,
  engineRequired,
  engineVersion,
  findEngine,
} from './engines/catalogue.ts';
export { type DynamoDbServer, startDynamoDb } from './engines/dynamodb.ts';
export { type FaultProxy, type InjectedAnswer, startFaultProxy } from './engines/fault-proxy.ts';
export { type InfluxServer, startInflux } from './engines/influxdb.ts';
export { type KafkaServer, startKafka } from './engines/kafka.ts';
export { startAlertmanager, startPrometheus } from './engines/prometheus.ts';
export { type RedisServer, startRedis } from './engines/redis.ts';
export {
  type RedisCluster,
  type RedisWithSentinel,
  startRedisCluster,
  startRedisWithSentinel,
} from './engines/redis-groups.ts';
export { type S3Server, startS3 } from './engines/s3.ts';
export {
  acceptsConnections,
  freePort,
  type ServerCommand,
  type ServerProcess,
  startServerProcess,
} from './engines/server-process.ts';
export { describeWhen, describeWithEngine } from './engines/suite.ts';
export { type HttpServerProcess, startVictoriaMetrics } from './engines/victoria-metrics.ts';
export { eventLogContract } from './event-log/contract.ts';
export {
  appendForEver,
  type EventLogContract,
  type EventLogEnvironment,
  sampleRecord,
} from './event-log/stage.ts';
export { killedWriter, type WriterProgram } from './killed-writer.ts';
export { marketBusContract } from './market-bus-contract.ts';
export type {
  MarketBusContract,
  MarketBusEnvironment,
  MarketBusLimits,
} from './market-bus-stage.ts';
export { sampleBook, sampleStatus, sampleTicker, sampleTrade } from './market-samples.ts';
export { type MemoryMetrics, memoryMetrics } from './memory-metrics.ts';
export { describeWithRecordings, RECORDED_DATA } from './recorded-data.ts';
export { selfSigned } from './self-signed.ts';
export {
  type LogLine,
  type SilentLogger,
  silentLogger,
} from './silent-logger.ts';
export { stateStoreContract } from './state-store/contract.ts';
export {
  type StateStoreContract,
  type StateStoreEnvironment,
  type StateStoreLimits,
  type StateStoreServer,
  transferForEver,
} from './state-store/stage.ts';
export {
  sampleAlertTick,
  sampleBacktestTick,
  sampleDeliveryTick,
  sampleOpportunityTick,
  sampleQuoteTick,
  sampleTradeTick,
} from './tick-samples.ts';
export {
  type TickStoreContract,
  type TickStoreEnvironment,
  type TickStoreLimits,
  tickStoreContract,
} from './tick-store-contract.ts';
export { type UntilOptions, until } from './until.ts';
