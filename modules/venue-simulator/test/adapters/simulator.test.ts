import { createServer, type Server } from 'node:http';
import { connect as netConnect } from 'node:net';
import { seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { type MemoryMetrics, memoryMetrics, silentLogger, until } from '@ats/testkit';
import { WebSocket } from 'ws';
import { type RunningSimulator, startSimulator } from '../../src/app/start-simulator.ts';
import { testConfig } from '../domain/model/open-model.ts';
import { letterDialect } from './letter-dialect.ts';

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Started {
  readonly simulator: RunningSimulator;
  readonly metrics: MemoryMetrics;
  readonly ws: string;
  readonly rest: string;
}

async function start(...assignments: string[]): Promise<Started> {
  const metrics = memoryMetrics();
  const simulator = await startSimulator({
    config: testConfig(['admin.ports.venue-simulator=0', ...assignments]),
    clock: systemClock,
    timers: systemTimers,
    random: seededRandom(1),
    logger: silentLogger(),
    metrics: Object.assign(metrics, { collect: async () => [], families: () => [] }),
    dialects: ['binance', 'kraken'].map(letterDialect),
  });
  open.push(() => simulator.close());
  const { ws = '', rest = '' } = simulator.venues['binance'] ?? {};
  return { simulator, metrics, ws, rest };
}

interface TestClient {
  readonly socket: WebSocket;
  readonly frames: string[];
  closeCode: number | undefined;
}

async function connect(url: string): Promise<TestClient> {
  const socket = new WebSocket(url);
  const client: TestClient = { socket, frames: [], closeCode: undefined };
  socket.on('message', (data) => client.frames.push(String(data)));
  socket.on('error', () => {});
  socket.on('close', (code) => {
    client.closeCode = code;
  });
  open.push(() => socket.terminate());
  await until(() => socket.readyState !== WebSocket.CONNECTING, { what: 'the connection' });
  return client;
}

const fault = (simulator: RunningSimulator, body: unknown): Promise<Response> =>
  fetch(`${simulator.adminUrl}/admin/faults`, { method: 'POST', body: JSON.stringify(body) });

const calm = (simulator: RunningSimulator): Promise<Response> =>
  fetch(`${simulator.adminUrl}/admin/faults`, { method: 'DELETE' });

describe('a simulated exchange', () => {
  test('speaks its dialect over REST and WebSocket', async () => {
    const { ws, rest } = await start();
    const client = await connect(ws);
    client.socket.send('abc');
    await until(() => client.frames.length === 3);
    expect(client.frames).toEqual(['a', 'b', 'c']);
    const answer = await fetch(`${rest}/echo?a=1`, { method: 'POST', body: 'hello' });
    expect([answer.status, answer.headers.get('x-query'), await answer.text()]).toEqual([
      200,
      'a=1',
      'hello',
    ]);
    expect((await fetch(`${rest}/nowhere`)).status).toBe(404);
  });

  test('streams a market that moves with the clock', async () => {
    const { ws, simulator } = await start();
    const client = await connect(ws.replace('letters', 'numbers'));
    await until(() => client.frames.length > 50);
    const times = client.frames.map(Number);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(Math.abs(systemClock.nowUs() - (times.at(-1) ?? 0))).toBeLessThan(2e6);
    expect(simulator.model.nowUs).toBeGreaterThanOrEqual(times.at(-1) ?? 0);
  });

  test('refuses an unknown path, and one connection more than the limit', async () => {
    const { ws, metrics } = await start('simulator.connectionsMax=1');
    const wrong = await connect(ws.replace('letters', 'wrong'));
    expect(wrong.socket.readyState).not.toBe(WebSocket.OPEN);
    const first = await connect(ws);
    const second = await connect(ws);
    expect(first.socket.readyState).toBe(WebSocket.OPEN);
    expect(second.socket.readyState).not.toBe(WebSocket.OPEN);
    const refused = 'ats_venue_simulator_connections_refused_total';
    expect(metrics.value(refused, { reason: 'path' })).toBe(1);
    expect(metrics.value(refused, { reason: 'limit' })).toBe(1);
  });

  test('disconnects a client that does not read', async () => {
    const { ws, metrics } = await start('simulator.sendBufferBytesMax=100000');
    const client = await connect(ws);
    client.socket.pause();
    client.socket.send('flood 90000');
    client.socket.send('flood 110000');
    const slow = 'ats_venue_simulator_slow_clients_total';
    await until(() => metrics.value(slow, { venue: 'binance' }) === 1);
    client.socket.resume();
    await until(() => client.closeCode !== undefined);
    expect(client.closeCode).toBe(1006);
  });

  test('refuses a body above the limit and survives a dialect that throws', async () => {
    const { ws, rest } = await start('simulator.requestBytesMax=64');
    const body = 'x'.repeat(100);
    const status = await fetch(`${rest}/echo`, { method: 'POST', body }).then((one) => one.status);
    expect(status).toBe(413);
    const client = await connect(ws);
    client.socket.send('throw');
    await until(() => client.closeCode === 1011);
    expect((await fetch(`${rest}/echo`)).status).toBe(200);
  });
});

describe('a simulated exchange that is asked nonsense', () => {
  test.each(['GET // HTTP/1.1', 'GET /letters HTTP/1.1\r\nupgrade: websocket', 'GET http://'])(
    'answers or hangs up, and lives on: %j',
    async (lines) => {
      const { rest } = await start();
      const socket = netConnect(Number(new URL(rest).port), '127.0.0.1');
      open.push(() => socket.destroy());
      let closed = false;
      socket
        .on('error', () => {})
        .on('close', () => {
          closed = true;
        });
      socket.resume().end(`${lines}\r\nhost: x\r\nconnection: ${upgradeOrClose(lines)}\r\n\r\n`);
      await until(() => closed);
      expect((await fetch(`${rest}/echo`)).status).toBe(200);
    },
  );
});

describe('a fault', () => {
  test('gap: loses as many data frames as asked, and no more', async () => {
    const { simulator, ws } = await start();
    const client = await connect(ws);
    await fault(simulator, { kind: 'gap', venue: 'binance', count: 2 });
    client.socket.send('abcd');
    await until(() => client.frames.length === 2);
    expect(client.frames).toEqual(['c', 'd']);
  });

  test('duplicate: doubles as many data frames as asked', async () => {
    const { simulator, ws } = await start();
    const client = await connect(ws);
    await fault(simulator, { kind: 'duplicate', count: 1 });
    client.socket.send('ab');
    await until(() => client.frames.length === 3);
    expect(client.frames).toEqual(['a', 'a', 'b']);
  });

  test('disconnect: breaks the connections of one venue only', async () => {
    const { simulator, ws } = await start();
    const hit = await connect(ws);
    const spared = await connect(simulator.venues['kraken']?.ws ?? '');
    await fault(simulator, { kind: 'disconnect', venue: 'binance' });
    await until(() => hit.closeCode === 1006);
    expect(spared.socket.readyState).toBe(WebSocket.OPEN);
  });

  test('latency: delays frames and answers and keeps their order', async () => {
    const { simulator, ws, rest } = await start();
    const client = await connect(ws);
    await fault(simulator, { kind: 'latency', amountMs: 150, durationMs: 0 });
    const beganMs = performance.now();
    client.socket.send('abc');
    await until(() => client.frames.length === 3);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(145);
    expect(client.frames).toEqual(['a', 'b', 'c']);
    const askedMs = performance.now();
    await fetch(`${rest}/echo`);
    expect(performance.now() - askedMs).toBeGreaterThanOrEqual(145);
  });

  test('rate limit: answers REST as the dialect does, until it ends', async () => {
    const { simulator, rest } = await start();
    await fault(simulator, { kind: 'rate-limit', durationMs: 0 });
    expect((await fetch(`${rest}/echo`)).status).toBe(418);
    await fault(simulator, { kind: 'rate-limit', durationMs: 100 });
    await until(async () => (await fetch(`${rest}/echo`)).status === 200);
  });

  test('maintenance: tells clients, closes them, refuses new ones, and ends', async () => {
    const { simulator, ws, rest } = await start();
    const client = await connect(ws);
    await fault(simulator, { kind: 'maintenance', durationMs: 0 });
    expect((await fetch(`${rest}/echo`)).status).toBe(503);
    const refused = await connect(ws);
    expect(refused.socket.readyState).not.toBe(WebSocket.OPEN);
    await until(() => client.closeCode === 1012);
    expect(client.frames).toEqual(['maintenance']);
    await calm(simulator);
    await until(async () => (await connect(ws)).socket.readyState === WebSocket.OPEN);
  });

  test('clock drift: moves the time of the venue, not of others', async () => {
    const { simulator, rest } = await start();
    const other = simulator.venues['kraken']?.rest ?? '';
    await fault(simulator, { kind: 'clock-drift', venue: 'binance', amountMs: 60_000 });
    const [drifted, right] = await Promise.all(
      [rest, other].map(async (url) => Number(await (await fetch(`${url}/time`)).text())),
    );
    expect((drifted ?? 0) - (right ?? 0)).toBeGreaterThan(50e6);
  });

  test('crossed: shows a crossed book on the venue for a while', async () => {
    const { simulator } = await start();
    const book = simulator.model.venues.get('binance')?.markets.get('BTCUSDT')?.book;
    await fault(simulator, { kind: 'crossed', venue: 'binance', durationMs: 0 });
    await until(() => book?.isCrossed() === true);
    await fault(simulator, { kind: 'crossed', venue: 'binance', durationMs: 200 });
    await until(() => book?.isCrossed() === false);
  });

  test('price shock: moves the prices of the venue, later on, and back when it ends', async () => {
    const { simulator } = await start();
    const markets = simulator.model.venues.get('binance')?.markets;
    const bidOf = (symbol: string): number =>
      markets?.get(symbol)?.engine.bestPriceTicks('bid') ?? Number.NaN;
    const [btc, eth] = [bidOf('BTCUSDT'), bidOf('ETHUSDT')];
    const shock = { kind: 'price-shock', venue: 'binance', asset: 'BTC', amountBps: -2000 };
    await fault(simulator, { ...shock, durationMs: 0, afterMs: 100 });
    await until(() => bidOf('BTCUSDT') < 0.82 * btc);
    expect(bidOf('ETHUSDT')).toBeGreaterThan(0.95 * eth);
    await calm(simulator);
    await until(() => bidOf('BTCUSDT') > 0.95 * btc);
  });

  test('kill: breaks and refuses connections until the venue is back', async () => {
    const { simulator, ws, rest } = await start();
    const client = await connect(ws);
    await fault(simulator, { kind: 'kill', venue: 'binance', durationMs: 0 });
    await until(() => client.closeCode === 1006);
    await expect(fetch(`${rest}/echo`)).rejects.toThrow();
    expect((await fetch(`${simulator.adminUrl}/readyz`)).status).toBe(503);
    await calm(simulator);
    await until(async () => (await fetch(`${rest}/echo`)).status === 200);
    expect((await fetch(`${simulator.adminUrl}/readyz`)).status).toBe(200);
  });

  test('is listed while in force and ends when all are cleared', async () => {
    const { simulator, rest } = await start();
    await fault(simulator, { kind: 'rate-limit', venue: 'binance', durationMs: 0 });
    const url = `${simulator.adminUrl}/admin/faults`;
    expect(await (await fetch(url)).json()).toEqual({
      venues: { binance: ['rate-limit'], kraken: [] },
    });
    await calm(simulator);
    expect((await fetch(`${rest}/echo`)).status).toBe(200);
  });

  test('that cannot be read or names no venue is refused with what to do', async () => {
    const { simulator } = await start();
    const unknown = await fault(simulator, { kind: 'gap', venue: 'mars' });
    expect(unknown.status).toBe(400);
    expect(await unknown.json()).toMatchObject({ code: 'VENUE_UNKNOWN' });
    expect((await fault(simulator, { kind: 'rain' })).status).toBe(400);
    const text = await fetch(`${simulator.adminUrl}/admin/faults`, { method: 'POST', body: '{' });
    expect(text.status).toBe(400);
  });
});

describe('the simulator', () => {
  test('names the setting when a port is in use, and leaves nothing open', async () => {
    const occupant = createServer();
    const port = await listen(occupant);
    open.push(() => occupant.close());
    const spare = createServer();
    const sparePort = await listen(spare);
    await new Promise((resolve) => spare.close(resolve));
    const ports = [`simulator.ports.binance=${sparePort}`, `simulator.ports.kraken=${port}`];
    await expect(start(...ports)).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      context: { field: 'simulator.ports.kraken', value: port },
    });
    const again = createServer();
    open.push(() => again.close());
    await listen(again, sparePort);
    expect(again.listening).toBe(true);
  });
});

const upgradeOrClose = (lines: string): string => (lines.includes('upgrade') ? 'upgrade' : 'close');

async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
