export { type FileArchiveOptions, openFileArchive } from './archive/file-archive.ts';
export { openS3Archive, type S3ArchiveOptions } from './archive/s3-archive.ts';
export {
  ARCHIVE_LIMITS,
  type Archive,
  type ArchiveEntry,
  type ListOptions,
  type PutResult,
} from './archive.ts';
export type { KafkaEventLogOptions } from './event-log/kafka-event-log.ts';
export {
  forgetLmdbOffsets,
  type LmdbEventLogOptions,
  openLmdbEventLog,
} from './event-log/lmdb-event-log.ts';
export { MemoryEventLog, type MemoryEventLogOptions } from './event-log/memory-event-log.ts';
export { LATE_LOG_US, offsetSince } from './event-log/offset-since.ts';
export { openKafkaEventLog } from './event-log/open-kafka.ts';
export { partitionOf, partitionsOf } from './event-log/topics.ts';
export { readingOf, tellReading, tracedEventLog } from './event-log/traced-event-log.ts';
export {
  type DeadLetter,
  type DeadTopic,
  type EventLog,
  LOG_LIMITS,
  LOG_TOPICS,
  type LogBatch,
  type LogHeaders,
  type LogPosition,
  type LogRecord,
  type LogSubscription,
  type LogTopic,
  type NewRecord,
  type PartitionLag,
  type ReadOptions,
  type SubscribeOptions,
  type WorkTopic,
} from './event-log.ts';
export { fencedStore, leaseLost } from './lease/fenced-store.ts';
export { type Holding, Leases, type LeasesOptions } from './lease/leases.ts';
export { instanceName, openLeases } from './lease/open-leases.ts';
export { folderOwner } from './lmdb/folder-lock.ts';
export { copyLmdbFolders } from './lmdb/snapshot.ts';
export {
  type MemoryMarketBusOptions,
  openMemoryMarketBus,
} from './market-bus/memory-market-bus.ts';
export { openRedisMarketBus, type RedisMarketBusOptions } from './market-bus/redis-market-bus.ts';
export type {
  MarketBus,
  MarketFilter,
  MarketHandler,
  MarketHandlers,
  MarketName,
  MarketPublisher,
  MarketSubscription,
} from './market-bus.ts';
export { type OpenPorts, openPorts, type PortsConfig, type PortsOptions } from './open-ports.ts';
export type { DurablePorts, Ports } from './ports.ts';
export { type EngineReport, probeEngine } from './probe/engine-probes.ts';
export { shownUrl } from './shown-url.ts';
export {
  type DynamoStateStoreOptions,
  openDynamoStateStore,
} from './state-store/dynamo-state-store.ts';
export {
  type LmdbStateStoreOptions,
  openLmdbStateStore,
  readLmdbState,
} from './state-store/lmdb-state-store.ts';
export { memoryStateStore } from './state-store/memory-state-store.ts';
export {
  type Attribute,
  type AttributeInput,
  type Attributes,
  type Condition,
  type Item,
  type ItemKey,
  type ItemPage,
  type ItemQuery,
  type ItemRefusal,
  STATE_LIMITS,
  STATE_TABLES,
  type StateStore,
  type StateTable,
  type TransactItem,
  type TransactResult,
} from './state-store.ts';
export {
  type InfluxSetUp,
  type InfluxSetUpOptions,
  setUpInflux,
} from './tick-store/influx-set-up.ts';
export {
  type InfluxTickStoreOptions,
  openInfluxTickStore,
} from './tick-store/influx-tick-store.ts';
export {
  readTickWindows,
  type TickWindow,
  type TickWindowsOptions,
} from './tick-store/parquet-scan.ts';
export {
  openParquetTickStore,
  type ParquetTickStoreOptions,
} from './tick-store/parquet-tick-store.ts';
export type {
  AlertTick,
  BacktestTick,
  DeliveryTick,
  OpportunityTick,
  QuoteTick,
  Tick,
  TickQuery,
  TickStore,
  TradeTick,
} from './tick-store.ts';
