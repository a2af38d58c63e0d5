import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemTimers } from '@ats/runtime';
import { openPorts } from '@ats/storage';
import {
  freePort,
  memoryMetrics,
  sampleBook,
  sampleQuoteTick,
  silentLogger,
  until,
} from '@ats/testkit';

const tools = () => ({
  clock: systemClock,
  timers: systemTimers,
  logger: silentLogger(),
  metrics: memoryMetrics(),
});

const durable = {
  eventLog: { url: 'lmdb:./never-opened' },
  stateStore: { url: 'lmdb:./never-opened' },
  archive: { url: 'file:./never-opened' },
};

const open = (bus: string, tickStore: string, others: Partial<typeof durable> = {}) => {
  const config = { bus: { url: bus }, tickStore: { url: tickStore }, ...durable, ...others };
  return openPorts({ config, ...tools() });
};

describe('the storage ports', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ats-ports-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('opens each port once and closes them all', async () => {
    const ports = open('memory:', `parquet:${folder}`);
    const [bus, again] = await Promise.all([ports.marketBus(), ports.marketBus()]);
    expect(again).toBe(bus);
    const store = await ports.tickStore();
    expect(await ports.tickStore()).toBe(store);
    expect(store.append(sampleQuoteTick())).toBe(true);
    await ports.close();
    expect(bus.health().ok).toBe(false);
    expect(store.health().ok).toBe(false);
    await expect(ports.marketBus()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  it('tells whether those that were opened work, and how much room they have', async () => {
    const parts = tools();
    const config = {
      bus: { url: 'memory:' },
      tickStore: { url: `parquet:${folder}/not/made/yet` },
      ...durable,
    };
    const ports = openPorts({ config, ...parts });
    const bus = await ports.marketBus();
    const ok = (): number => parts.metrics.value('ats_storage_ok_ratio', { port: 'bus' });
    expect(ok()).toBe(1);
    expect(await parts.metrics.text()).not.toContain('port="archive"} 1');
    const room = { port: 'tickStore' };
    await until(() => parts.metrics.value('ats_storage_disk_size_bytes', room) > 0);
    const free = parts.metrics.value('ats_storage_disk_available_bytes', room);
    expect(free).toBeLessThanOrEqual(parts.metrics.value('ats_storage_disk_size_bytes', room));
    await bus.close();
    expect(ok()).toBe(0);
    await ports.close();
  });

  it('keeps what was appended before the ports were closed', async () => {
    const ports = open('memory:', `parquet://${folder}`);
    const found: unknown[] = [];
    for await (const batch of (await ports.tickStore()).scan({ kind: 'quote' })) {
      found.push(...batch);
    }
    await ports.close();
    expect(found).toEqual([sampleQuoteTick()]);
  });

  it.each([
    ['kafka://h', 'parquet:./x', 'bus.url', 'redis://host:port'],
    ['', 'parquet:./x', 'bus.url', 'memory:'],
    ['redis://', 'parquet:./x', 'bus.url', 'redis://host'],
    ['redis://h/no', 'parquet:./x', 'bus.url', 'redis://host'],
    ['redis+unix:///', 'parquet:./x', 'bus.url', 'redis+unix:///path'],
    ['memory:', 'sqlite:./x', 'tickStore.url', 'parquet:./folder'],
    ['memory:', 'parquet:', 'tickStore.url', 'parquet:./data/ticks'],
    ['memory:', 'influxdb://h:1/onlyorg', 'tickStore.url', 'influxdb://host'],
  ])('refuses %j and %j with field, value and remedy', (bus, tickStore, field, remedy) => {
    const value = field === 'bus.url' ? bus : tickStore;
    expect(() => open(bus, tickStore)).toThrow(
      expect.objectContaining({
        code: 'STORAGE_URL_INVALID',
        context: expect.objectContaining({ field, value }),
        remedy: expect.stringContaining(remedy),
      }),
    );
  });

  it('opens the durable ports where their URLs say, once, and only when asked', async () => {
    const place = join(folder, 'durable');
    const ports = open('memory:', 'parquet:./never-opened', {
      eventLog: { url: `lmdb:${place}/log` },
      stateStore: { url: `lmdb://${place}/state` },
      archive: { url: `file:${place}/audit` },
    });
    expect(await readdir(folder)).not.toContain('durable');
    const [log, state, archive] = await Promise.all([
      ports.eventLog(),
      ports.stateStore(),
      ports.archive(),
    ]);
    expect(await ports.eventLog()).toBe(log);
    expect((await readdir(place)).sort()).toEqual(['audit', 'log', 'state']);
    await ports.close();
    expect([log, state, archive].map((port) => port.health().ok)).toEqual([false, false, false]);
  });

  it.each([
    ['eventLog', 'redis://h', 'lmdb:./folder'],
    ['eventLog', 'lmdb:', 'lmdb:./data/log'],
    ['stateStore', './data/state', 'lmdb:./folder'],
    ['stateStore', 'lmdb:', 'lmdb:./data/state'],
    ['eventLog', 'kafka://host', 'kafka://host:9092'],
    ['eventLog', 'kafka://h:1?replicas=0', '&replicas=3'],
    ['stateStore', 'dynamodb://here', 'dynamodb://region'],
    ['stateStore', 'dynamodb://eu-west-1?table=x', 'dynamodb://region'],
    ['stateStore', 'dynamodb+http://h:1?create=maybe', '?create=true'],
    ['archive', 's3://UPPER/x?region=eu-west-1', 's3://bucket/prefix'],
    ['archive', 's3://bucket/x', '?region='],
    ['archive', 's3://bucket?region=eu-west-1&retentionDays=0', '&retentionDays=365'],
    ['archive', 's3://bucket?endpoint=ftp://h', '&endpoint=http'],
    ['archive', 'ftp://h/x', 'file:./folder'],
    ['archive', 'file:', 'file:./data/audit'],
  ])('refuses %s.url %j with field, value and remedy', (port, url, remedy) => {
    expect(() => open('memory:', 'parquet:./x', { [port]: { url } })).toThrow(
      expect.objectContaining({
        code: 'STORAGE_URL_INVALID',
        context: { field: `${port}.url`, value: url },
        remedy: expect.stringContaining(remedy),
      }),
    );
  });

  it('shows no password and no token in its errors', () => {
    const password = 'the-password';
    const token = 'the-token';
    for (const [bus, store] of [
      [`redis://me:${password}@h/no`, 'parquet:./x'],
      [`mongo://me:${password}@h`, 'parquet:./x'],
      ['memory:', `influxdb://h/org?token=${token}`],
    ] as const) {
      let message = '';
      try {
        open(bus, store);
      } catch (error) {
        message = `${String(error)} ${JSON.stringify(error)}`;
      }
      expect(message).toContain('***');
      expect(message).not.toContain(password);
      expect(message).not.toContain(token);
    }
  });

  it('says that a Redis does not answer, and tries again when asked again', async () => {
    const ports = open(`redis://127.0.0.1:${await freePort()}`, `parquet:${folder}`);
    const unavailable = { code: 'STORAGE_UNAVAILABLE', retry: 'safe' };
    await expect(ports.marketBus()).rejects.toMatchObject(unavailable);
    await expect(ports.marketBus()).rejects.toMatchObject(unavailable);
    await ports.close();
  });

  it('counts through the metrics it was given', async () => {
    const given = tools();
    const market = { bus: { url: 'memory:' }, tickStore: { url: `parquet:${folder}` } };
    const ports = openPorts({ config: { ...market, ...durable }, ...given });
    const bus = await ports.marketBus();
    bus.publish(sampleBook());
    const labels = { bus: 'memory', kind: 'book' };
    expect(given.metrics.value('ats_storage_bus_published_total', labels)).toBe(1);
    await ports.close();
  });
});
