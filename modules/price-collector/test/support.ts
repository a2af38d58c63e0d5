import { copyBookTop, type MarketEvent } from '@ats/domain';
import { openRpcDirectory, seededRandom, systemClock, systemTimers, UNGUARDED } from '@ats/runtime';
import { openMemoryMarketBus, type Tick, type TickStore } from '@ats/storage';
import { describeWithRecordings, memoryMetrics, silentLogger } from '@ats/testkit';
import { type CollectorConfig, collectorConfigSchema, priceCollector } from '../src/index.ts';

/** A suite over the file of one recording, skipped aloud where it is not there. */
export function describeRecordingFile(name: string, body: (file: string) => void): void {
  describeWithRecordings(`recording ${name}`, [`frames/${name}.jsonl.gz`], body);
}

/** Keeps what is appended, for a test to read. */
export function memoryTickStore(): TickStore & { readonly ticks: readonly Tick[] } {
  const ticks: Tick[] = [];
  return {
    ticks,
    append: (tick) => ticks.push(tick) > 0,
    flush: () => Promise.resolve(),
    async *scan() {
      // Nothing reads it back.
    },
    health: () => ({ ok: true, reason: '' }),
    close: () => Promise.resolve(),
  };
}

const COLLECTOR = {
  channels: ['book', 'trade', 'ticker'],
  bookDepth: 1000,
  publishDepth: 20,
  staleAfterMs: 60_000,
  crossedGraceMs: 60_000,
  clockSkewMaxMs: Number.MAX_SAFE_INTEGER,
  clockSkewWindowMs: 10_000,
  guardPeriodMs: 10,
  ticks: true,
  resync: { perSecond: 50, burst: 10, timeoutMs: 2000, attemptsMax: 5, backoffMaxMs: 100 },
  connection: {
    connectTimeoutMs: 2000,
    backoffBaseMs: 5,
    backoffMaxMs: 50,
    sendQueueMax: 100,
    frameBytesMax: 33_554_432,
  },
  rest: {
    timeoutMs: 2000,
    requestsPerSecond: 100,
    burst: 20,
    queueMax: 50,
    bodyBytesMax: 33_554_432,
    breaker: { failurePercentMax: 50, openMs: 100 },
  },
};

/** One venue's section of a config, fit for tests. `symbols` maps instruments to venue symbols. */
export function venueConfig(venue: {
  readonly feed: string;
  readonly ws: readonly string[];
  readonly rest?: readonly string[];
  readonly symbols: Readonly<Record<string, string>>;
}) {
  const listings = Object.entries(venue.symbols).map(([instrument, symbol]) => ({
    instrument,
    symbol,
    tick: '0.01',
    step: '0.01',
    quantityMin: '0.01',
    notionalMin: '1',
  }));
  const { feed, ws, rest = [] } = venue;
  return { feed, ws, rest, fees: { takerBps: '10', makerBps: '10' }, listings };
}

export function collectorConfig(
  venues: Readonly<Record<string, unknown>>,
  overrides: Readonly<Record<string, unknown>> = {},
): CollectorConfig {
  const collector = { ...COLLECTOR, ...overrides };
  return collectorConfigSchema.parse({ assets: {}, venues, collector });
}

/** The real service over real sockets, on a memory bus whose events are kept. */
export async function startCollector(config: CollectorConfig) {
  const logger = silentLogger();
  const metrics = memoryMetrics();
  const bus = openMemoryMarketBus({ logger, metrics });
  const ticks = memoryTickStore();
  const events: MarketEvent[] = [];
  await bus.subscribe({}, (event) => {
    events.push(event.kind === 'book' ? copyBookTop(event) : event);
  });
  const base = { clock: systemClock, timers: systemTimers, random: seededRandom(1) };
  const told = { logger, metrics };
  const rpc = openRpcDirectory({
    ...{ ...base, ...told },
    guard: UNGUARDED,
    addresses: {},
    listen: false,
  });
  const running = await priceCollector.start({
    ...{ ...base, ...told, config, rpc },
    ports: { marketBus: () => Promise.resolve(bus), tickStore: () => Promise.resolve(ticks) },
  });
  return { running, events, ticks: ticks.ticks, logger, metrics, rpc };
}
