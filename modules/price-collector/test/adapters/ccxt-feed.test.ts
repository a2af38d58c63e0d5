import { instrumentId, type MarketEvent, venueId } from '@ats/domain';
import { seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { openMemoryMarketBus } from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { type CcxtExchange, CcxtFeed } from '../../src/adapters/ccxt-feed.ts';
import { VenueCore } from '../../src/app/venue-core.ts';
import { memoryTickStore } from '../support.ts';

/** Gives what a test pushed, in order; a pushed error is thrown. Waits when there is nothing. */
function source<Value>() {
  const ready: (Value | Error)[] = [];
  let wake: (() => void) | undefined;
  return {
    push(value: Value | Error): void {
      ready.push(value);
      wake?.();
    },
    async next(): Promise<Value> {
      while (ready.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const value = ready.shift() as Value | Error;
      if (value instanceof Error) throw value;
      return value;
    },
  };
}

type Book = Awaited<ReturnType<CcxtExchange['watchOrderBook']>>;
type Trades = Awaited<ReturnType<CcxtExchange['watchTrades']>>;

async function setUp() {
  const books = source<Book>();
  const trades = source<Trades>();
  const exchange: CcxtExchange = {
    has: { watchOrderBook: true, watchTrades: true, watchTicker: false },
    urls: {},
    newUpdates: false,
    loadHttpProxyAgent: () => Promise.resolve(),
    watchOrderBook: () => books.next(),
    watchTrades: () => trades.next(),
    watchTicker: () => Promise.reject(new Error('not supported')),
    watchBidsAsks: () => Promise.reject(new Error('not supported')),
    close() {
      books.push(new Error('closed'));
      trades.push(new Error('closed'));
      return Promise.resolve();
    },
  };
  const logger = silentLogger();
  const bus = openMemoryMarketBus({ logger, metrics: memoryMetrics() });
  const events: MarketEvent[] = [];
  await bus.subscribe({}, (event) => {
    events.push(event.kind === 'book' ? { ...event, bidPrices: event.bidPrices.slice() } : event);
  });
  const shared = { clock: systemClock, random: seededRandom(1).stream('ccxt'), logger };
  const core = new VenueCore({
    ...shared,
    venue: venueId('okx'),
    listings: [{ symbol: 'BTC/USDT', instrument: instrumentId({ base: 'BTC', quote: 'USDT' }) }],
    bus,
    ticks: memoryTickStore(),
    settings: {
      publishDepth: 2,
      staleAfterMs: 60_000,
      crossedGraceMs: 1000,
      clockSkewMaxMs: 60_000,
      clockSkewWindowMs: 60_000,
      resync: { perSecond: 1, burst: 1, timeoutMs: 1000, attemptsMax: 3, backoffMaxMs: 100 },
      ticks: false,
    },
  });
  const feed = new CcxtFeed({
    ...shared,
    exchange,
    core,
    depth: 2,
    channels: ['book', 'trade', 'ticker'],
    timers: systemTimers,
    backoff: { baseMs: 1, maxMs: 5 },
  });
  feed.start();
  return { books, trades, feed, events, core };
}

const level = (price: number, size = 1) => [price, size] as const;
const states = (events: readonly MarketEvent[]) =>
  events.flatMap((event) => (event.kind === 'status' ? [`${event.state}:${event.reason}`] : []));

describe('a venue through ccxt', () => {
  it('publishes the books that ccxt gives, cut to the depth asked for', async () => {
    const { books, feed, events } = await setUp();
    books.push({ bids: [level(10), level(9), level(8)], asks: [level(11)], timestamp: 1.5 });
    const book = await until(() => events.find(({ kind }) => kind === 'book'));
    expect(book).toMatchObject({
      venue: 'okx',
      exchangeTimeUs: 1500,
      bidCount: 2,
      askCount: 1,
      bidPrices: Float64Array.of(10, 9),
    });
    await feed.stop();
  });

  it('drops the book at an error of the stream, and has it back with the next one', async () => {
    const { books, feed, events } = await setUp();
    books.push({ bids: [level(10)], asks: [level(11)] });
    books.push(new Error('checksum'));
    books.push({ bids: [level(10)], asks: [level(12)] });
    await until(() => events.filter(({ kind }) => kind === 'book').length === 2);
    expect(states(events)).toEqual([
      'connecting:SUBSCRIBED',
      'live:SNAPSHOT',
      'resyncing:DISCONNECTED',
      'live:SNAPSHOT',
    ]);
    await feed.stop();
  });

  it('refuses a level that is no level', async () => {
    const { books, feed, events, core } = await setUp();
    books.push({ bids: [level(Number.NaN)], asks: [level(11)] });
    await until(() => states(events).includes('resyncing:MALFORMED_FRAME'));
    expect(core.counters.malformed).toBe(1);
    await feed.stop();
  });

  it('passes trades on with the side that took liquidity', async () => {
    const { trades, feed, events } = await setUp();
    trades.push([{ id: '7', price: 10.5, amount: 0.25, side: 'sell', timestamp: 2 }]);
    const trade = await until(() => events.find(({ kind }) => kind === 'trade'));
    expect(trade).toMatchObject({ tradeId: '7', price: '10.5', size: '0.25', aggressor: 'ask' });
    await feed.stop();
  });
});
