import { MARKET_DATA_SERVICE, type WireMessages } from '@ats/contracts';
import { Decimal, instrumentId, type Listing, venueId } from '@ats/domain';
import { openRpcDirectory, seededRandom, settle, UNGUARDED } from '@ats/runtime';
import { openMemoryMarketBus, type TickStore } from '@ats/storage';
import {
  manualClock,
  manualTimers,
  memoryMetrics,
  sampleQuoteTick,
  sampleTradeTick,
  silentLogger,
} from '@ats/testkit';
import { CollectorMarket } from '../../src/app/collector-market.ts';
import { marketDataHandlers } from '../../src/app/market-data.ts';
import { TradeTape } from '../../src/app/trade-tape.ts';

type Quotes = WireMessages['ats.marketdata.v1.StreamQuotesResponse'];

const options = { deadlineMs: 1000 };
const venue = venueId('kraken');
const instrument = instrumentId({ base: 'BTC', quote: 'USD' });

const decimal = (text: string) => Decimal.parse(text);

const LISTING = {
  ...{ venue, instrument, symbol: 'XBT/USD' },
  priceTick: decimal('0.1'),
  quantityStep: decimal('0.0001'),
  quantityMin: decimal('0.0001'),
  notionalMin: decimal('5'),
  fees: { takerBps: decimal('26'), makerBps: decimal('16') },
} as unknown as Listing;

async function setUp(ticks: Pick<TickStore, 'scan'> = { scan: async function* none() {} }) {
  const clock = manualClock();
  const timers = manualTimers(clock);
  const logger = silentLogger();
  const metrics = memoryMetrics();
  const random = seededRandom(1);
  const shared = { clock, timers, logger, metrics, random };
  const rpc = openRpcDirectory({ ...shared, guard: UNGUARDED, addresses: {}, listen: false });
  const bus = openMemoryMarketBus({ logger, metrics });
  const market = new CollectorMarket({ venue, instrument, symbol: 'XBT/USD', publishDepth: 5 });
  const tape = new TradeTape(bus);
  const parts = {
    listings: [LISTING],
    markets: () => [market],
    settings: { staleAfterMs: 3000 },
    tape,
    ticks,
  };
  const onTradesDropped = (): void => undefined;
  const handlers = marketDataHandlers({ ...parts, clock, timers, onTradesDropped });
  await rpc.serve(MARKET_DATA_SERVICE, handlers);
  const update = (bid: number, ask: number): void => {
    market.book.clear();
    market.book.bids.set(bid, 1);
    market.book.bids.set(bid - 1, 3);
    market.book.asks.set(ask, 2);
    market.live = true;
    market.state = 'live';
    market.reason = 'SNAPSHOT';
    market.updatedAtUs = clock.nowUs();
    const receivedAtUs = clock.nowUs();
    market.fillTop({ exchangeTimeUs: 0, receivedAtUs, bookAtUs: receivedAtUs });
  };
  const pass = async (ms: number): Promise<void> => {
    timers.advance(ms);
    await settle();
  };
  return { rpc, bus, market, update, pass, clock };
}

describe('market data for people', () => {
  it('names every market with its rules and how it stands', async () => {
    const { rpc, update, market, clock } = await setUp();
    const ask = () => rpc.client(MARKET_DATA_SERVICE).GetMarkets({}, options);
    expect((await ask()).markets).toMatchObject([
      { venue: 'kraken', instrument: 'BTC/USD', symbol: 'XBT/USD', priceTick: '0.1' },
    ]);
    update(100, 101);
    expect((await ask()).markets[0]?.quote).toEqual({
      ...{ venue: 'kraken', instrument: 'BTC/USD' },
      ...{ state: 'MARKET_STATE_LIVE', reason: 'MARKET_STATE_REASON_SNAPSHOT' },
      ...{ receivedAtUs: clock.nowUs(), bid: 100, bidSize: 1, ask: 101, askSize: 2 },
    });
    market.live = false;
    market.state = 'resyncing';
    expect((await ask()).markets[0]?.quote).toMatchObject({
      ...{ state: 'MARKET_STATE_RESYNCING', bid: 0, ask: 0 },
    });
  });

  it('tells of quotes once an interval at most, the newest, and only what changed', async () => {
    const { rpc, update, pass } = await setUp();
    const told: Quotes[] = [];
    rpc.subscribe(
      MARKET_DATA_SERVICE,
      'StreamQuotes',
      { venues: [], instruments: [], intervalMs: 50 },
      { ...options, onMessage: (message) => told.push(message), onEnd: () => undefined },
    );
    await pass(0);
    expect(told).toHaveLength(1);
    for (let price = 100; price < 110; price += 1) update(price, price + 1);
    await pass(49);
    expect(told).toHaveLength(1);
    await pass(1);
    expect(told).toHaveLength(2);
    expect(told[1]?.quotes).toMatchObject([{ bid: 109, ask: 110 }]);
    await pass(500);
    expect(told).toHaveLength(2);
  });

  it('sends a book as deep as it is asked for, and no level of one that is not live', async () => {
    const { rpc, update, pass, market } = await setUp();
    const told: WireMessages['ats.marketdata.v1.StreamBookResponse'][] = [];
    update(100, 101);
    rpc.subscribe(
      MARKET_DATA_SERVICE,
      'StreamBook',
      { venue, instrument, depth: 1, intervalMs: 0 },
      { ...options, onMessage: (message) => told.push(message), onEnd: () => undefined },
    );
    await pass(0);
    expect(told[0]?.book).toMatchObject({ bidPrices: [100], bidSizes: [1], askPrices: [101] });
    market.live = false;
    await pass(100);
    expect(told[1]?.book).toMatchObject({ bidPrices: [], askPrices: [] });
  });

  it('makes candles of stored quotes and trades, and refuses too many', async () => {
    const at = (ms: number) => ({ venue, instrument, receivedAtUs: 1_000_000_000 + ms * 1000 });
    const quotes = [10, 12, 9, 11].map((bid, index) => ({
      ...sampleQuoteTick(),
      ...at(index * 600),
      ...{ bid, ask: bid + 2 },
    }));
    const trades = [{ ...sampleTradeTick(), ...at(100), price: 10, size: 3 }];
    const scan = async function* scan({ kind }: { readonly kind: string }) {
      yield kind === 'quote' ? quotes : trades;
    } as unknown as TickStore['scan'];
    const { rpc } = await setUp({ scan });
    const client = rpc.client(MARKET_DATA_SERVICE);
    const question = { venue, instrument, intervalMs: 1000, fromUs: 1_000_000_000 };
    const { candles } = await client.GetCandles({ ...question, toUs: 1_010_000_000 }, options);
    expect(candles).toMatchObject([
      { atUs: 1_000_000_000, open: 11, high: 13, low: 11, close: 13, volume: 3 },
      { atUs: 1_001_000_000, open: 10, high: 12, low: 10, close: 12, volume: 0 },
    ]);
    await expect(
      client.GetCandles({ ...question, toUs: 9_000_000_000 }, options),
    ).rejects.toMatchObject({ code: 'REQUEST_INVALID', context: { field: 'from_us' } });
  });

  it('knows no market that is not collected', async () => {
    const { rpc } = await setUp();
    const ended = new Promise((resolve) => {
      rpc.subscribe(
        MARKET_DATA_SERVICE,
        'StreamBook',
        { venue: 'nowhere', instrument, depth: 0, intervalMs: 0 },
        { ...options, onMessage: () => undefined, onEnd: resolve },
      );
    });
    await expect(ended).resolves.toMatchObject({ code: 'REQUEST_INVALID' });
  });
});
