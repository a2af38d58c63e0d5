import { jest } from '@jest/globals';
import { OrderWorld } from '../src/orders/order-world.ts';
import { simulateOrders } from '../src/orders/simulate-orders.ts';

// Virtual time is cheap, but not under a test runner's instrumentation on a busy machine.
jest.setTimeout(180_000);

const PLAN = { stormMs: 5000, calmMsMax: 60_000 };

describe('simulation of the order path', () => {
  test('the same seed gives the same bytes, another seed others', async () => {
    const first = await simulateOrders(21, PLAN);
    const again = await simulateOrders(21, PLAN);
    const other = await simulateOrders(22, PLAN);
    expect(again).toEqual(first);
    expect(other.hash).not.toBe(first.hash);
  });

  test('services die amid their work, and nothing is lost, repeated or left open', async () => {
    const { acknowledged, fills, kills, violations } = await simulateOrders(23, PLAN);
    expect(violations).toEqual([]);
    expect(kills).toBeGreaterThan(2);
    expect(acknowledged).toBeGreaterThan(50);
    expect(fills).toBeGreaterThan(20);
  });

  test('money that appears at a venue behind the ledger is found out', async () => {
    const world = new OrderWorld(24);
    world.bootAll();
    await world.run(4000);
    const { SOL } = Object.fromEntries(
      world.venues[0]?.account.balances.map((one) => [one.asset, one.available]) ?? [],
    );
    if (SOL === undefined) throw new Error('the first venue has SOL');
    world.venues[0]?.account.transfer('SOL', SOL);
    world.calm();
    await world.run(5000);
    await world.finish();
    expect(world.violations).toContainEqual(expect.stringMatching(/binance SOL: ours .*theirs/));
  });

  test('an acknowledged order that is gone is found out', async () => {
    const world = new OrderWorld(25);
    world.bootAll();
    await world.run(4000);
    const [orderId] = world.clients.acknowledged;
    if (orderId === undefined) throw new Error('an order was acknowledged');
    const key = { table: 'orders', partition: orderId, sort: 'order' } as const;
    await world.disk.state.transact([{ kind: 'delete', key }]);
    world.calm();
    await world.run(2000);
    await world.finish();
    expect(world.violations).toContainEqual(expect.stringContaining(`order ${orderId} is lost`));
  });
});
