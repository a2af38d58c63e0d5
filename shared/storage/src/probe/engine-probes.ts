import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectLockConfigurationCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { s3Place } from '../archive/s3-place.ts';
import { kafkaPlace } from '../event-log/kafka-place.ts';
import { connectRedis, disconnectRedis } from '../market-bus/redis-connection.ts';
import { redisPlace } from '../market-bus/redis-place.ts';
import { ONE_TRY } from '../remote/one-try.ts';
import { failureCode } from '../remote/remote-failure.ts';
import { dynamoPlace } from '../state-store/dynamo-place.ts';
import { hasFlux, influxVersion } from '../tick-store/influx-flux.ts';
import { influxPlace } from '../tick-store/influx-place.ts';

/** What an engine says of itself. */
export interface EngineReport {
  /** Where it is, without credentials. */
  readonly where: string;
  /** Its name and version, in words. */
  readonly engine: string;
  /** What works, and not as it should. */
  readonly warnings: readonly string[];
}

const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

/**
 * Asks the engine behind a storage URL who it is, once and without retries.
 * @returns undefined for storage that is no engine but memory or files
 * @throws STORAGE_URL_INVALID, or whatever keeps the engine from answering
 */
export async function probeEngine(
  url: string,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<EngineReport | undefined> {
  const scheme = url.slice(0, url.indexOf(':')).toLowerCase();
  if (/^redis/.test(scheme)) return probeRedis(url);
  if (/^kafka/.test(scheme)) return probeKafka(url, timeoutMs);
  if (/^dynamodb/.test(scheme)) return probeDynamo(url, timeoutMs);
  if (/^influxdb/.test(scheme)) return probeInflux(url, timeoutMs);
  return scheme === 's3' ? probeS3(url, timeoutMs) : undefined;
}

async function probeRedis(url: string): Promise<EngineReport> {
  const place = redisPlace(url);
  const redis = connectRedis(place, 'send');
  let failure: Error | undefined;
  redis.on('error', (error: Error) => {
    failure = error;
  });
  try {
    // It rejects with words about the connection; why there is none was an event before.
    await redis.connect().catch((error: unknown) => {
      throw failure ?? error;
    });
    const said = await redis.info('server');
    const version = /^redis_version:(.*?)\r?$/m.exec(said)?.[1] ?? 'of an unknown version';
    return { where: place.name, engine: `Redis ${version}`, warnings: [] };
  } finally {
    disconnectRedis(redis);
  }
}

async function probeKafka(url: string, timeoutMs: number): Promise<EngineReport> {
  const { brokers, tls, replicas } = kafkaPlace(url);
  // It takes most of a second to load.
  const { Admin } = await import('@platformatic/kafka');
  const admin = new Admin({
    clientId: 'ats-doctor',
    bootstrapBrokers: [...brokers],
    connectTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    timeout: timeoutMs,
    retries: 0,
    ...(tls ? { tls: {} } : {}),
  });
  try {
    const cluster = await admin.metadata({ topics: [] });
    const apis = await admin.listApis();
    const count = cluster.brokers.size;
    const produce = apis.find(({ apiKey }) => apiKey === 0)?.maxVersion;
    const brokersSaid = count === 1 ? '1 broker' : `${count} brokers`;
    const engine = `Kafka, ${brokersSaid}, ${apis.length} APIs, Produce up to v${produce}`;
    const few = replicas !== undefined && replicas > count;
    const warnings = few ? [`${replicas} replicas are asked for: topics cannot be made`] : [];
    return { where: brokers.join(', '), engine, warnings };
  } finally {
    await admin.close();
  }
}

async function probeDynamo(url: string, timeoutMs: number): Promise<EngineReport> {
  const { region, endpoint, prefix, createsTables } = dynamoPlace(url);
  const client = new DynamoDBClient({
    region,
    retryStrategy: ONE_TRY,
    ...(endpoint === undefined ? {} : { endpoint, credentials: LOCAL_CREDENTIALS }),
  });
  try {
    const abortSignal = AbortSignal.timeout(timeoutMs);
    const { TableNames = [] } = await client.send(new ListTablesCommand({}), { abortSignal });
    const ours = TableNames.filter((name) => name.startsWith(prefix)).length;
    const none = ours === 0 && !createsTables;
    return {
      where: endpoint ?? `AWS, ${region}`,
      engine: `DynamoDB${endpoint === undefined ? '' : ' Local'}, ${ours} tables of ATS`,
      warnings: none ? [`no table begins with ${prefix}, and none is made`] : [],
    };
  } finally {
    client.destroy();
  }
}

async function probeInflux(text: string, timeoutMs: number): Promise<EngineReport> {
  const { url: where, token } = influxPlace(text);
  const signal = AbortSignal.timeout(timeoutMs);
  const headers: HeadersInit = token === '' ? {} : { authorization: `Token ${token}` };
  const answer = await fetch(`${where}/health`, { signal, headers });
  // InfluxDB 3 says "OK", without a version.
  const health = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (!answer.ok || (health['status'] ?? 'pass') !== 'pass') {
    throw new Error(`it says ${answer.status}: ${String(health['message'] ?? 'not well')}`);
  }
  const version = String(health['version'] ?? (await influxVersion({ url: where, token }, signal)));
  const warnings = [
    ...(token === '' ? ['the URL has no token: writes will be refused if it asks'] : []),
    ...(hasFlux(version) ? [] : ['it takes ticks and has no Flux: nothing here reads them again']),
  ];
  return { where, engine: `InfluxDB ${version}`.trim(), warnings };
}

async function probeS3(url: string, timeoutMs: number): Promise<EngineReport> {
  const { bucket: Bucket, region, endpoint, retentionDays } = s3Place(url);
  const client = new S3Client({
    region,
    retryStrategy: ONE_TRY,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
  });
  const abortSignal = AbortSignal.timeout(timeoutMs);
  try {
    await client.send(new HeadBucketCommand({ Bucket }), { abortSignal });
    const lock = await client
      .send(new GetObjectLockConfigurationCommand({ Bucket }), { abortSignal })
      .catch((error: unknown) => {
        if (/NotFound|NoSuch|NotImplemented/.test(failureCode(error))) return undefined;
        throw error;
      });
    const locks = lock?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
    if (!locks && retentionDays !== undefined) {
      throw new Error('retentionDays is asked for and the bucket has no Object Lock');
    }
    return {
      where: endpoint ?? `AWS, ${region}`,
      engine: `S3 bucket ${Bucket}, Object Lock ${locks ? 'on' : 'off'}`,
      warnings: locks ? [] : ['without Object Lock the archive can be deleted'],
    };
  } finally {
    client.destroy();
  }
}
