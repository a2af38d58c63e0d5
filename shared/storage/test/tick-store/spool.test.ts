import { mkdtempSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemTimers } from '@ats/runtime';
import { openInfluxTickStore, type TickStore } from '@ats/storage';
import { memoryMetrics, sampleQuoteTick, silentLogger, until } from '@ats/testkit';
import { LineSpool } from '../../src/tick-store/line-spool.ts';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'ats-spool-'));

/** A server that takes lines as InfluxDB does, whatever is in them, and can be away. */
class LineServer {
  away = false;
  /** Answered to all writes while it is there. */
  status = 204;
  readonly lines: string[] = [];
  private readonly server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      if (!this.away && this.status === 204) this.lines.push(...body.split('\n'));
      response.writeHead(this.away ? 503 : this.status).end();
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', () => resolve());
    });
    return `influxdb://127.0.0.1:${(this.server.address() as AddressInfo).port}/o/b`;
  }

  /** When each line was received, microseconds. */
  get times(): number[] {
    return this.lines.map((line) => Number(BigInt(line.split(' ').at(-1) ?? '0') / 1000n));
  }

  close(): void {
    this.server.close();
  }
}

describe('ticks while InfluxDB is away', () => {
  let server: LineServer;
  let url: string;
  let folder: string;
  const metrics = memoryMetrics();
  const stores: TickStore[] = [];
  beforeEach(async () => {
    server = new LineServer();
    url = await server.listen();
    folder = newFolder();
  });
  afterEach(async () => {
    server.away = false;
    for (const store of stores.splice(0)) await store.close().catch(() => undefined);
    server.close();
  });

  const open = async (options: { bytesMax?: number; queueMax?: number } = {}) => {
    const store = await openInfluxTickStore({
      url,
      spool: { folder, bytesMax: options.bytesMax ?? 10_000_000 },
      clock: systemClock,
      timers: systemTimers,
      logger: silentLogger(),
      metrics,
      batchSize: 10,
      flushIntervalMs: 20,
      queueMax: options.queueMax ?? 50,
    });
    stores.push(store);
    return store;
  };
  const quotes = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => sampleQuoteTick({ offsetUs: from + at }));
  const append = async (store: TickStore, from: number, count: number): Promise<void> => {
    for (const quote of quotes(from, count)) await until(() => store.append(quote));
  };
  const timesOf = (from: number, count: number) =>
    quotes(from, count).map(({ receivedAtUs }) => receivedAtUs);

  it('wait on the disk, more than the queue holds, and come in order when it is back', async () => {
    const store = await open();
    await append(store, 0, 5);
    await store.flush();
    server.away = true;
    await append(store, 5, 400);
    await expect(store.flush()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(store.health()).toMatchObject({ ok: false });
    server.away = false;
    await append(store, 405, 20);
    await store.flush();
    expect(server.times).toEqual(timesOf(0, 425));
    expect(store.health()).toEqual({ ok: true, reason: '' });
    expect(metrics.value('ats_storage_tick_spool_ticks')).toBe(0);
  });

  it('come without anything new to write', async () => {
    const store = await open();
    server.away = true;
    await append(store, 0, 30);
    await until(() => metrics.value('ats_storage_tick_spool_ticks') === 30);
    server.away = false;
    await until(() => server.lines.length === 30);
  });

  it('outlive the process that kept them, and a kill in the middle of keeping', async () => {
    server.away = true;
    const before = await open();
    await append(before, 0, 35);
    await before.close();
    writeFileSync(join(folder, '0', '000000009999-7.lp.gz.draft'), 'half');
    server.away = false;
    const after = await open();
    await append(after, 35, 5);
    await after.flush();
    expect(server.times).toEqual(timesOf(0, 40));
    expect(readdirSync(join(folder, '0'))).toEqual(['owner.pid']);
  });

  it('stay in memory, bounded, when the disk has no room for them', async () => {
    const store = await open({ bytesMax: 1 });
    server.away = true;
    await append(store, 0, 50);
    await until(() => !store.append(sampleQuoteTick({ offsetUs: 50 })));
    server.away = false;
    await store.flush();
    expect(server.times.slice(0, 50)).toEqual(timesOf(0, 50));
  });

  it('are dropped and counted when the server refuses them for good', async () => {
    const store = await open();
    server.away = true;
    await append(store, 0, 30);
    await until(() => metrics.value('ats_storage_tick_spool_ticks') === 30);
    const dropped = () => metrics.value('ats_storage_ticks_dropped_total', { reason: 'refused' });
    const before = dropped();
    server.status = 400;
    server.away = false;
    await until(() => dropped() - before === 30);
    expect(metrics.value('ats_storage_tick_spool_ticks')).toBe(0);
    server.status = 204;
    await append(store, 30, 5);
    await store.flush();
    expect(server.times).toEqual(timesOf(30, 5));
  });

  it('have a folder for each process of one parent', async () => {
    const first = await LineSpool.open({ folder, bytesMax: 1000 });
    const second = await LineSpool.open({ folder, bytesMax: 1000 });
    await second.keep({ lines: 'a', ticks: 1 });
    expect(first.ticks).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['0', '1']);
    first.close();
    second.close();
  });

  it('do not hold up others when one file of theirs was damaged', async () => {
    server.away = true;
    const before = await open();
    await append(before, 0, 20);
    await before.close();
    const [name = ''] = readdirSync(join(folder, '0')).filter((one) => one.endsWith('.gz'));
    truncateSync(join(folder, '0', name), 5);
    server.away = false;
    const after = await open();
    await append(after, 20, 5);
    await after.flush();
    expect(server.times).toEqual(timesOf(10, 15));
  });
});
