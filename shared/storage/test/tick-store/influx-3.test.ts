import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock, systemTimers } from '@ats/runtime';
import { openInfluxTickStore, probeEngine, setUpInflux } from '@ats/storage';
import { memoryMetrics, sampleQuoteTick, silentLogger } from '@ats/testkit';

/**
 * Answers as the documentation of InfluxDB 3 Core says: /ping with a version, /health without,
 * /api/v2/write, and 404 for what it has not. It is not InfluxDB.
 */
async function documentedCore(): Promise<{ server: Server; url: string; written: string[] }> {
  const written: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://here');
    if (pathname === '/ping') response.setHeader('x-influxdb-version', '3.8.0');
    if (pathname !== '/api/v2/write') {
      response.writeHead(['/ping', '/health'].includes(pathname) ? 200 : 404).end('OK');
      return;
    }
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.once('end', () => {
      written.push(body);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { server, written, url: `influxdb://127.0.0.1:${port}/any/ticks?token=secret` };
}

describe('a server that says it is InfluxDB 3', () => {
  let core: Awaited<ReturnType<typeof documentedCore>>;
  beforeAll(async () => {
    core = await documentedCore();
  });
  afterAll(() => {
    core.server.closeAllConnections();
    core.server.close();
  });

  it('takes ticks, and reading them says what to use instead', async () => {
    const store = await openInfluxTickStore({
      ...{ url: core.url, clock: systemClock, timers: systemTimers },
      ...{ logger: silentLogger(), metrics: memoryMetrics() },
    });
    store.append(sampleQuoteTick());
    await store.flush();
    expect(core.written.join('\n')).toMatch(/^ats_quote,/);
    const reading = async () => {
      for await (const _ of store.scan({ kind: 'quote' })) break;
    };
    await expect(reading()).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'never',
      message: expect.stringMatching(/cannot be read at .*token=\*\*\*.* 3\.8\.0 knows no Flux/),
      remedy: expect.stringContaining('/api/v3/query_sql'),
    });
    await store.close();
  });

  it('is not set up, for it has neither tasks nor Flux', async () => {
    const setUp = setUpInflux({ url: core.url, ticksMs: 0, barsMs: 0 });
    await expect(setUp).rejects.toThrow(/cannot be set up .* 3\.8\.0 knows no Flux/);
  });

  it('is warned of by a probe', async () => {
    await expect(probeEngine(core.url, { timeoutMs: 5000 })).resolves.toMatchObject({
      engine: 'InfluxDB 3.8.0',
      warnings: [expect.stringContaining('no Flux')],
    });
  });
});
