import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemTimers } from '@ats/runtime';
import { openInfluxTickStore } from '@ats/storage';
import {
  describeWithEngine,
  type HttpServerProcess,
  type InfluxServer,
  memoryMetrics,
  sampleQuoteTick,
  silentLogger,
  startInflux,
  startVictoriaMetrics,
  tickStoreContract,
  until,
} from '@ats/testkit';

const base = { clock: systemClock, timers: systemTimers };

function urlOf({ host, port, organisation, bucket, token }: InfluxServer): string {
  return `influxdb://${host}:${port}/${organisation}/${bucket}?token=${token}`;
}

describeWithEngine('influxdb', 'influxdb: tick store on InfluxDB 2', () => {
  let server: InfluxServer;
  beforeAll(async () => {
    server = await startInflux();
  }, 60_000);
  afterAll(() => server.close());

  tickStoreContract({
    open: (environment) => openInfluxTickStore({ url: urlOf(server), ...base, ...environment }),
    reset: () => server.empty(),
    limits: { scan: 'ordered' },
    outage: { begin: () => server.kill(), end: () => server.restart() },
  });

  it('reads back what waited on the disk, more than the queue holds', async () => {
    await server.empty();
    const tools = { ...base, logger: silentLogger(), metrics: memoryMetrics() };
    const limits = { batchSize: 100, flushIntervalMs: 20, queueMax: 500 };
    const spool = { folder: mkdtempSync(join(tmpdir(), 'ats-spool-')), bytesMax: 10_000_000 };
    const store = await openInfluxTickStore({ url: urlOf(server), spool, ...tools, ...limits });
    const quotes = Array.from({ length: 2000 }, (_, at) => sampleQuoteTick({ offsetUs: at }));
    await server.kill();
    for (const quote of quotes) await until(() => store.append(quote));
    await server.restart();
    await store.flush();
    const found = [];
    for await (const batch of store.scan({ kind: 'quote' })) found.push(...batch);
    expect(found).toEqual(quotes);
    await store.close();
  }, 60_000);
});

describeWithEngine('victoria-metrics', 'influxdb: tick store writing to VictoriaMetrics', () => {
  let server: HttpServerProcess;
  afterAll(() => server.close());

  const post = async (path: string, form: Record<string, string>): Promise<string> => {
    const body = new URLSearchParams(form);
    return (await fetch(`${server.url}${path}`, { method: 'POST', body })).text();
  };

  tickStoreContract({
    open(environment) {
      const url = `influxdb://${server.host}:${server.port}/any/ticks`;
      return openInfluxTickStore({ url, ...base, ...environment });
    },
    // A new server: series that were deleted come back short when they are written again.
    async reset() {
      await server?.close();
      server = await startVictoriaMetrics();
    },
    limits: { scan: 'none' },
    // It holds its newest points in memory, so a kill would lose what it has acknowledged.
    outage: { begin: () => server.stop(), end: () => server.restart() },
    async count() {
      await post('/internal/force_flush', {});
      const start = '2026-01-01T00:00:00Z';
      const series = await post('/api/v1/export', { 'match[]': 'ats_quote_bid', start });
      return series
        .split('\n')
        .filter((line) => line !== '')
        .reduce((sum, line) => sum + (JSON.parse(line) as { values: unknown[] }).values.length, 0);
    },
  });
});
