import { type ArbitrageTrade, Decimal } from '@ats/domain';
import { until } from '@ats/testkit';
import { TradingWorld, triangle } from './world.ts';

const textOf = (trade: ArbitrageTrade) =>
  Object.fromEntries(trade.realised.map(({ asset, amount }) => [asset, amount.toString()]));
const markets = (trade: ArbitrageTrade) =>
  trade.unwinds.map(({ venue, instrument, side }) => `${side} ${instrument} at ${venue}`);

describe('a triangle', () => {
  let world: TradingWorld;
  const ended: ArbitrageTrade[] = [];
  const open = async () => {
    // What is carried stays where it can be counted.
    world = await TradingWorld.open(['engine.accumulatorMs=3600000']);
    ended.length = 0;
    world.trading.desk.onTrade((trade) => {
      if (trade.waterfall !== undefined) ended.push(trade);
    });
  };
  afterEach(() => world.close());
  const end = () => until(() => ended.at(-1));
  /** What is open in the world is what the accumulator has, to the last digit. */
  const expectAccounted = async () => {
    const carried = await world.trading.store.accumulated();
    for (const asset of ['ETH', 'BTC'] as const) {
      const left = [...carried].find(([of]) => of === asset)?.[1];
      expect([asset, (left ?? world.gateway.net('none')).toString()]).toEqual([
        asset,
        world.gateway.net(asset).normalized().toString(),
      ]);
    }
  };
  const misses = (...instruments: readonly string[]) => {
    world.gateway.fateOf = ({ terms, purpose }) => ({
      share: purpose === 'entry' && instruments.includes(terms.instrument) ? 0 : 1,
    });
  };

  test('sends three orders in one request, and leaves nothing but profit', async () => {
    await open();
    const { trade } = world.takeTriangle();
    const done = await end();
    expect(done.state).toBe('COMPLETED');
    expect(world.gateway.submits).toBe(1);
    expect([...world.gateway.orders.keys()]).toEqual(trade.legs.map(({ orderId }) => orderId));
    // 10.2 less 0.0102, less 10.01 and 0.01001: the coin comes out even.
    expect(textOf(done)).toEqual({ USDT: '0.16979' });
    expect(done.waterfall?.realised.normalized().toString()).toBe('0.16979');
    await expectAccounted();
  });

  test('of less than was found keeps to the step of the third market', async () => {
    await open();
    world.takeTriangle('1.3');
    const done = await end();
    expect(done.state).toBe('COMPLETED');
    // 1.3 ETH cost 0.065065 BTC; 0.065 is a multiple of 0.0001.
    expect(done.legs.map(({ quantity }) => quantity.toString())).toEqual(['1.3', '1.3', '0.065']);
    expect(done.bridge?.carriedOut.toString()).toBe('-0.000065');
    await expectAccounted();
  });

  test('whose coin is missing buys the coin where it is cheapest', async () => {
    await open();
    misses('BTC/USDT');
    world.takeTriangle();
    const done = await end();
    expect(done.state).toBe('UNWOUND');
    expect(markets(done)).toEqual(['buy BTC/USDT at binance']);
    await expectAccounted();
  });

  test('whose base was not bought buys it for money and sells the coin', async () => {
    await open();
    misses('ETH/BTC');
    world.takeTriangle();
    const done = await end();
    expect(done.state).toBe('UNWOUND');
    expect(markets(done)).toEqual(['buy ETH/USDT at third', 'sell BTC/USDT at binance']);
    await expectAccounted();
  });

  test('of which only one leg filled closes both parts', async () => {
    await open();
    misses('ETH/USDT', 'BTC/USDT');
    world.takeTriangle();
    const done = await end();
    expect(done.state).toBe('UNWOUND');
    expect(world.gateway.net('ETH').isZero()).toBe(true);
    await expectAccounted();
  });

  test('of which nothing filled is over', async () => {
    await open();
    misses('ETH/USDT', 'BTC/USDT', 'ETH/BTC');
    world.takeTriangle();
    expect((await end()).state).toBe('EXPIRED');
  });

  test('is not begun when the worst of both parts is more than the budget', async () => {
    await open();
    const { desk } = world.trading;
    world.triangleBooks();
    // 2 x 5.1 at the collar of 50 bps and two fees of 10, and the same of 10.01 of the bridge.
    expect(desk.refusalOf(triangle())).toBeUndefined();
    await world.close();
    world = await TradingWorld.open(['engine.unwind.lossBudget=0.1']);
    world.triangleBooks();
    expect(world.trading.desk.refusalOf(triangle())).toBe('WORST_CASE_LOSS_ABOVE_BUDGET');
  });

  test('leaves no market in a coin to trades that have no such coin', async () => {
    await open();
    const { trade } = world.take();
    const parts = { base: triangle().base, legs: trade.legs };
    const found = await world.tradeBooks().marketsFor(parts, () => Decimal.ZERO);
    expect(found.map(({ listing }) => listing.instrument)).toEqual(['ETH/USDT', 'ETH/USDT']);
  });
});
