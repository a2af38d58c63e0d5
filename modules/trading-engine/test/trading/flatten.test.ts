import { Decimal } from '@ats/domain';
import { until } from '@ats/testkit';
import type { GatewayModel } from './gateway-model.ts';
import { Mortal } from './mortal.ts';
import { TradingWorld } from './world.ts';

/** More effects than any flatten here has. */
const EFFECTS_MAX = 120;
const size = (amount: Decimal): Decimal => (amount.isNegative() ? amount.negate() : amount);

/** What is open by market; checks that no fill of a flatten made more of it, or turned it over. */
function openOf({ fills }: GatewayModel): Readonly<Record<string, string>> {
  const open = new Map<string, Decimal>();
  for (const { market, quantity, order } of fills) {
    const before = open.get(market) ?? Decimal.ZERO;
    const after = before.add(quantity);
    open.set(market, after);
    if (!order.tradeId?.startsWith('flatten-')) continue;
    expect(after.isZero() || after.isNegative() === before.isNegative()).toBe(true);
    expect(size(after).lessThan(size(before))).toBe(true);
  }
  const left = [...open].filter(([, quantity]) => !quantity.isZero());
  return Object.fromEntries(left.map(([market, quantity]) => [market, quantity.toString()]));
}

describe('a flatten', () => {
  let world: TradingWorld;
  const open = async (assignments: readonly string[] = []) => {
    world = await TradingWorld.open(assignments);
  };
  afterEach(() => world.close());

  /** Trades whose legs all filled: bought at binance, sold at bitfinex. */
  const trade = async (...quantities: string[]) => {
    for (const quantity of quantities) {
      const { begun } = world.take({ quantity });
      await begun;
      await until(() => world.trading.desk.openCount === 0);
    }
  };
  const alerts = () => world.alerts('risk.flatten');
  const flat = () => until(async () => (await alerts()).at(-1)?.resolvedAtUs, { what: 'the end' });
  const closings = () =>
    [...world.gateway.orders.values()].filter(({ tradeId }) => tradeId?.startsWith('flatten-'));

  test('closes what trades have left at every venue, and says what it cost', async () => {
    await open();
    await trade('0.1', '0.05');
    expect(openOf(world.gateway)).toEqual({
      'binance:BTC/USDT': '0.15',
      'bitfinex:BTC/USDT': '-0.15',
    });
    world.gateway.fateOf = ({ terms }) => ({ price: terms.side === 'sell' ? '99.9' : '100.1' });
    world.risk.mode = 'flatten';
    await flat();
    expect(openOf(world.gateway)).toEqual({});
    expect(closings()).toMatchObject([{ purpose: 'unwind' }, { purpose: 'unwind' }]);
    const [begun, ended] = await alerts();
    expect(begun).toMatchObject({ severity: 'warning', area: 'risk' });
    expect(ended?.alertId).toBe(begun?.alertId);
    // 0.15 each way, 0.1 off the middle, and 10 bps of about 30 in fees.
    expect(ended?.summary).toContain('It took 2 orders and cost 0.06 USDT');
    // Nothing more is done while it stays flat, and nothing new is begun.
    const { submits } = world.gateway;
    const { trade: refused } = world.take();
    expect(refused).toMatchObject({ state: 'REJECTED', reason: 'HALTED' });
    world.risk.mode = 'halted';
    await until(() => world.trading.desk.stopReason === '');
    expect(world.gateway.submits).toBe(submits);
    expect(await alerts()).toHaveLength(2);
  });

  test('begins in no other mode', async () => {
    await open();
    await trade('0.1');
    for (const mode of ['reducing', 'halted'] as const) {
      world.risk.mode = mode;
      const { submits } = world.gateway;
      const statuses = world.risk.statuses + 3;
      await until(() => world.risk.statuses > statuses);
      expect(world.gateway.submits).toBe(submits);
    }
    expect(await alerts()).toEqual([]);
  });

  test('never closes more than is open, however late risk counts a fill', async () => {
    await open(['engine.unwind.gradualAbove=40', 'engine.unwind.sliceNotional=20']);
    world.risk.lag = 4;
    await trade('1');
    world.risk.mode = 'flatten';
    await flat();
    expect(openOf(world.gateway)).toEqual({});
    // About 100 in slices of 20 down to 40, at two venues.
    expect(closings().length).toBeGreaterThan(6);
    for (const { terms } of closings()) expect(Number(terms.quantity)).toBeLessThanOrEqual(0.4);
  });

  test('goes on with what an order has not filled', async () => {
    await open();
    await trade('1');
    world.gateway.fateOf = () => ({ share: 0.5 });
    world.risk.mode = 'flatten';
    await until(() => closings().length >= 6);
    world.gateway.fateOf = () => ({});
    await flat();
    expect(openOf(world.gateway)).toEqual({});
  });

  test('unwinds open trades and cancels open orders before it closes', async () => {
    await open();
    await trade('0.1');
    world.gateway.fateOf = ({ terms, purpose }) => {
      if (terms.timeInForce === 'gtc') return { share: 0, stands: true };
      const half = purpose === 'entry' && terms.side === 'sell';
      return half ? { share: 0.25, stands: true } : {};
    };
    const person = world.gateway.stand('third');
    const { trade: made } = world.take({ quantity: '0.2' });
    await until(() => world.trading.desk.open()[0]?.state === 'SUBMITTED');
    world.risk.mode = 'flatten';
    await flat();
    expect(openOf(world.gateway)).toEqual({});
    expect(world.gateway.orders.get(person)?.status).toBe('CANCELED');
    expect((await world.trading.desk.find(made.tradeId))?.state).toBe('UNWOUND');
    const late = closings().map(({ createdAtUs }) => createdAtUs);
    const ended = await world.trading.desk.find(made.tradeId);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(ended?.updatedAtUs ?? Number.NaN);
  });

  test('closes the rest where a venue cannot, says so, and closes that when it can', async () => {
    await open(['engine.unwind.timeMaxMs=100', 'engine.unwind.bookAgeMsMax=600000']);
    await trade('0.1');
    world.books({ bitfinex: [99.9, 100.1, 0] });
    world.risk.mode = 'flatten';
    const stuck = await until(async () =>
      (await alerts()).find((one) => one.severity === 'critical'),
    );
    expect(stuck.summary).toContain('bitfinex:BTC/USDT: too little in the book');
    expect(openOf(world.gateway)).toEqual({ 'bitfinex:BTC/USDT': '-0.1' });
    expect(world.trading.readiness()).toContain('bitfinex:BTC/USDT: too little in the book');
    world.books();
    await flat();
    expect(openOf(world.gateway)).toEqual({});
    expect(world.trading.readiness()).toEqual(['everything is closed until a person resumes']);
  });

  test('leaves what no venue takes, and says how much', async () => {
    await open();
    await trade('0.1');
    world.gateway.fateOf = ({ purpose }) => ({ share: purpose === 'unwind' ? 0.9999 : 1 });
    world.risk.mode = 'flatten';
    await flat();
    expect(openOf(world.gateway)).toEqual({
      'binance:BTC/USDT': '0.00001',
      'bitfinex:BTC/USDT': '-0.00001',
    });
    const last = (await alerts()).at(-1);
    expect(last?.facts['left']).toContain('0.00001 of BTC/USDT at binance');
  });

  test('ends where it is when a person resumes, and says what is open', async () => {
    await open();
    await trade('0.1');
    world.gateway.fateOf = ({ terms }) => ({ share: terms.side === 'sell' ? 1 : 0 });
    world.risk.mode = 'flatten';
    await until(() => closings().length > 4);
    world.risk.mode = undefined;
    await flat();
    const { summary = '' } = (await alerts()).at(-1) ?? {};
    expect(summary).toContain('ended before everything was closed; open: -0.1 of BTC/USDT');
    await until(() => world.trading.desk.stopReason === '');
    const { submits } = world.gateway;
    world.gateway.fateOf = () => ({});
    await trade('0.05');
    expect(world.gateway.submits).toBe(submits + 1);
  });

  test('closes what was carried over once, with its positions', async () => {
    await open(['engine.accumulatorMs=3600000']);
    world.gateway.fateOf = ({ terms }) => ({ share: terms.side === 'sell' ? 0.995 : 1 });
    await trade('0.1', '0.1', '0.1');
    const carried = async () =>
      [...(await world.trading.store.accumulated()).values()].map((one) => one.toString());
    expect(await carried()).toEqual(['0.0015']);
    // The log has it a little after the store.
    await until(async () => String(await world.rebuiltCarried()) === '0.0015');
    world.gateway.fateOf = () => ({});
    world.risk.mode = 'flatten';
    await flat();
    expect(openOf(world.gateway)).toEqual({});
    expect((await carried()).map(Number)).toEqual([0]);
    await until(async () => String(await world.rebuiltCarried()) === '0');
  });

  test('sends nothing twice when the gateway does not answer, or refuses', async () => {
    await open(['engine.legTimeoutMs=60']);
    await trade('0.1');
    const seen = new Map<string, number>();
    world.gateway.faultOf = (id) => {
      const times = (seen.get(id) ?? 0) + 1;
      seen.set(id, times);
      if (id.endsWith('-1')) return 'takes-and-is-lost';
      if (id.endsWith('-2')) return 'refuses';
      return id.endsWith('-3') && times < 3 ? 'is-lost' : 'none';
    };
    world.risk.mode = 'flatten';
    await flat();
    expect(openOf(world.gateway)).toEqual({});
  });

  test('waits for a risk manager that is away', async () => {
    await open();
    await trade('0.1');
    world.gateway.fateOf = () => ({ share: 0 });
    world.risk.mode = 'flatten';
    await until(() => closings().length > 2);
    world.risk.answering = false;
    await until(() => world.trading.readiness().some((one) => one.startsWith('it waits: ')));
    const { submits } = world.gateway;
    world.gateway.fateOf = () => ({});
    world.risk.answering = true;
    await flat();
    expect(world.gateway.submits).toBeGreaterThan(submits);
    expect(openOf(world.gateway)).toEqual({});
  });
});

