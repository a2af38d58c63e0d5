import { instrumentId, type MarketEvent, venueId } from '@ats/domain';
import { seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { openMemoryMarketBus } from '@ats/storage';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import type { CcxtExchange } from '../../src/adapters/ccxt-exchange.ts';
import { CcxtFeed } from '../../src/adapters/ccxt-feed.ts';
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

async function setUp(failures = 0) {
  const answer = Promise.resolve();
  const books = source<Book>();
  const trades = source<Trades>();
  const exchange: CcxtExchange = {
    has: { watchOrderBook: true, watchTrades: true, watchTicker: false },
    urls: {},
    markets: { 'BTC/USDT': { symbol: 'BTC/USDT', spot: true } },
    clients: {},
    rateLimit: 1,
    options: {},
    newUpdates: false,
    loadHttpProxyAgent: () => Promise.resolve(),
    loadMarkets: () => (failures > 0 ? Promise.reject(new Error(`${failures--}`)) : answer),
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
    abort: () => undefined,
    core,
    depth: 2,
    channels: ['book', 'trade', 'ticker'],
    timers: systemTimers,
    backoff: { baseMs: 1, maxMs: 5 },
  });
  feed.start();
  return { books, trades, feed, events, core, logger, exchange };
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

  it('says once, not at each attempt, that a market fails, and that it streams again', async () => {
    const { books, feed, events, logger } = await setUp(3);
    for (let count = 0; count < 5; count += 1) books.push(new Error('away'));
    books.push({ bids: [level(10)], asks: [level(11)] });
    await until(() => events.some(({ kind }) => kind === 'book'));
    const said = logger.lines.map(({ event }) => event);
    expect(said).toEqual(['ccxt.failed', 'connection.opened', 'book.dropped', 'ccxt.recovered']);
    await feed.stop();
  });

  it('publishes nothing for a book that is the same at the same time', async () => {
    const { books, feed, events, core } = await setUp();
    const same = { bids: [level(10)], asks: [level(11)], timestamp: 7 };
    for (let count = 0; count < 4; count += 1) books.push(same);
    books.push({ ...same, timestamp: 8 });
    await until(() => core.counters.frames === 5);
    const times = events.flatMap((one) => (one.kind === 'book' ? [one.exchangeTimeUs] : []));
    expect(times).toEqual([7000, 8000]);
    await feed.stop();
  });

  it('takes the depth that the exchange has where it refuses the one asked for', async () => {
    const { books, feed, events, exchange } = await setUp();
    const asked: unknown[] = [];
    const watch = exchange.watchOrderBook;
    exchange.watchOrderBook = (symbol, limit) => {
      asked.push(limit);
      return watch(symbol, limit);
    };
    books.push(Object.assign(new Error('no such depth'), { name: 'NotSupported' }));
    books.push({ bids: [level(10), level(9), level(8)], asks: [level(11)] });
    const book = await until(() => events.find(({ kind }) => kind === 'book'));
    expect(book).toMatchObject({ bidCount: 2 });
    expect(asked.slice(0, 2)).toEqual([2, undefined]);
    await feed.stop();
  });

  it('stops at once though ccxt keeps no promise', async () => {
    const { feed, exchange, events } = await setUp();
    exchange.close = () => new Promise(() => undefined);
    await until(() => states(events).includes('connecting:SUBSCRIBED'));
    await feed.stop();
    expect(feed.connections().open).toBe(0);
  });

  it('starts anew when a book that it gave does not become good again', async () => {
    const { books, feed, events, core } = await setUp();
    books.push({ bids: [level(10)], asks: [level(11)] });
    await until(() => states(events).includes('live:SNAPSHOT'));
    const market = core.markets.get('BTC/USDT');
    if (market === undefined) throw new Error('there is one market');
    feed.resync(market);
    books.push({ bids: [level(10)], asks: [level(12)] });
    await until(() => events.filter(({ kind }) => kind === 'book').length === 2);
    expect(states(events).slice(1)).toEqual([
      'live:SNAPSHOT',
      'down:DISCONNECTED',
      'connecting:SUBSCRIBED',
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
