import { type BookTop, instrumentId, type MarketEvent, venueId } from '@ats/domain';
import { seededRandom } from '@ats/runtime';
import { openMemoryMarketBus } from '@ats/storage';
import { manualClock, memoryMetrics, silentLogger } from '@ats/testkit';
import type { CollectorMarket } from '../../src/app/collector-market.ts';
import { VenueCore } from '../../src/app/venue-core.ts';
import { memoryTickStore } from '../support.ts';

const SETTINGS = {
  publishDepth: 2,
  staleAfterMs: 1000,
  crossedGraceMs: 200,
  clockSkewMaxMs: 5000,
  clockSkewWindowMs: 1000,
  resync: { perSecond: 1, burst: 2, timeoutMs: 500, attemptsMax: 3, backoffMaxMs: 100 },
  ticks: true,
};

async function setUp() {
  const logger = silentLogger();
  const bus = openMemoryMarketBus({ logger, metrics: memoryMetrics() });
  const events: MarketEvent[] = [];
  // A book is a live view: what a test looks at later must be copied now.
  await bus.subscribe({}, (event) => {
    events.push(event.kind === 'book' ? { ...event, bidPrices: event.bidPrices.slice() } : event);
  });
  const clock = manualClock();
  const ticks = memoryTickStore();
  const core = new VenueCore({
    venue: venueId('kraken'),
    listings: [{ symbol: 'BTC/USD', instrument: instrumentId({ base: 'BTC', quote: 'USD' }) }],
    bus,
    ticks,
    clock,
    random: seededRandom(1).stream('test'),
    logger,
    settings: SETTINGS,
  });
  const market = core.markets.get('BTC/USD') as CollectorMarket;
  const calls: string[] = [];
  const lane = {
    resync: () => void calls.push('resync'),
    reconnect: (reason: string) => void calls.push(`reconnect ${reason}`),
  };
  core.attach(lane, ['BTC/USD']);
  const update = (bid: number, ask: number, exchangeTimeUs = 0): void => {
    market.book.clear();
    market.book.bids.set(bid, 1);
    market.book.bids.set(bid - 1, 1);
    market.book.bids.set(bid - 2, 1);
    market.book.asks.set(ask, 2);
    core.bookChanged(market, exchangeTimeUs, clock.nowUs());
  };
  const states = () =>
    events.flatMap((event) => (event.kind === 'status' ? [`${event.state}:${event.reason}`] : []));
  const books = () => events.filter((event): event is BookTop => event.kind === 'book');
  const pass = (ms: number): void => {
    for (let at = 0; at < ms; at += 100) {
      clock.advanceUs(100_000);
      core.guard();
    }
  };
  return { core, market, clock, ticks, calls, update, states, books, pass, events };
}

describe('a venue core', () => {
  it('publishes the best levels of each update in one message that it reuses', async () => {
    const { update, books, core, market } = await setUp();
    update(100, 101);
    update(100.5, 101);
    expect(books()).toMatchObject([
      { sequence: 1, bidCount: 2, askCount: 1, bidPrices: Float64Array.of(100, 99) },
      { sequence: 2, bidCount: 2, askCount: 1, bidPrices: Float64Array.of(100.5, 99.5) },
    ]);
    const { top } = market;
    update(100.6, 101);
    expect(market.top).toBe(top);
    expect(core.counters.bookUpdates).toBe(3);
  });

  it('calls a book stale at its age limit and live again at the next update', async () => {
    const { update, states, pass } = await setUp();
    update(100, 101);
    pass(1100);
    expect(states().at(-1)).toBe('stale:STALE');
    update(100, 102);
    expect(states().at(-1)).toBe('live:SNAPSHOT');
  });

  it('asks for a book anew when it was quiet for twice its age limit', async () => {
    const { update, states, pass, calls } = await setUp();
    update(100, 101);
    pass(2200);
    expect(states().at(-1)).toBe('resyncing:STALE');
    expect(calls).toEqual(['resync']);
  });

  it('holds a crossed book back, and drops it when it stays crossed', async () => {
    const { update, states, books, pass, core } = await setUp();
    update(100, 101);
    update(102, 101);
    expect(books()).toHaveLength(1);
    update(100, 101);
    expect(books()).toHaveLength(2);
    update(101, 101);
    pass(400);
    expect(books()).toHaveLength(2);
    expect(states().at(-1)).toBe('resyncing:CROSSED_BOOK');
    expect(core.counters.crossed).toBe(2);
  });

  it('resyncs a dropped book at once, then with backoff, then by reconnecting', async () => {
    const { core, market, update, pass, calls } = await setUp();
    update(100, 101);
    core.bookDropped(market, 'SEQUENCE_GAP', 'test');
    expect(calls).toEqual([]);
    core.afterFrame();
    expect(calls).toEqual(['resync']);
    expect(market.book.bids.depth).toBe(0);
    pass(5000);
    expect(calls.slice(0, 4)).toEqual(['resync', 'resync', 'resync', 'reconnect SEQUENCE_GAP']);
  });

  it('keeps all resyncs of a venue within their budget, and counts when it is met', async () => {
    const { core, market, calls, pass } = await setUp();
    for (let drops = 0; drops < 50; drops += 1) {
      core.bookDropped(market, 'CHECKSUM_MISMATCH', 'test');
      market.resyncAttempts = 0;
      core.afterFrame();
    }
    expect(calls).toEqual(['resync', 'resync']);
    pass(100);
    expect(core.counters.limits.get('resync_budget')).toBeGreaterThan(0);
    expect(core.counters.drops.get('CHECKSUM_MISMATCH')).toBe(50);
  });

  it('stops publishing while the clocks are too far apart', async () => {
    const { update, states, books, pass, clock } = await setUp();
    pass(1000);
    for (let frame = 0; frame < 10; frame += 1) update(100, 101, clock.nowUs() + 9_000_000);
    pass(1000);
    expect(states().at(-1)).toBe('stale:CLOCK_SKEW');
    const before = books().length;
    update(100, 101.5, clock.nowUs() + 9_000_000);
    expect(books()).toHaveLength(before);
    pass(1000);
    for (let frame = 0; frame < 10; frame += 1) update(100, 101, clock.nowUs());
    pass(1000);
    update(100, 101, clock.nowUs());
    expect(states().at(-1)).toBe('live:SNAPSHOT');
    expect(books()).toHaveLength(before + 1);
  });

  it('stores one quote per guard tick and market, and only when there is news', async () => {
    const { update, ticks, pass } = await setUp();
    update(100, 101);
    update(100.5, 101);
    pass(300);
    expect(ticks.ticks).toMatchObject([{ kind: 'quote', bid: 100.5, ask: 101 }]);
  });

  it('says that nothing may be used once its connection is gone', async () => {
    const { core, market, update, states, pass, calls } = await setUp();
    update(100, 101);
    core.detach(['BTC/USD'], 'DISCONNECTED');
    expect(states().at(-1)).toBe('down:DISCONNECTED');
    expect(market.live).toBe(false);
    pass(2000);
    expect(calls).toEqual([]);
  });
});
