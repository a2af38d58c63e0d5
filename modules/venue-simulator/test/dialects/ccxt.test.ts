import { fileURLToPath } from 'node:url';
import {
  loadConfig,
  openMetrics,
  parseConfig,
  seededRandom,
  systemClock,
  systemTimers,
} from '@ats/runtime';
import { silentLogger, until } from '@ats/testkit';
import ccxt from 'ccxt';
import { type RunningSimulator, startSimulator } from '../../src/app/start-simulator.ts';
import { simulatorConfigSchema } from '../../src/config.ts';
import { levelsOf } from './support.ts';

type Client = InstanceType<typeof ccxt.Exchange>;
type Urls = Record<string, unknown>;

interface Case {
  readonly id: 'binance' | 'kraken' | 'coinbase' | 'upbit' | 'bitfinex';
  /** ccxt's symbol and the venue's own, of two markets. */
  readonly markets: readonly (readonly [symbol: string, venueSymbol: string])[];
  /** ccxt's URLs, the simulator's in their place. */
  readonly urls: (own: { readonly rest: string; readonly ws: string }, api: Urls) => Urls;
  readonly options?: object;
  /** Levels that ccxt asks for unless told. */
  readonly depth: number;
}

const origin = (url: string): string => url.slice(0, url.indexOf('/', 'ws://'.length));

const CASES: readonly Case[] = [
  {
    id: 'binance',
    markets: [
      ['BTC/USDT', 'BTCUSDT'],
      ['XRP/USDT', 'XRPUSDT'],
    ],
    urls: ({ rest, ws }, api) => ({
      ...api,
      public: `${rest}/api/v3`,
      ws: { ...(api['ws'] as Urls), spot: `${origin(ws)}/ws` },
    }),
    options: { fetchMarkets: { types: ['spot'] } },
    depth: 1000,
  },
  {
    id: 'kraken',
    markets: [
      ['BTC/USD', 'BTC/USD'],
      ['XRP/USD', 'XRP/USD'],
    ],
    urls: ({ rest, ws }, api) => ({
      ...api,
      public: rest,
      ws: { ...(api['ws'] as Urls), public: origin(ws), publicV2: ws },
    }),
    depth: 10,
  },
  {
    id: 'coinbase',
    markets: [
      ['BTC/USD', 'BTC-USD'],
      ['XRP/USD', 'XRP-USD'],
    ],
    urls: ({ rest, ws }, api) => ({ ...api, rest, ws }),
    depth: 1000,
  },
  {
    id: 'upbit',
    markets: [
      ['BTC/KRW', 'KRW-BTC'],
      ['USDT/KRW', 'KRW-USDT'],
    ],
    urls: ({ rest, ws }, api) => ({ ...api, public: rest, ws }),
    depth: 15,
  },
  {
    id: 'bitfinex',
    markets: [
      ['BTC/USDT', 'tBTCUST'],
      ['XRP/USDT', 'tXRPUST'],
    ],
    urls: ({ rest, ws }, api) => ({
      ...api,
      public: rest,
      ws: { ...(api['ws'] as Urls), public: ws },
    }),
    // Its REST books are of single orders (R0) otherwise, which the simulator does not offer.
    options: { fetchOrderBook: { precision: 'P0' } },
    depth: 25,
  },
];

/** Book updates to watch on each market before the books are compared. */
const UPDATES = 15;

/** Real sockets and timers; the market stands still while `frozenUs` is set. */
let frozenUs: number | undefined;
let simulator: RunningSimulator;
const clients: Client[] = [];

async function openClient(one: Case): Promise<Client> {
  const own = simulator.venues[one.id];
  if (own === undefined) throw new Error(`${one.id} is not simulated`);
  const client: Client = new ccxt.pro[one.id]({
    enableRateLimit: false,
    options: one.options ?? {},
  });
  // ccxt opens ws:// only with the agents that this loads.
  await client.loadHttpProxyAgent();
  client.urls['api'] = one.urls(own, client.urls['api'] as Urls) as never;
  clients.push(client);
  return client;
}

beforeAll(async () => {
  const folder = fileURLToPath(new URL('../../../../config', import.meta.url));
  const assignments = ['admin.ports.venue-simulator=0', 'simulator.ports={}'];
  const loaded = await loadConfig({ folder, environment: {}, assignments });
  simulator = await startSimulator({
    config: parseConfig(loaded, simulatorConfigSchema),
    clock: { nowUs: () => frozenUs ?? systemClock.nowUs() },
    timers: systemTimers,
    random: seededRandom(7),
    logger: silentLogger(),
    metrics: openMetrics({ service: 'venue-simulator' }),
  });
});

beforeEach(() => {
  frozenUs = undefined;
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await simulator.close();
});

function marketOf(id: string, symbol: string) {
  const market = simulator.model.venues.get(id)?.markets.get(symbol);
  if (market === undefined) throw new Error(`${id} does not list ${symbol}`);
  return market;
}

/** The levels of one side of a ccxt book, without the counts that some venues add. */
function watched(side: unknown, depth: number): [number, number][] {
  return (side as number[][])
    .slice(0, depth)
    .map(([price = Number.NaN, size = Number.NaN]) => [price, size]);
}

describe.each(CASES)('an unmodified ccxt client of $id', (one) => {
  it('loads the markets and streams books that are the simulator’s own', async () => {
    const client = await openClient(one);
    await client.loadMarkets();
    await Promise.all(
      one.markets.map(async ([symbol]) => {
        for (let count = 0; count < UPDATES; count += 1) await client.watchOrderBook(symbol);
      }),
    );
    frozenUs = simulator.model.nowUs;
    const books = (side: 'bids' | 'asks') =>
      one.markets.map(([symbol]) => watched(client.orderbooks[symbol]?.[side], one.depth));
    const own = (side: 'bids' | 'asks') =>
      one.markets.map(([, symbol]) => levelsOf(marketOf(one.id, symbol), side, one.depth));
    const text = (side: 'bids' | 'asks'): boolean =>
      JSON.stringify(books(side)) === JSON.stringify(own(side));
    await until(() => text('bids') && text('asks'), { timeoutMs: 3000 }).catch(() => {});
    expect(books('bids')).toEqual(own('bids'));
    expect(books('asks')).toEqual(own('asks'));
    expect(own('bids')[0]?.length).toBeGreaterThan(5);
  });

  it('streams trades and fetches books, trades and tickers', async () => {
    const client = clients.find(({ id }) => id === one.id) ?? (await openClient(one));
    const [symbol, venueSymbol] = one.markets[0] as readonly [string, string];
    const trades = await client.watchTrades(symbol);
    const market = marketOf(one.id, venueSymbol);
    const newest = trades.at(-1);
    const print = market.recentTrades.find(({ price, size }) => {
      return price === newest?.price && size === newest.amount;
    });
    expect(print).toBeDefined();
    frozenUs = simulator.model.nowUs;
    const book = await client.fetchOrderBook(symbol, 25);
    expect(watched(book.bids, 25)).toEqual(levelsOf(market, 'bids', 25));
    expect(watched(book.asks, 25)).toEqual(levelsOf(market, 'asks', 25));
    const ticker = await client.fetchTicker(symbol);
    expect(ticker.last).toBeCloseTo(market.day.last, 5);
    const fetched = await client.fetchTrades(symbol, undefined, 5);
    expect(fetched.at(-1)?.price).toBe(market.recentTrades.at(-1)?.price);
  });
});
