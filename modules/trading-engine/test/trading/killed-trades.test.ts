import { TRADE_ENDS, type TradeId } from '@ats/domain';
import { until } from '@ats/testkit';
import type { Fate, GatewayModel } from './gateway-model.ts';
import { Mortal } from './mortal.ts';
import { TradingWorld } from './world.ts';

/** More than the effects of any trade here, with room for trades that came to nothing. */
const ROUNDS_MAX = 160;

type FateOf = GatewayModel['fateOf'];

const filled: FateOf = () => ({});
const oneLegMissing: FateOf = ({ terms, purpose }): Fate => ({
  share: purpose === 'entry' && terms.side === 'sell' ? 0 : 1,
});
const halfUnwound: FateOf = ({ terms, purpose }): Fate => ({
  share: purpose === 'unwind' ? 0.5 : terms.side === 'sell' ? 0 : 1,
});
/** Of a triangle the base is not bought, so base and coin are open. */
const baseMissing: FateOf = ({ terms, purpose }): Fate => ({
  share: purpose === 'entry' && terms.instrument === 'ETH/BTC' ? 0 : 1,
});
const stands: FateOf = ({ terms, purpose }): Fate =>
  purpose === 'entry' && terms.side === 'sell' ? { share: 0.25, stands: true } : {};

describe.each([
  ['both legs fill', filled, 2],
  ['one leg is missing', oneLegMissing, 2],
  ['unwinds fill by halves', halfUnwound, 2],
  ['a leg stands until it is cancelled', stands, 2],
  ['all legs of a triangle fill', filled, 3],
  ['the base of a triangle is missing', baseMissing, 3],
] as const)('a trade whose engine is killed, when %s', (_, fateOf, legs) => {
  test.each(['before', 'after'] as const)(
    '%s any of its effects, ends once',
    async (when) => {
      const world = await TradingWorld.open([
        'engine.legTimeoutMs=80',
        'engine.timerMs=2',
        // What is carried stays where it can be counted.
        'engine.accumulatorMs=3600000',
      ]);
      world.gateway.fateOf = fateOf;
      let kills = 0;
      for (let at = 1, round = 1; round <= ROUNDS_MAX; round += 1) {
        const mortal = new Mortal({ at, when });
        await world.restart(mortal);
        const orders = world.gateway.orders.size;
        const { trade, begun } = legs === 2 ? world.take() : world.takeTriangle('1.3');
        await begun;
        // What is told of a trade, and forgotten of the telling, are effects as well.
        await until(async () => mortal.dead || (await world.isQuiet()), {
          what: `effect ${at} ${when}`,
        });
        const survived = !mortal.dead;
        if (!survived) {
          kills += 1;
          await world.restart();
        }
        await until(() => world.trading.desk.openCount === 0, {
          what: `recovery at ${at} ${when}`,
        });
        await checkEnded(world, trade.tradeId, { ordersBefore: orders, legs });
        // Where a busy machine let the time for sending legs pass, it was no whole trade, and has
        // not shown how many effects one has: the same again.
        if (survived && world.gateway.orders.size === orders) continue;
        if (survived && mortal.effects < at) break;
        at += 1;
      }
      expect(kills).toBeGreaterThan(8);
      await world.close();
    },
    60_000,
  );
});

async function checkEnded(
  world: TradingWorld,
  tradeId: TradeId,
  expected: { readonly ordersBefore: number; readonly legs: number },
): Promise<void> {
  const { store } = world.trading;
  expect(await store.open()).toEqual([]);
  const kept = await store.find(tradeId);
  const submitted = [...world.gateway.orders.values()].filter((one) => one.tradeId === tradeId);
  if (kept === undefined) {
    // It died before the trade was stored: then nothing was asked of anybody.
    expect(submitted).toEqual([]);
    expect(world.gateway.orders.size).toBe(expected.ordersBefore);
    return;
  }
  expect(TRADE_ENDS).toContain(kept.state);
  expect(kept.state).not.toBe('EXPOSED');
  // The legs are all or none, and every order is one that the trade knows, at its last figures.
  const legs = submitted.filter(({ purpose }) => purpose === 'entry');
  expect([0, expected.legs]).toContain(legs.length);
  for (const order of submitted) {
    const known = [...kept.legs, ...kept.unwinds].find((one) => one.orderId === order.orderId);
    expect(known?.cumulativeQuantity.equals(order.cumulativeQuantity)).toBe(true);
    expect(known?.cumulativeNotional.equals(order.cumulativeNotional)).toBe(true);
  }
  // What is open in the world is what the accumulator says, to the last digit.
  const carried = await store.accumulated();
  expect((carried.get(kept.base) ?? kept.carriedOut).equals(world.gateway.net(kept.base))).toBe(
    true,
  );
  const { bridge } = kept;
  if (bridge !== undefined) {
    const coins = carried.get(bridge.asset) ?? bridge.carriedOut;
    expect(coins.equals(world.gateway.net(bridge.asset))).toBe(true);
  }
  // The log has every version of the trade, each with one meaning.
  const versions = await until(async () => {
    const published = (await world.published()).filter((one) => one.tradeId === tradeId);
    return published.some(({ version }) => version === kept.version) ? published : undefined;
  });
  const states = new Map(versions.map(({ version, state }) => [version, state]));
  expect([...states.keys()].toSorted((a, b) => a - b)).toEqual(
    Array.from(
      { length: kept.version - (versions[0]?.version ?? 0) + 1 },
      (_, index) => index + (versions[0]?.version ?? 0),
    ),
  );
  for (const { version, state } of versions) expect(states.get(version)).toBe(state);
}
