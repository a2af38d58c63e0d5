export { ENGINE_REMEDY, type EngineName, engineRequired, findEngine } from './catalogue.ts';
export { type DynamoDbServer, startDynamoDb } from './dynamodb.ts';
export { type InfluxServer, startInflux } from './influxdb.ts';
export { type KafkaServer, startKafka } from './kafka.ts';
export { startAlertmanager, startPrometheus } from './prometheus.ts';
export { type RedisServer, startRedis } from './redis.ts';
export {
  type RedisCluster,
  type RedisWithSentinel,
  startRedisCluster,
  startRedisWithSentinel,
} from './redis-groups.ts';
export { type S3Server, startS3 } from './s3.ts';
export { acceptsConnections, type KeptPlace, type ServerProcess } from './server-process.ts';
export { type HttpServerProcess, startVictoriaMetrics } from './victoria-metrics.ts';
