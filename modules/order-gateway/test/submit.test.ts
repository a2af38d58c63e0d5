import { orderId } from '@ats/domain';
import { balanceKey, orderKey, readOrderCommand, readOrderItem } from '@ats/orders';
import { until } from '@ats/testkit';
import { buy, deposit, type Gateway, recordsOf, startGateway, traces } from './gateway.ts';

describe('taking orders over REST', () => {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await startGateway();
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '5000' });
  });
  afterEach(() => gateway.close());

  it('takes an order, reserves its money and its fee, and tells the OMS', async () => {
    const { status, body } = await gateway.call('POST', '/orders', buy());
    expect(status).toBe(201);
    expect(body.order).toMatchObject({
      accountId: 'main',
      status: 'NEW',
      quantity: '0.01',
      limitPrice: '100000',
      leavesQuantity: '0.01',
      timeInForce: 'gtc',
      purpose: 'entry',
      version: 1,
    });
    const { state, log } = gateway.stores;
    const item = await state.get(orderKey(orderId(body.order.orderId)));
    expect(item && String(readOrderItem(item).hold.parts[0]?.amount)).toMatch(/^1001\.?0*$/);
    const { body: balances } = await gateway.call('GET', '/balances');
    expect(balances.balances).toEqual([
      { accountId: 'main', venue: 'alpha', asset: 'USDT', available: '3999', reserved: '1001' },
    ]);
    await until(async () => (await recordsOf(log, 'orders.commands')).length === 1);
    const [record] = await recordsOf(log, 'orders.commands');
    expect(record && readOrderCommand(record)).toMatchObject({
      kind: 'submit',
      order: { orderId: body.order.orderId, status: 'NEW' },
    });
    await until(async () => (await recordsOf(log, 'ledger.entries')).length === 1);
    const outbox = () => state.query({ table: 'outbox', partition: 'gateway-1' });
    await until(async () => (await outbox()).items.length === 0);
  });

  it('gives the same answer to the same request, and takes it once', async () => {
    const request = buy();
    const first = await gateway.call('POST', '/orders', request);
    const again = await gateway.call('POST', '/orders', { ...request, quantity: '0.0100' });
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const { body } = await gateway.call('GET', '/orders');
    expect(body.orders).toEqual([first.body.order]);
  });

  it('gives the first answer also when a gate has closed or the money is gone since', async () => {
    const request = buy({ quantity: '0.049' });
    const first = await gateway.call('POST', '/orders', request);
    gateway.world.halted = true;
    await gateway.running.pollGates();
    const halted = await gateway.call('POST', '/orders', request);
    expect(halted.body).toEqual(first.body);
    gateway.world.halted = false;
    await gateway.running.pollGates();
    expect((await gateway.call('POST', '/orders', request)).body).toEqual(first.body);
  });

  it('refuses a request id that was used for something else', async () => {
    const request = buy();
    await gateway.call('POST', '/orders', request);
    const before = await traces(gateway.stores);
    const other = await gateway.call('POST', '/orders', { ...request, quantity: '0.02' });
    expect(other.status).toBe(409);
    expect(other.body.error).toMatchObject({ code: 'REQUEST_ID_REUSED', field: 'requestId' });
    expect(await traces(gateway.stores)).toEqual(before);
  });

  it('takes the request id from the header', async () => {
    const { requestId, ...request } = buy();
    const headers = { 'idempotency-key': requestId };
    const first = await gateway.call('POST', '/orders', request, headers);
    const again = await gateway.call('POST', '/orders', { ...request, requestId });
    expect(first.status).toBe(201);
    expect(again.body).toEqual(first.body);
    const differ = await gateway.call('POST', '/orders', buy(), headers);
    expect(differ.body.error).toMatchObject({ code: 'REQUEST_INVALID', field: 'requestId' });
    const without = await gateway.call('POST', '/orders', request);
    expect(without.body.error).toMatchObject({ code: 'REQUEST_INVALID', field: 'requestId' });
  });

  it('takes both legs of a batch, or none', async () => {
    await deposit(gateway.stores.state, { venue: 'beta', asset: 'BTC', amount: '0.005' });
    const before = await traces(gateway.stores);
    const { requestId, ...leg } = buy();
    const sell = { ...leg, venue: 'beta', side: 'sell', quantity: '0.01' };
    const batch = { requestId, tradeId: 'trade-1', orders: [leg, sell] };
    const refused = await gateway.call('POST', '/orders/batch', batch);
    expect(refused.status).toBe(422);
    expect(refused.body.error).toMatchObject({
      code: 'ORDER_FUNDS_INSUFFICIENT',
      value: 'beta/BTC',
      facts: { available: '0.005', needed: '0.01' },
    });
    expect(await traces(gateway.stores)).toEqual(before);
    const smaller = { ...batch, orders: [leg, { ...sell, quantity: '0.005' }] };
    const taken = await gateway.call('POST', '/orders/batch', smaller);
    expect(taken.status).toBe(201);
    expect(taken.body.orders).toMatchObject([
      { venue: 'alpha', tradeId: 'trade-1', side: 'buy' },
      { venue: 'beta', tradeId: 'trade-1', side: 'sell', timeInForce: 'gtc' },
    ]);
    const reserved = await gateway.stores.state.get(
      balanceKey({ accountId: 'main', venue: 'beta', asset: 'BTC' } as never),
    );
    expect(String(reserved?.attributes['reserved'])).toBe('0.005');
  });

  it('lists orders newest first, page by page, and open ones alone', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const { body } = await gateway.call('POST', '/orders', buy({ quantity: '0.001' }));
      ids.unshift(body.order.orderId);
    }
    const first = await gateway.call('GET', '/orders?limit=2');
    const second = await gateway.call('GET', `/orders?limit=2&after=${first.body.next}`);
    const listed = [...first.body.orders, ...second.body.orders];
    expect(listed.map((order) => order.orderId)).toEqual(ids);
    expect(second.body.next).toBeNull();
    const open = await gateway.call('GET', '/orders?open=true');
    expect(open.body.orders).toHaveLength(3);
    const one = await gateway.call('GET', `/orders/${ids[0]}`);
    expect(one.body.order).toEqual(listed[0]);
  });
});
