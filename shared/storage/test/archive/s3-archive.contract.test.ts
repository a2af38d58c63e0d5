import { fileURLToPath } from 'node:url';
import { systemClock, systemTimers } from '@ats/runtime';
import { openS3Archive } from '@ats/storage';
import {
  archiveContract,
  describeWithEngine,
  type FaultProxy,
  memoryMetrics,
  type S3Server,
  startFaultProxy,
  startS3,
} from '@ats/testkit';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';

const SCRIPT = fileURLToPath(new URL('s3-put-process.ts', import.meta.url));
const time = { clock: systemClock, timers: systemTimers };

describeWithEngine('s3', 's3: archive', () => {
  let server: S3Server;
  let proxy: FaultProxy;
  let admin: S3Client;
  let run = 0;
  const bucket = (): string => `archive-${run}`;
  const url = (more = '', endpoint = server.endpoint): string =>
    `s3://${bucket()}/audit?endpoint=${endpoint}&region=${server.region}${more}`;
  beforeAll(async () => {
    server = await startS3();
    proxy = await startFaultProxy(server);
    process.env['AWS_ACCESS_KEY_ID'] = server.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = server.secretAccessKey;
    const { endpoint, region } = server;
    admin = new S3Client({ endpoint, region, forcePathStyle: true });
  });
  afterAll(async () => {
    admin.destroy();
    await proxy.close();
    await server.close();
  });
  const makeBucket = async (locks: boolean): Promise<void> => {
    run += 1;
    const input = { Bucket: bucket(), ObjectLockEnabledForBucket: locks };
    await admin.send(new CreateBucketCommand(input));
  };

  archiveContract({
    open: (environment) => openS3Archive({ url: url(), ...time, ...environment }),
    reset: () => makeBucket(false),
    writer: () => ({ script: SCRIPT, args: [url()] }),
    outage: { begin: () => server.kill(), end: () => server.restart() },
  });

  describe('on a bucket with Object Lock', () => {
    beforeEach(() => makeBucket(true));

    it('locks each object for as long as it was told', async () => {
      const metrics = memoryMetrics();
      const archive = await openS3Archive({ url: url('&retentionDays=3'), ...time, metrics });
      await archive.put('events/one', new Uint8Array([1]));
      const listed = await admin.send(new ListObjectVersionsCommand({ Bucket: bucket() }));
      const [version] = listed.Versions ?? [];
      const object = { Bucket: bucket(), Key: version?.Key, VersionId: version?.VersionId };
      const deleted = admin.send(new DeleteObjectCommand(object));
      await expect(deleted).rejects.toMatchObject({ name: 'AccessDenied' });
      expect(await archive.get('events/one')).toEqual(new Uint8Array([1]));
      await archive.close();
    });
  });

  it('refuses a retention that the bucket cannot keep', async () => {
    await makeBucket(false);
    const metrics = memoryMetrics();
    const opened = openS3Archive({ url: url('&retentionDays=3'), ...time, metrics });
    const message = expect.stringContaining('Object Lock');
    await expect(opened).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', message });
  });

  it('tries again what was throttled or whose answer was lost, and puts it once', async () => {
    await makeBucket(false);
    const metrics = memoryMetrics();
    const endpoint = `http://127.0.0.1:${proxy.port}`;
    const archive = await openS3Archive({ url: url('', endpoint), ...time, metrics });
    const body = '<Error><Code>SlowDown</Code><Message>Reduce your rate</Message></Error>';
    proxy.refuse(2, { status: 503, headers: { 'content-type': 'application/xml' }, body });
    expect(await archive.put('throttled', new Uint8Array([1]))).toEqual({ kind: 'stored' });
    const throttled = { store: 's3', reason: 'throttled' };
    expect(metrics.value('ats_storage_remote_retries_total', throttled)).toBe(2);
    proxy.loseAnswers(1);
    expect(await archive.put('lost', new Uint8Array([2]))).toEqual({ kind: 'present' });
    proxy.refuse(6, { status: 503, headers: { 'content-type': 'application/xml' }, body });
    const given = { code: 'STORAGE_UNAVAILABLE', retry: 'safe' };
    await expect(archive.put('never', new Uint8Array([3]))).rejects.toMatchObject(given);
    const names: string[] = [];
    for await (const { name } of archive.list()) names.push(name);
    expect(names).toEqual(['lost', 'throttled']);
    await archive.close();
  });

  it('lists more objects than one answer holds, in order', async () => {
    await makeBucket(false);
    const archive = await openS3Archive({ url: url(), ...time, metrics: memoryMetrics() });
    const names = Array.from({ length: 1050 }, (_, n) => `p=${String(n).padStart(4, '0')}`);
    for (let from = 0; from < names.length; from += 50) {
      const some = names.slice(from, from + 50);
      await Promise.all(some.map((name) => archive.put(name, new Uint8Array())));
    }
    const found: string[] = [];
    for await (const { name } of archive.list()) found.push(name);
    expect(found).toEqual(names);
    await archive.close();
  });
});
