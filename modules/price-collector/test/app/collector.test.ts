import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BookTop, MarketEvent } from '@ats/domain';
import { systemClock, systemTimers } from '@ats/runtime';
import { until } from '@ats/testkit';
import { type WebSocket, WebSocketServer } from 'ws';
import { replayFrames, serveFrames } from '../../src/index.ts';
import { collectorConfig, describeRecordingFile, startCollector, venueConfig } from '../support.ts';

const runtime = { clock: systemClock, timers: systemTimers };
const BINANCE = {
  'NKN/USDT': 'NKNUSDT',
  'BLZ/ETH': 'BLZETH',
  'LRC/BTC': 'LRCBTC',
  'RUNE/EUR': 'RUNEEUR',
};

function newestBook(events: readonly MarketEvent[], instrument: string): BookTop | undefined {
  return events.findLast(
    (event): event is BookTop => event.kind === 'book' && event.instrument === instrument,
  );
}

describeRecordingFile('binance-2021-10-11', (file) => {
  it('publishes through sockets the books that a replay of the file ends with', async () => {
    const expected = await replayFrames({ file, ...runtime });
    const server = await serveFrames({ file, speed: 'max', port: 0, ...runtime });
    const { ws, rest } = server.endpoints;
    const venue = venueConfig({ feed: 'binance', ws: [ws], rest: [rest], symbols: BINANCE });
    const collector = await startCollector(collectorConfig({ binance: venue }));
    const wanted = Object.entries(expected.books).filter(([, { bids }]) => bids.length > 0);
    expect(wanted.length).toBeGreaterThan(1);
    for (const [instrument, { bids, asks }] of wanted) {
      await until(() => {
        const top = newestBook(collector.events, instrument);
        if (top === undefined) return false;
        const same = (numbers: Float64Array, levels: typeof bids, field: 0 | 1): boolean =>
          levels.every((level, index) => Number(level[field]) === numbers[index]);
        return (
          same(top.bidPrices, bids, 0) &&
          same(top.bidSizes, bids, 1) &&
          same(top.askPrices, asks, 0) &&
          same(top.askSizes, asks, 1)
        );
      });
    }
    await until(() => collector.running.stats().venues.binance?.frames === expected.frames);
    expect(collector.running.stats().frameToBook.count).toBeGreaterThanOrEqual(wanted.length);
    expect(collector.running.readiness()).toEqual({ ready: true, reasons: [] });
    await collector.running.drain();
    await server.close();
    const last = collector.events.at(-1);
    expect(last).toMatchObject({ kind: 'status', state: 'down', reason: 'SHUTDOWN' });
  });

  it('records what it receives, so that the recording replays to the same summary', async () => {
    const server = await serveFrames({ file, speed: 'max', port: 0, ...runtime });
    const { ws, rest } = server.endpoints;
    const venue = venueConfig({ feed: 'binance', ws: [ws], rest: [rest], symbols: BINANCE });
    const record = join(await mkdtemp(join(tmpdir(), 'ats-record-')), 'frames.jsonl.gz');
    const collector = await startCollector(collectorConfig({ binance: venue }, { record }));
    const before = await replayFrames({ file, ...runtime });
    await until(() => {
      const live = collector.running.markets().filter(({ state }) => state === 'live').length;
      const { binance } = collector.running.stats().venues;
      return live === 4 && binance?.frames === before.frames;
    });
    await collector.running.drain();
    await server.close();
    const after = await replayFrames({ file: record, ...runtime });
    expect(after).toEqual(before);
    expect((await readFile(record)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });
});

/** A Binance that sends what the test tells it to. */
async function openFakeVenue(snapshot: () => { status: number; body: string }) {
  const requests: string[] = [];
  const sockets: WebSocket[] = [];
  const http = createServer((request, response) => {
    requests.push(request.url ?? '');
    const { status, body } = snapshot();
    response.writeHead(status).end(body);
  });
  const server = new WebSocketServer({ server: http });
  const texts: string[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data) => texts.push(String(data)));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    ws: `ws://127.0.0.1:${port}/stream`,
    rest: `http://127.0.0.1:${port}`,
    requests,
    texts,
    sockets,
    send: (firstId: number, lastId: number) =>
      sockets.at(-1)?.send(
        JSON.stringify({
          stream: 'btcusdt@depth@100ms',
          data: {
            e: 'depthUpdate',
            E: 1_700_000_000_000 + lastId,
            s: 'BTCUSDT',
            U: firstId,
            u: lastId,
            b: [['100.00', String(lastId)]],
            a: [['101.00', '1']],
          },
        }),
      ),
    async close() {
      for (const socket of sockets) socket.terminate();
      server.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

const depth = (lastUpdateId: number) => ({
  status: 200,
  body: JSON.stringify({ lastUpdateId, bids: [['99.00', '5']], asks: [['102.00', '5']] }),
});

const statesOf = (events: readonly MarketEvent[]) =>
  events.flatMap((event) => (event.kind === 'status' ? [`${event.state}:${event.reason}`] : []));

describe('a collector whose venue misbehaves', () => {
  it('drops a book at a gap, says so, and brings it back from a new snapshot', async () => {
    let snapshotId = 10;
    const venue = await openFakeVenue(() => depth(snapshotId));
    const symbols = { 'BTC/USDT': 'BTCUSDT' };
    const config = venueConfig({ feed: 'binance', ws: [venue.ws], rest: [venue.rest], symbols });
    const collector = await startCollector(collectorConfig({ binance: config }));
    await until(() => venue.sockets.length === 1);
    await until(() => statesOf(collector.events).includes('connecting:SUBSCRIBED'));
    venue.send(10, 12);
    await until(() => newestBook(collector.events, 'BTC/USDT')?.bidSizes[0] === 12);
    snapshotId = 20;
    venue.send(15, 16);
    await until(() => statesOf(collector.events).includes('resyncing:SEQUENCE_GAP'));
    venue.send(17, 21);
    await until(() => newestBook(collector.events, 'BTC/USDT')?.bidSizes[0] === 21);
    expect(statesOf(collector.events)).toEqual([
      'connecting:SUBSCRIBED',
      'live:SNAPSHOT',
      'resyncing:SEQUENCE_GAP',
      'live:SNAPSHOT',
    ]);
    await collector.metrics.text();
    const labels = { venue: 'binance', reason: 'SEQUENCE_GAP' };
    expect(collector.metrics.value('ats_collector_books_dropped_total', labels)).toBe(1);
    await collector.running.drain();
    await venue.close();
  });

  it('fails over to the next endpoint and subscribes there anew', async () => {
    const first = await openFakeVenue(() => depth(10));
    const second = await openFakeVenue(() => depth(10));
    const config = venueConfig({
      feed: 'binance',
      ws: [first.ws, second.ws],
      rest: [first.rest, second.rest],
      symbols: { 'BTC/USDT': 'BTCUSDT' },
    });
    const collector = await startCollector(collectorConfig({ binance: config }));
    await until(() => first.sockets.length === 1);
    await until(() => statesOf(collector.events).includes('connecting:SUBSCRIBED'));
    first.send(10, 12);
    await until(() => newestBook(collector.events, 'BTC/USDT') !== undefined);
    await first.close();
    await until(() => statesOf(collector.events).includes('down:DISCONNECTED'));
    await until(() => second.sockets.length === 1);
    await until(() => second.texts.length > 0);
    expect(JSON.parse(second.texts[0] as string)).toMatchObject({ method: 'SUBSCRIBE' });
    second.send(11, 13);
    await until(() => newestBook(collector.events, 'BTC/USDT')?.bidSizes[0] === 13);
    await collector.running.drain();
    await second.close();
  });

  it('asks for a snapshot again when REST fails, and rests when told to slow down', async () => {
    const answers = [{ status: 500, body: 'no' }, depth(10)];
    const venue = await openFakeVenue(() => answers.shift() ?? depth(10));
    const config = venueConfig({
      feed: 'binance',
      ws: [venue.ws],
      rest: [venue.rest],
      symbols: { 'BTC/USDT': 'BTCUSDT' },
    });
    const resync = { perSecond: 50, burst: 10, timeoutMs: 50, attemptsMax: 50, backoffMaxMs: 50 };
    const collector = await startCollector(collectorConfig({ binance: config }, { resync }));
    await until(() => statesOf(collector.events).includes('connecting:SUBSCRIBED'));
    venue.send(10, 12);
    await until(() => newestBook(collector.events, 'BTC/USDT')?.bidSizes[0] === 12);
    expect(venue.requests.length).toBeGreaterThanOrEqual(2);
    expect(venue.requests[0]).toBe('/api/v3/depth?symbol=BTCUSDT&limit=1000');
    await collector.running.drain();
    await venue.close();
  });

  it('gives up a connection that is silent beyond its own limit', async () => {
    const venue = await openFakeVenue(() => depth(10));
    const file = join(await mkdtemp(join(tmpdir(), 'ats-adapter-')), 'mine.mjs');
    const source = `export const dialect = {
      name: 'mine', feed: 'mine', speaks: () => true, instrumentOf: () => undefined,
      silenceLimitMs: 40, sendsPerSecondMax: 9, symbolsPerConnectionMax: 9,
      keepAlive: { everyMs: 100, text: 'still here' },
      open: ({ sink, symbols }) => ({
        start: () => sink.send('hello ' + symbols),
        onText() { sink.heartbeat(); },
        onSent() {}, onRest() {}, resync() {},
      }),
    };`;
    await writeFile(file, source);
    const symbols = { 'BTC/USDT': 'B' };
    const config = venueConfig({ feed: file, ws: [venue.ws], symbols });
    const collector = await startCollector(collectorConfig({ mine: config }));
    const alive = systemTimers.every(10, () => venue.sockets[0]?.send('heartbeat'));
    await until(() => venue.texts.includes('still here'));
    expect(venue.texts[0]).toBe('hello B');
    expect(venue.sockets).toHaveLength(1);
    alive.cancel();
    await until(() => statesOf(collector.events).includes('down:HEARTBEAT_MISSED'));
    await until(() => venue.sockets.length > 1);
    await collector.running.drain();
    await venue.close();
  });
});
