import {
  describeWithEngine,
  freePort,
  startDynamoDb,
  startKafka,
  startRedis,
  startS3,
} from '@ats/testkit';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { probeEngine } from '../../src/index.ts';

const within = { timeoutMs: 5000 };

describeWithEngine('redis', 'a probe of Redis', () => {
  it('tells its version, and fails when it is gone', async () => {
    const redis = await startRedis();
    const report = await probeEngine(redis.url, within);
    expect(report?.engine).toMatch(/^Redis \d+\.\d+/);
    await redis.stop();
    await expect(probeEngine(redis.url, within)).rejects.toThrow(/ECONNREFUSED|closed/);
  });
});

describeWithEngine('kafka', 'a probe of Kafka', () => {
  it('tells brokers and APIs, warns of too few brokers, and fails when it is gone', async () => {
    const kafka = await startKafka();
    const report = await probeEngine(`${kafka.url}?replicas=3`, within);
    expect(report?.engine).toMatch(/^Kafka, 1 broker, \d+ APIs, Produce up to v\d+$/);
    expect(report?.warnings).toHaveLength(1);
    await kafka.stop();
    await expect(probeEngine(kafka.url, within)).rejects.toThrow();
  });
});

describeWithEngine('dynamodb', 'a probe of DynamoDB', () => {
  it('counts our tables, warns when none is made, and fails when it is gone', async () => {
    const dynamo = await startDynamoDb();
    const report = await probeEngine(`${dynamo.url}?create=false`, within);
    expect(report).toMatchObject({ engine: 'DynamoDB Local, 0 tables of ATS' });
    expect(report?.warnings).toHaveLength(1);
    await dynamo.stop();
    await expect(probeEngine(dynamo.url, within)).rejects.toThrow();
  });
});

describeWithEngine('s3', 'a probe of S3', () => {
  it('tells whether a bucket is there and locks its objects', async () => {
    const s3 = await startS3();
    const { accessKeyId, secretAccessKey, region, endpoint } = s3;
    process.env['AWS_ACCESS_KEY_ID'] = accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = secretAccessKey;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ region, endpoint, credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'plain' }));
    const locked = { Bucket: 'locked', ObjectLockEnabledForBucket: true };
    await client.send(new CreateBucketCommand(locked));
    const at = (bucket: string, more = '') =>
      probeEngine(`s3://${bucket}/events?endpoint=${endpoint}&region=${region}${more}`, within);
    await expect(at('locked', '&retentionDays=9')).resolves.toMatchObject({ warnings: [] });
    expect((await at('plain'))?.warnings).toHaveLength(1);
    await expect(at('plain', '&retentionDays=9')).rejects.toThrow('no Object Lock');
    await expect(at('no-such-bucket')).rejects.toThrow();
    client.destroy();
    await s3.stop();
    await expect(at('locked')).rejects.toThrow();
  });
});

test('an engine that never answers is given up', async () => {
  const { createServer } = await import('node:net');
  const server = createServer(() => undefined);
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const asked = probeEngine(`influxdb://127.0.0.1:${port}/ats/ticks`, { timeoutMs: 200 });
  await expect(asked).rejects.toThrow();
  server.close();
});

test('memory and files are no engines', async () => {
  for (const url of ['memory:', 'lmdb:./data/log', 'file:./data/audit']) {
    expect(await probeEngine(url, within)).toBeUndefined();
  }
});
