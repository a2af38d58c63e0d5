export {
  type DynamoDbServer,
  findEngine,
  type HttpServerProcess,
  type InfluxServer,
  type KafkaServer,
  type RedisCluster,
  type RedisServer,
  type RedisWithSentinel,
  type S3Server,
  type ServerProcess,
  startAlertmanager,
  startDynamoDb,
  startInflux,
  startKafka,
  startPrometheus,
  startRedis,
  startRedisCluster,
  startRedisWithSentinel,
  startS3,
  startVictoriaMetrics,
} from '@ats/engines';
export {
  freePort,
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
export { describeWhen, describeWithEngine } from './engine-suite.ts';
export { eventLogContract } from './event-log/contract.ts';
export {
  appendForEver,
  type EventLogContract,
  type EventLogEnvironment,
  sampleRecord,
} from './event-log/stage.ts';
export { type FaultProxy, type InjectedAnswer, startFaultProxy } from './fault-proxy.ts';
export { killedWriter, type WriterProgram } from './killed-writer.ts';
export { marketBusContract } from './market-bus-contract.ts';
export type {
  MarketBusContract,
  MarketBusEnvironment,
  MarketBusLimits,
} from './market-bus-stage.ts';
export { sampleBook, sampleStatus, sampleTicker, sampleTrade } from './market-samples.ts';
export { type MemoryMetrics, memoryMetrics } from './memory-metrics.ts';
export { guardOfPeople } from './people-guard.ts';
export { describeWithRecordings, RECORDED_DATA } from './recorded-data.ts';
export { selfSigned } from './self-signed.ts';
export {
  type LogLine,
  type SilentLogger,
  silentLogger,
} from './silent-logger.ts';
export { type ExportedSpan, openSpanReceiver } from './span-receiver.ts';
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