const half: GatewayModel['fateOf'] = ({ purpose }) => ({ share: purpose === 'unwind' ? 0.5 : 1 });
const all: GatewayModel['fateOf'] = () => ({});

describe.each([
  ['fill', all, { lag: 0, quantity: '0.1' }],
  ['fill by halves and are counted late', half, { lag: 2, quantity: '1' }],
])('a flatten whose engine is killed, when orders %s', (_, fateOf, { lag, quantity }) => {
  test.each(['before', 'after'] as const)(
    '%s any of its effects, closes everything once',
    async (when) => {
      const world = await TradingWorld.open([
        'engine.legTimeoutMs=80',
        'engine.timerMs=2',
        'engine.flattenMs=2',
        'engine.accumulatorMs=3600000',
      ]);
      world.gateway.fateOf = fateOf;
      world.risk.lag = lag;
      const opened = () => Math.max(0, ...Object.values(openOf(world.gateway)).map(Number));
      let kills = 0;
      for (let at = 1; at <= EFFECTS_MAX; at += 1) {
        world.risk.mode = undefined;
        await world.restart();
        // On a busy machine a trade may be too late to fill: then there is nothing to close yet.
        while (opened() < Number(quantity) / 2) {
          const { begun } = world.take({ quantity });
          await begun;
          await until(() => world.trading.desk.openCount === 0);
          await until(async () => await world.isQuiet());
        }
        const mortal = new Mortal({ at, when });
        world.risk.mode = 'flatten';
        await world.restart(mortal);
        const ended = async () => {
          const told = await world.alerts('risk.flatten');
          const ends = told.filter(({ resolvedAtUs }) => resolvedAtUs !== undefined);
          // Told at least once, as one alert.
          return new Set(ends.map(({ alertId }) => alertId)).size === at && (await world.isQuiet());
        };
        await until(async () => mortal.dead || (await ended()), { what: `effect ${at} ${when}` });
        if (mortal.dead) {
          kills += 1;
          await world.restart();
          await until(ended, { what: `recovery at ${at} ${when}` });
        }
        const left = Object.values(openOf(world.gateway)).map((one) => Math.abs(Number(one)));
        for (const one of left) expect(one).toBeLessThan(0.06);
        if (!mortal.dead && mortal.effects < at) break;
      }
      expect(kills).toBeGreaterThan(6);
      await world.close();
    },
    120_000,
  );
});
