import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { orderId } from '@ats/domain';
import { orderKey, readBalanceItem, readOrderItem } from '@ats/orders';
import { killedWriter } from '@ats/testkit';
import fc from 'fast-check';
import { openDesk, submitOf } from './desk.ts';
import { decimal, deposit, openStores, recordsOf, type Stores, traces } from './gateway.ts';

async function moneyOf({ state }: Stores) {
  const [item] = (await state.query({ table: 'balances', partition: 'main' })).items;
  if (item === undefined) throw new Error('no balance');
  return readBalanceItem(item);
}

async function ordersOf({ state }: Stores) {
  const orders = [];
  let after: string | undefined;
  do {
    const partition = 'account/main';
    const page = await state.query({
      ...{ table: 'orders', partition, limit: 1000 },
      ...(after === undefined ? {} : { after }),
    });
    for (const { key } of page.items) {
      const id = orderId(key.sort.slice(key.sort.indexOf('/') + 1));
      const item = await state.get(orderKey(id));
      if (item === undefined) throw new Error(`order ${id} is listed and not there`);
      orders.push(readOrderItem(item));
    }
    after = page.next;
  } while (after !== undefined);
  return orders;
}

/** What all orders together hold must be what is reserved, and nothing is made or lost. */
async function expectMoneyToAddUp(stores: Stores, deposited: string): Promise<void> {
  const { available, reserved } = await moneyOf(stores);
  expect(available.isNegative() || reserved.isNegative()).toBe(false);
  const held = (await ordersOf(stores))
    .flatMap(({ hold }) => hold.parts)
    .reduce((sum, { amount }) => sum.add(amount), decimal('0'));
  expect(held.normalized().toString()).toBe(reserved.normalized().toString());
  expect(available.add(reserved).normalized().toString()).toBe(deposited);
}

describe('however requests come', () => {
  it('money is never overdrawn, and each request id gives one answer', async () => {
    const request = fc.record({
      id: fc.integer({ min: 0, max: 5 }),
      quantities: fc.array(fc.constantFrom('0.1', '0.5', '1', '2.5'), {
        minLength: 1,
        maxLength: 3,
      }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 25 }), async (requests) => {
        const stores = await openStores();
        try {
          await deposit(stores.state, { venue: 'alpha', asset: 'USDT', amount: '600' });
          const { desk, outbox } = await openDesk(stores);
          const answers = await Promise.all(
            requests.map(({ id, quantities }) => desk.submit(submitOf(`r-${id}`, { quantities }))),
          );
          const ids = new Map<number, Set<string>>();
          for (const [index, answer] of answers.entries()) {
            if (answer.kind === 'refused') {
              expect(['ORDER_FUNDS_INSUFFICIENT', 'REQUEST_ID_REUSED']).toContain(
                answer.error.code,
              );
              continue;
            }
            const id = requests[index]?.id ?? -1;
            const named = answer.orders.map((order) => order.orderId).join(' ');
            ids.set(id, (ids.get(id) ?? new Set()).add(named));
          }
          // One request id, one list of orders, whoever asked first.
          for (const named of ids.values()) expect(named.size).toBe(1);
          const taken = [...ids.values()].flatMap((named) => [...named].join(' ').split(' '));
          expect((await ordersOf(stores)).map(({ order }) => order.orderId).sort()).toEqual(
            taken.sort(),
          );
          await expectMoneyToAddUp(stores, '600');
          await traces(stores);
          expect(await recordsOf(stores.log, 'orders.commands')).toHaveLength(taken.length);
          desk.close();
          await outbox.close();
        } finally {
          await stores.close();
          rmSync(stores.folder, { recursive: true, force: true });
        }
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  it('a kill between transaction and publish loses nothing and repeats nothing', async () => {
    const first = await openStores();
    const { folder } = first;
    await deposit(first.state, { venue: 'alpha', asset: 'USDT', amount: '1000000' });
    await first.close();
    const script = fileURLToPath(new URL('./submit-process.ts', import.meta.url));
    const acknowledged = await killedWriter({ script, args: [folder] }, { linesMin: 200 });
    const stores = await openStores(folder);
    const left = (await stores.state.query({ table: 'outbox', partition: 'gateway-1' })).items;
    const { desk, outbox, recovered } = await openDesk(stores);
    // Without entries left behind by the kill this would show nothing.
    expect(left.length).toBeGreaterThan(0);
    expect(recovered).toBeGreaterThanOrEqual(left.length);
    await traces(stores);
    const orders = await ordersOf(stores);
    const ids = new Set<string>(orders.map(({ order }) => order.orderId));
    for (const line of acknowledged) expect(ids).toContain(line.split(' ')[1]);
    const commands = await recordsOf(stores.log, 'orders.commands');
    const events = new Set(commands.map(({ headers }) => headers.eventId));
    expect([...events].sort()).toEqual([...ids].map((id) => `${id}:submit`).sort());
    await expectMoneyToAddUp(stores, '1000000');
    for (const line of acknowledged.slice(-20)) {
      const [id = '', order] = line.split(' ');
      expect(await desk.submit(submitOf(id))).toMatchObject({
        kind: 'taken',
        repeated: true,
        orders: [{ orderId: order }],
      });
    }
    expect(await ordersOf(stores)).toHaveLength(orders.length);
    desk.close();
    await outbox.close();
    await stores.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
});
