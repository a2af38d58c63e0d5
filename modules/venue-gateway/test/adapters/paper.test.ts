import { Decimal, deriveClientOrderId, type Listing, orderId, venueId } from '@ats/domain';
import { openMemoryMarketBus } from '@ats/storage';
import { manualTimers, memoryMetrics, sampleBook, sampleTrade, silentLogger } from '@ats/testkit';
import { PaperConnector } from '../../src/adapters/paper/paper-connector.ts';
import type { VenuePush, VenueSubmit } from '../../src/app/venue-connector.ts';

const decimal = (text: string): Decimal => Decimal.parse(text);
const asset = (id: string) => ({ id: id as never, network: 'n' });
const VENUE = venueId('binance');
const INSTRUMENT = 'BTC/USDT' as Listing['instrument'];

const LISTING: Listing = {
  venue: VENUE,
  instrument: INSTRUMENT,
  symbol: 'BTCUSDT',
  base: asset('BTC'),
  quote: asset('USDT'),
  priceTick: decimal('0.01'),
  quantityStep: decimal('0.0001'),
  quantityMin: decimal('0.0001'),
  notionalMin: decimal('1'),
  fees: { takerBps: decimal('10'), makerBps: decimal('5') },
};

const levels = (...pairs: readonly (readonly [number, number])[]) => ({
  prices: Float64Array.from(pairs, ([price]) => price),
  sizes: Float64Array.from(pairs, ([, size]) => size),
});

async function openPaper() {
  const timers = manualTimers();
  const { clock } = timers;
  const logger = silentLogger();
  const bus = openMemoryMarketBus({ logger, metrics: memoryMetrics() });
  const connector = new PaperConnector({
    venue: VENUE,
    listings: [LISTING],
    bus,
    clock,
    timers,
    latencyMs: 0,
    balances: { USDT: '1000', BTC: '2' },
  });
  await connector.start();
  const pushes: VenuePush[] = [];
  connector.listen((push) => pushes.push(push));
  const show = async (
    bids: readonly (readonly [number, number])[],
    asks: readonly (readonly [number, number])[],
  ): Promise<void> => {
    const [bid, ask] = [levels(...bids), levels(...asks)];
    bus.publish({
      ...sampleBook(),
      venue: VENUE,
      instrument: INSTRUMENT,
      bidCount: bids.length,
      askCount: asks.length,
      bidPrices: bid.prices,
      bidSizes: bid.sizes,
      askPrices: ask.prices,
      askSizes: ask.sizes,
    });
    await new Promise((resolve) => setImmediate(resolve));
  };
  let count = 0;
  const order = (terms: Partial<VenueSubmit>): VenueSubmit => {
    count += 1;
    return {
      clientOrderId: deriveClientOrderId({ orderId: orderId(`o-${count}`), revision: 0 }),
      venueOrderId: undefined,
      instrument: INSTRUMENT,
      side: 'buy',
      sentAtUs: clock.nowUs(),
      quantity: decimal('1'),
      limitPrice: decimal('100'),
      timeInForce: 'ioc',
      postOnly: false,
      ...terms,
    };
  };
  const moneyOf = async (name: string) => {
    const answer = await connector.balances();
    if (answer.kind !== 'balances') throw new Error(answer.kind);
    const found = answer.balances.find((one) => one.asset === name);
    return [found?.available, found?.locked].map((one) => one?.normalized().toString());
  };
  return { connector, bus, show, order, moneyOf, pushes };
}

