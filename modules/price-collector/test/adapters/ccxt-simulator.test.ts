import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BookTop, MarketEvent } from '@ats/domain';
import { listenOn } from '@ats/runtime';
import { until } from '@ats/testkit';
import { collectorConfig, startCollector, venueConfig } from '../support.ts';

type Levels = readonly (readonly [price: number, size: number])[];
type Wire = Record<string, unknown>;
type Endpoint = { readonly ws: string; readonly rest: string };

interface Case {
  readonly id: string;
  readonly symbols: Readonly<Record<string, string>>;
  /** The venue's own REST book of a symbol. */
  readonly path: (symbol: string) => string;
  readonly sides: (
    body: Wire,
    symbol: string,
  ) => { readonly bids: unknown; readonly asks: unknown };
}

const CASES: readonly Case[] = [
  {
    id: 'kraken',
    symbols: { 'BTC/USD': 'BTC/USD', 'XRP/USD': 'XRP/USD' },
    path: (symbol) => `/0/public/Depth?pair=${symbol}&count=20`,
    sides: ({ result }) => Object.values(result as Wire)[0] as never,
  },
  {
    id: 'binance',
    // The venue's own names, as a native adapter has them.
    symbols: { 'BTC/USDT': 'BTCUSDT', 'XRP/USDT': 'XRPUSDT' },
    path: (symbol) => `/api/v3/depth?symbol=${symbol}&limit=20`,
    sides: (body) => body as never,
  },
];

/** Levels that are compared; what the collector publishes of a book. */
const DEPTH = 20;

/** The exchange's books of each market that must be found among the published ones. */
const FOUND = 3;

let simulator: ChildProcess;
let venues: Record<string, Endpoint>;

beforeAll(async () => {
  const main = fileURLToPath(new URL('../../../venue-simulator/src/main.ts', import.meta.url));
  // Few and large steps: a book stands still for long enough to be read twice.
  const settings = ['admin.ports.venue-simulator=0', 'simulator.stepMs=100', 'simulator.rate=0.2'];
  const args = settings.flatMap((one) => ['--set', one]);
  simulator = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: simulator.stdout as NodeJS.ReadableStream });
  const line = await new Promise<string>((resolve) => lines.once('line', resolve));
  venues = JSON.parse(line).venues;
});

afterAll(async () => {
  const ended = new Promise((resolve) => simulator.once('exit', resolve));
  simulator.kill('SIGTERM');
  await ended;
});

const side = (levels: unknown): Levels =>
  (levels as unknown[][]).slice(0, DEPTH).map(([price, size]) => [Number(price), Number(size)]);

async function ownBook(one: Case, symbol: string): Promise<{ bids: Levels; asks: Levels }> {
  const response = await fetch(`${venues[one.id]?.rest}${one.path(symbol)}`);
  const { bids, asks } = one.sides((await response.json()) as Wire, symbol);
  return { bids: side(bids), asks: side(asks) };
}

function published(events: readonly MarketEvent[], instrument: string): BookTop | undefined {
  return events.findLast(
    (event): event is BookTop => event.kind === 'book' && event.instrument === instrument,
  );
}

function levelsOf(book: BookTop): { bids: Levels; asks: Levels } {
  const zip = (count: number, prices: Float64Array, sizes: Float64Array): Levels =>
    Array.from({ length: count }, (_, at) => [prices[at] as number, sizes[at] as number]);
  return {
    bids: zip(book.bidCount, book.bidPrices, book.bidSizes),
    asks: zip(book.askCount, book.askPrices, book.askSizes),
  };
}

function feedOf(one: Case, endpoint: Endpoint) {
  return venueConfig({
    feed: `ccxt:${one.id}`,
    ws: [endpoint.ws],
    rest: [endpoint.rest],
    symbols: one.symbols,
  });
}

describe.each(CASES)('ccxt:$id on the simulated exchange', (one) => {
  it('publishes the exchange’s own books, level by level, as they change', async () => {
    const config = collectorConfig({ [one.id]: feedOf(one, venues[one.id] as Endpoint) });
    const { running, events } = await startCollector({
      ...config,
      collector: { ...config.collector, bookDepth: 100 },
    });
    for (const [instrument, symbol] of Object.entries(one.symbols)) {
      const sequence = (): number => published(events, instrument)?.sequence ?? 0;
      const found = new Set<string>();
      while (found.size < FOUND) {
        const before = sequence();
        await until(() => sequence() > before);
        // ccxt may pass over a state of the book; of several one after the other it does not.
        const own = JSON.stringify(await ownBook(one, symbol));
        const same = (event: MarketEvent): boolean =>
          event.kind === 'book' && JSON.stringify(levelsOf(event)) === own;
        await until(() => events.some(same), { timeoutMs: 1000 }).then(
          () => found.add(own),
          () => undefined,
        );
      }
      const book = published(events, instrument);
      expect(book?.bidCount).toBe(DEPTH);
      expect(book?.exchangeTimeUs).toBeGreaterThan(0);
      const all = events.filter(
        (event) => event.kind === 'book' && event.instrument === instrument,
      );
      expect(all.length).toBe(book?.sequence);
    }
    await running.drain();
    expect(events.at(-1)).toMatchObject({ kind: 'status', state: 'down', reason: 'SHUTDOWN' });
  }, 30_000);
});

describe('ccxt where nobody answers', () => {
  const [kraken] = CASES as [Case];

  it('stops at once, and says one thing of a venue that refuses connections', async () => {
    const nobody = { ws: 'ws://127.0.0.1:1', rest: 'http://127.0.0.1:1' };
    const { running, logger } = await startCollector(
      collectorConfig({ kraken: feedOf(kraken, nobody) }),
    );
    await until(() => running.stats().venues.kraken !== undefined);
    await until(() => logger.lines.some(({ event }) => event === 'ccxt.failed'));
    await running.drain();
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(running.readiness().ready).toBe(false);
  });

  it('stops at once while a call to a silent venue is under way', async () => {
    let asked = 0;
    const silent = createServer((socket) => {
      asked += 1;
      socket.on('error', () => socket.destroy());
      ends.push(() => socket.destroy());
    });
    const ends: (() => void)[] = [];
    const port = await listenOn(silent as never, { host: '127.0.0.1', port: 0, field: 'test' });
    const endpoint = { ws: `ws://127.0.0.1:${port}`, rest: `http://127.0.0.1:${port}` };
    const config = collectorConfig({ kraken: feedOf(kraken, endpoint) });
    const rest = { ...config.collector.rest, timeoutMs: 600_000 };
    const { running } = await startCollector({
      ...config,
      collector: { ...config.collector, rest },
    });
    await until(() => asked > 0);
    await running.drain();
    for (const end of ends) end();
    await new Promise((resolve) => silent.close(resolve));
  });
});
