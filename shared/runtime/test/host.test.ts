import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  type Host,
  loadConfig,
  openHost,
  type RpcDirectory,
  type RunningService,
  type ServiceModule,
  sharedConfigSchema,
  systemClock,
  systemTimers,
} from '../src/index.ts';

const folder = join(import.meta.dirname, '../../../config');
const free = ['price-collector', 'trading-engine', 'risk-manager', 'venue-simulator'].map(
  (name) => `admin.ports.${name}=0`,
);

interface Closed {
  readonly closed: string[];
  readonly lines: string[];
}

function open(seen: Closed, set: string[] = []): Promise<Host<{ close(): Promise<void> }>> {
  const lines = new Writable({
    write(chunk, _encoding, done) {
      seen.lines.push(String(chunk));
      done();
    },
  });
  const closable = (name: string) => ({
    close: async () => {
      seen.closed.push(name);
    },
  });
  return openHost({
    loaded: loadConfig({ folder, environment: {}, assignments: [...free, ...set] }),
    clock: systemClock,
    timers: systemTimers,
    logDestination: lines,
    openPorts: ({ metrics }) => {
      metrics.gauge({ name: 'ats_storage_test_ratio', help: 'Test.', labels: [] }).set({}, 1);
      return closable('ports');
    },
    openRpc: () => ({ ...closable('rpc') }) as RpcDirectory & { close(): Promise<void> },
  });
}

function service(name: string, running: RunningService): ServiceModule<unknown, unknown> {
  return { name, configSchema: sharedConfigSchema, start: async () => running };
}

const ready = { ready: true, reasons: [] };

describe('host', () => {
  test('drains in reverse order of start, then closes what the services shared', async () => {
    const seen: Closed = { closed: [], lines: [] };
    const host = await open(seen);
    for (const name of ['risk-manager', 'trading-engine']) {
      const drain = async () => {
        seen.closed.push(name);
      };
      await host.start(service(name, { readiness: () => ready, drain }));
    }
    await host.stop();
    expect(seen.closed).toEqual(['trading-engine', 'risk-manager', 'rpc', 'ports']);
  });

  test('serves health, readiness with reasons, and metrics of each service', async () => {
    const seen: Closed = { closed: [], lines: [] };
    const host = await open(seen);
    let state: { ready: boolean; reasons: string[] } = { ready: false, reasons: ['no book yet'] };
    await host.start(
      service('risk-manager', { readiness: () => state, drain: () => Promise.resolve() }),
    );
    const url = host.admin.get('risk-manager');
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.json()]).toEqual([
      200,
      { status: 'ok', service: 'risk-manager' },
    ]);
    const waiting = await fetch(`${url}/readyz`);
    expect([waiting.status, await waiting.json()]).toMatchObject([
      503,
      { ready: false, reasons: ['no book yet'] },
    ]);
    state = { ready: true, reasons: [] };
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('service="risk-manager"');
    expect((await fetch(`${url}/secret`)).status).toBe(404);
    expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(405);
    await host.stop();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  test('shows the metrics of what services share once, with the first of them', async () => {
    const host = await open({ closed: [], lines: [] });
    const shown: boolean[] = [];
    for (const name of ['risk-manager', 'trading-engine']) {
      await host.start(service(name, { readiness: () => ready, drain: () => Promise.resolve() }));
      const text = await (await fetch(`${host.admin.get(name)}/metrics`)).text();
      shown.push(text.includes('ats_storage_test_ratio{service="host"} 1'));
    }
    expect(shown).toEqual([true, false]);
    await host.stop();
  });

  test('names the service that does not stop within the deadline', async () => {
    const host = await open({ closed: [], lines: [] }, ['drainMs=100']);
    const keepAlive = setInterval(() => undefined, 1000);
    const stuck = { readiness: () => ready, drain: () => new Promise<void>(() => undefined) };
    await host.start(service('trading-engine', stuck));
    await expect(host.stop()).rejects.toMatchObject({
      code: 'DRAIN_DEADLINE_EXCEEDED',
      context: { service: 'trading-engine' },
    });
    clearInterval(keepAlive);
  });

  test('a port in use is refused by field and number, and the service drained again', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const seen: Closed = { closed: [], lines: [] };
    const host = await open(seen, [`admin.ports.risk-manager=${port}`]);
    const drain = async () => {
      seen.closed.push('risk-manager');
    };
    await expect(
      host.start(service('risk-manager', { readiness: () => ready, drain })),
    ).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      context: { field: 'admin.ports.risk-manager', value: port },
    });
    expect(seen.closed).toEqual(['risk-manager']);
    await host.stop();
    taken.close();
  });
});