describe('the paper connector', () => {
  it('fills against the live book, level by level, and takes the taker fee', async () => {
    const { connector, show, order, moneyOf } = await openPaper();
    await show(
      [[98, 1]],
      [
        [99, 0.4],
        [100, 0.4],
        [101, 5],
      ],
    );
    const answer = await connector.submit(order({ quantity: decimal('1') }));
    expect(answer).toMatchObject({ kind: 'accepted', state: { status: 'expired' } });
    if (answer.kind !== 'accepted') throw new Error(answer.kind);
    const fills = answer.fills?.map(({ price, quantity }) => `${quantity} at ${price}`);
    expect(fills).toEqual(['0.4000 at 99', '0.4000 at 100']);
    // 39.6 + 40 and 10 basis points of it.
    expect(await moneyOf('USDT')).toEqual(['920.3204', '0']);
    expect(await moneyOf('BTC')).toEqual(['2.8', '0']);
  });

  it('does not offer again what was taken, until the level changes', async () => {
    const { connector, show, order } = await openPaper();
    await show([[98, 1]], [[99, 0.4]]);
    await connector.submit(order({}));
    await show([[98, 1]], [[99, 0.4]]);
    const second = await connector.submit(order({}));
    expect(second).toMatchObject({ fills: [], state: { status: 'expired' } });
    await show([[98, 1]], [[99, 0.5]]);
    const third = await connector.submit(order({}));
    if (third.kind !== 'accepted') throw new Error(third.kind);
    expect(third.fills?.[0]?.quantity.toString()).toBe('0.5000');
  });

  it('fills what rests when the market trades through its price, at that price', async () => {
    const { connector, bus, show, order, moneyOf, pushes } = await openPaper();
    await show([[98, 1]], [[101, 1]]);
    await connector.submit(order({ timeInForce: 'gtc', quantity: decimal('2') }));
    expect(await moneyOf('USDT')).toEqual(['799.8', '200.2']);
    bus.publish({
      ...sampleTrade(),
      venue: VENUE,
      instrument: INSTRUMENT,
      price: '100',
      size: '9',
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(pushes).toEqual([{ kind: 'connected' }]);
    bus.publish({
      ...sampleTrade(),
      venue: VENUE,
      instrument: INSTRUMENT,
      price: '99',
      size: '0.5',
    });
    await new Promise((resolve) => setImmediate(resolve));
    await show([[98, 1]], [[99.5, 5]]);
    const fills = pushes.flatMap((push) => (push.kind === 'fill' ? [push.fill] : []));
    expect(fills.map(({ price, quantity }) => `${quantity} at ${price}`)).toEqual([
      '0.5 at 100',
      '1.5000 at 100',
    ]);
    // 200 and the maker fee of 5 basis points.
    expect(await moneyOf('USDT')).toEqual(['799.9', '0']);
  });

  it('refuses what cannot be paid, would take and must not, or has no book', async () => {
    const { connector, show, order } = await openPaper();
    const noBook = await connector.submit(order({}));
    expect(noBook).toMatchObject({ kind: 'rejected', reason: 'UNKNOWN_INSTRUMENT' });
    await show([[98, 1]], [[99, 0.4]]);
    const dear = await connector.submit(order({ quantity: decimal('10') }));
    expect(dear).toMatchObject({ kind: 'rejected', reason: 'INSUFFICIENT_FUNDS' });
    const taking = await connector.submit(order({ postOnly: true, timeInForce: 'gtc' }));
    expect(taking).toMatchObject({ kind: 'rejected', reason: 'POST_ONLY_WOULD_TAKE' });
    const whole = await connector.submit(order({ timeInForce: 'fok' }));
    expect(whole).toMatchObject({ fills: [], state: { status: 'expired' } });
  });

  it('cancels what rests, frees its money, and refuses a second cancel', async () => {
    const { connector, show, order, moneyOf } = await openPaper();
    await show([[98, 1]], [[101, 1]]);
    const resting = order({ timeInForce: 'gtc' });
    const answer = await connector.submit(resting);
    if (answer.kind !== 'accepted') throw new Error(answer.kind);
    const reference = { ...resting, venueOrderId: answer.venueOrderId };
    expect(await connector.cancel(reference)).toEqual({ kind: 'accepted' });
    expect(await moneyOf('USDT')).toEqual(['1000', '0']);
    expect(await connector.cancel(reference)).toMatchObject({ kind: 'refused' });
    const found = await connector.query({ ...resting, venueOrderId: undefined });
    expect(found).toMatchObject({ kind: 'found', state: { status: 'canceled' } });
  });
});
