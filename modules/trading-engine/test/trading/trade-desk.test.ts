import { type ArbitrageTrade, Decimal, executionId } from '@ats/domain';
import { until } from '@ats/testkit';
import { opportunity, TradingWorld } from './world.ts';

const textOf = (trade: ArbitrageTrade) =>
  Object.fromEntries(trade.realised.map(({ asset, amount }) => [asset, amount.toString()]));
const strategies = (trade: ArbitrageTrade) => trade.unwinds.map(({ strategy }) => strategy);
const venues = (trade: ArbitrageTrade) => trade.unwinds.map(({ venue }) => venue);

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
    // 0.1 x (101 - 99.5), less fees of ten basis points each.
    expect(textOf(done)).toEqual({ USDT: '0.12995' });
    expect(done.waterfall?.realised.normalized().toString()).toBe('0.12995');
    // At 99.9 and 100.1 both books promise less than they did at the decision: 0.01 and 0.11.
    expect(done.waterfall?.quoted.normalized().toString()).toBe('0.1');
    expect(done.waterfall?.staleness.normalized().toString()).toBe('-0.12');
    const states = await until(async () => {
      const published = (await world.published()).map(({ state }) => state);
      return published.includes('COMPLETED') ? published : undefined;
    });
    expect(states[0]).toBe('RISK_APPROVED');
    expect(states.at(-1)).toBe('COMPLETED');
    expect(await world.trading.store.open()).toEqual([]);
    expect((await world.trading.store.find(trade.tradeId))?.state).toBe('COMPLETED');
  });

  test('completes the missing side on the venue that pays best', async () => {
    await open();
    world.gateway.fateOf = ({ terms }) => ({ share: terms.venue === 'bitfinex' ? 0 : 1 });
    world.books({ third: [100.5, 100.7], bitfinex: [99, 101], binance: [99.8, 100] });
    world.take();
    const done = await end();
    expect(done.state).toBe('UNWOUND');
    expect(strategies(done)).toEqual(['hedge']);
    expect(venues(done)).toEqual(['third']);
    expect(world.gateway.net('BTC').isZero()).toBe(true);
    expect(done.waterfall?.unwind.isZero()).toBe(false);
    expect(done.unhedgedUsdSeconds).toBeGreaterThan(0);
  });

  test('undoes the filled leg where it filled when others would lose too much', async () => {
    await open(['engine.unwind.lossBudget=1', 'engine.unwind.hedgeAttemptsMax=1']);
    world.gateway.fateOf = ({ terms, purpose }) => ({
      share:
        terms.venue === 'bitfinex' || (terms.venue === 'third' && purpose === 'unwind') ? 0 : 1,
    });
    world.books({ third: [100.5, 100.7], binance: [99.8, 100], bitfinex: [98, 102] });
    world.take();
    const done = await end();
    expect(done.state).toBe('UNWOUND');
    expect(strategies(done)).toEqual(['hedge', 'market-close']);
    expect(venues(done)).toEqual(['third', 'binance']);
    expect(world.gateway.net('BTC').isZero()).toBe(true);
  });

  test('closes a large remainder in slices', async () => {
    await open(['engine.unwind.gradualAbove=100', 'engine.unwind.sliceNotional=60']);
    world.gateway.fateOf = ({ terms, purpose }) => ({
      share: purpose === 'entry' && terms.side === 'buy' ? 0 : 1,
    });
    world.take({ quantity: '2' });
    const done = await end();
    expect(done.state).toBe('UNWOUND');
    expect(strategies(done).slice(0, 2)).toEqual(['gradual', 'gradual']);
    expect(done.unwinds.length).toBeGreaterThanOrEqual(3);
    expect(world.gateway.net('BTC').isZero()).toBe(true);
  });

  test('cancels a leg that stands, and closes what the other one filled', async () => {
    await open(['engine.legTimeoutMs=100']);
    await until(() => world.trading.inventory.known);
    world.gateway.fateOf = ({ terms, purpose }) =>
      purpose === 'entry' && terms.side === 'sell' ? { share: 0.25, stands: true } : {};
    world.take();
    const done = await end();
    expect(world.gateway.cancels).toContain(done.legs[1]?.orderId);
    expect(done.state).toBe('UNWOUND');
    expect(strategies(done)).toHaveLength(1);
    expect(world.gateway.net('BTC').isZero()).toBe(true);
  });

  test('is even when both legs filled the same part', async () => {
    await open();
    world.gateway.fateOf = () => ({ share: 0.5 });
    world.take();
    expect(await end()).toMatchObject({ state: 'COMPLETED', unwinds: [] });
  });

  test('is over with nothing traded when neither leg filled', async () => {
    await open();
    world.gateway.fateOf = () => ({ share: 0 });
    world.take();
    expect(await end()).toMatchObject({ state: 'EXPIRED', realised: [] });
  });

  test('is refused with the reason that the gateway gives', async () => {
    await open();
    world.gateway.faultOf = () => 'refuses';
    world.take();
    expect(await end()).toMatchObject({ state: 'REJECTED', reason: 'INVENTORY_SHORT' });
    expect(world.gateway.orders.size).toBe(0);
  });

  test('is made once when the gateway takes it and the answer is lost', async () => {
    await open();
    world.gateway.faultOf = () => 'takes-and-is-lost';
    world.take();
    expect((await end()).state).toBe('COMPLETED');
    expect(world.gateway.orders.size).toBe(2);
  });

  test('is made once when a try that is judged too late overtakes one that is not', async () => {
    await open();
    world.gateway.faultOf = () => 'takes-late';
    world.take();
    expect((await end()).state).toBe('COMPLETED');
    expect(world.gateway.orders.size).toBe(2);
  });

  test('was never taken when the gateway does not have it after its time', async () => {
    await open(['engine.legTimeoutMs=50']);
    world.gateway.faultOf = () => 'is-lost';
    world.take();
    expect(await end()).toMatchObject({ state: 'REJECTED', reason: 'GATEWAY_UNAVAILABLE' });
    expect(world.gateway.orders.size).toBe(0);
  });

  test('is exposed, with an alert, when nothing closes it in time', async () => {
    await open(['engine.unwind.attemptsMax=3']);
    world.gateway.fateOf = ({ terms, purpose }) => ({
      share: purpose === 'entry' && terms.side === 'buy' ? 1 : 0,
    });
    world.take();
    const done = await end();
    expect(done.state).toBe('EXPOSED');
    expect(done.unwinds).toHaveLength(3);
    const alerts = await until(async () => {
      const records = await world.log.read({ topic: 'alerts', partition: 0, from: 0 });
      return records.length > 0 ? records : undefined;
    });
    expect(alerts[0]?.key).toBe(`trade.exposed:${done.tradeId}`);
  });

  test('carries what no venue takes, and closes it once there is enough', async () => {
    await open();
    // Fees in base leave 0.00005 short with each trade; a venue takes 0.05 at 100 and 5 at least.
    world.gateway.fateOf = ({ terms, purpose }) => ({
      feeBps: terms.side === 'buy' && purpose === 'entry' ? '2500' : '0',
      feeInBase: terms.side === 'buy',
    });
    world.take();
    const first = await end();
    expect(first.state).toBe('COMPLETED');
    expect(first.carriedOut.toString()).toBe('-0.025');
    expect((await world.trading.store.accumulated()).get(first.base)?.toString()).toBe('-0.025');
    for (const count of [2, 3, 4]) {
      world.take();
      await until(() => ended.filter(({ origin }) => origin === 'engine').length >= count);
    }
    const closing = await until(() => ended.find(({ origin }) => origin === 'accumulator'));
    expect(closing).toMatchObject({ state: 'UNWOUND', legs: [] });
    // What nothing has closed yet is exactly what the accumulator says.
    await until(async () => {
      const left = (await world.trading.store.accumulated()).get(first.base);
      return left?.equals(world.gateway.net('BTC'));
    });
  });

  test('carries a remainder that is too small within the collar', async () => {
    await open();
    world.gateway.fateOf = ({ terms }) => ({ share: terms.side === 'sell' ? 0.5 : 1 });
    world.take();
    // 0.05 at 100 is worth the least notional of 5, but not at the edge of the collar.
    const done = await end();
    expect(done).toMatchObject({ state: 'COMPLETED', unwinds: [] });
    expect(done.carriedOut.toString()).toBe('0.05');
  });

  test('takes in a fill that comes after its end, and carries what it leaves open', async () => {
    await open(['engine.accumulatorMs=3600000']);
    world.gateway.fateOf = () => ({ share: 0.5 });
    world.take();
    const done = await end();
    expect(done).toMatchObject({ state: 'COMPLETED', carriedOut: { units: 0n } });
    const [buy] = done.legs;
    const late = {
      kind: 'fill',
      executionId: executionId('late'),
      quantity: Decimal.parse('0.01'),
      price: Decimal.parse('99'),
      atUs: 0,
    } as const;
    world.gateway.change(buy?.orderId ?? '', late);
    const amended = await until(async () => {
      const found = await world.trading.store.find(done.tradeId);
      return found?.version === done.version + 1 ? found : undefined;
    });
    expect(amended.carriedOut.toString()).toBe('0.01');
    const accumulated = await world.trading.store.accumulated();
    expect(accumulated.get(done.base)?.equals(world.gateway.net('BTC'))).toBe(true);
    await until(() => world.trading.desk.totals.stats().profitByAsset['BTC'] === '0.01');
    const records = await until(async () => {
      const alerts = await world.log.read({ topic: 'alerts', partition: 0, from: 0 });
      return alerts.length > 0 ? alerts : undefined;
    });
    expect(records.map(({ key }) => key)).toEqual([
      `trade.late-fill:${done.tradeId}:${amended.version}`,
    ]);
  });

  test('stops and unwinds when a person cancels it', async () => {
    await open();
    world.gateway.fateOf = ({ terms, purpose }) =>
      purpose === 'entry' && terms.side === 'sell' ? { share: 0, stands: true } : {};
    const { trade } = world.take();
    await until(() => world.gateway.orders.size === 2);
    await until(() => world.trading.desk.open()[0]?.state === 'SUBMITTED');
    await world.trading.desk.cancel(trade.tradeId, 'ann wants it');
    expect((await end()).state).toBe('UNWOUND');
    expect(world.gateway.net('BTC').isZero()).toBe(true);
  });

  test.each([
    ['SIZE_BELOW_MIN', [], '0.04'],
    ['SIZE_BELOW_MIN', [], '0.10005'],
    ['WORST_CASE_LOSS_ABOVE_BUDGET', ['engine.unwind.lossBudget=0.01'], '0.1'],
    ['INVENTORY_SHORT', [], '0.2'],
    ['INVENTORY_UNKNOWN', [], '0.1'],
  ])('is not begun: %s', async (reason, assignments, quantity) => {
    await open(assignments);
    const { desk, inventory } = world.trading;
    const binance = { venue: 'binance', asset: 'USDT' };
    if (reason === 'INVENTORY_SHORT') {
      world.gateway.fund('binance', { USDT: '5' });
      await until(() => inventory.available(binance).toNumber() === 5);
    }
    if (reason === 'INVENTORY_UNKNOWN') inventory.readAtUs = 0;
    expect(desk.refusalOf(opportunity({ quantity }))).toBe(reason);
  });

  test('counts what trades under way will use, and is one of a bounded number', async () => {
    await open(['engine.tradesOpenMax=2', 'engine.balancesMs=3600000']);
    world.gateway.fateOf = () => ({ share: 0, stands: true });
    const { desk, inventory } = world.trading;
    const before = inventory.available({ venue: 'bitfinex', asset: 'BTC' });
    world.take({ quantity: '1' });
    expect(
      before.subtract(inventory.available({ venue: 'bitfinex', asset: 'BTC' })).toString(),
    ).toBe('1');
    expect(desk.refusalOf(opportunity())).toBe('PAIR_BUSY');
    const other = { buy: 'third', sell: 'binance' };
    expect(desk.refusalOf(opportunity(other))).toBeUndefined();
    world.take(other);
    expect(desk.refusalOf(opportunity({ buy: 'bitfinex', sell: 'third' }))).toBe('TRADES_OPEN_MAX');
    desk.haltReason = 'asked to';
    expect(desk.refusalOf(opportunity())).toBe('HALTED');
    await until(() => world.gateway.orders.size === 4);
  });
});
