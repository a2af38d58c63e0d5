import type { ArbitrageTrade } from '@ats/domain';
import { until } from '@ats/testkit';
import { TradingWorld } from './world.ts';

describe('a trade', () => {
  let world: TradingWorld;
  const ended: ArbitrageTrade[] = [];
  const open = async (assignments: readonly string[] = []) => {
    world = await TradingWorld.open(assignments);
    ended.length = 0;
    world.trading.desk.onTrade((trade) => {
      if (trade.waterfall !== undefined) ended.push(trade);
    });
  };
  afterEach(() => world.close());
  const end = (count = 1) => until(() => (ended.length < count ? undefined : ended.at(-1)));

  test('buys and sells at once, is completed, and told of in the log', async () => {
    await open();
    world.gateway.fateOf = ({ terms }) => ({ price: terms.side === 'buy' ? '99.5' : '101' });
    const { trade } = world.take();
    expect(trade.state).toBe('RISK_APPROVED');
    const done = await end();
    expect(done).toMatchObject({ state: 'COMPLETED', tradeId: trade.tradeId });
    expect(world.gateway.submits).toBe(1);
    expect([...world.gateway.orders.keys()]).toEqual(done.legs.map(({ orderId }) => orderId));
    const realised = Object.fromEntries(
      done.realised.map(({ asset, amount }) => [asset, amount.toString()]),
    );
    // 0.1 x (101 - 99.5), less fees of ten basis points each.
    expect(realised).toEqual({ USDT: '0.12995' });
    expect(done.waterfall?.realised.normalized().toString()).toBe('0.12995');
    const states = (await world.published()).map(({ state }) => state);
    expect(states[0]).toBe('RISK_APPROVED');
    expect(states.at(-1)).toBe('COMPLETED');
    expect(await world.trading.store.open()).toEqual([]);
  });
});
