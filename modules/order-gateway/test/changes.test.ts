import { type ExecutionId, type Order, orderId, type RequestId } from '@ats/domain';
import { applyToOrder, orderKey, readOrderItem, replaceOrderItems } from '@ats/orders';
import { buy, decimal, deposit, type Gateway, startGateway, traces } from './gateway.ts';

type Input = Parameters<typeof applyToOrder>[1];

describe('wishes about an order', () => {
  let gateway: Gateway;
  let order: { readonly orderId: string };
  beforeEach(async () => {
    gateway = await startGateway();
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '2000' });
    order = (await gateway.call('POST', '/orders', buy())).body.order;
  });
  afterEach(() => gateway.close());

  const cancel = (key: string) =>
    gateway.call('DELETE', `/orders/${order.orderId}`, undefined, { 'idempotency-key': key });
  const replace = (requestId: string, terms: object) =>
    gateway.call('PUT', `/orders/${order.orderId}`, { requestId, ...terms });

  /** Does to the stored order what the OMS would. */
  const happens = async (...inputs: Input[]): Promise<Order> => {
    const { state } = gateway.stores;
    const item = await state.get(orderKey(orderId(order.orderId)));
    if (item === undefined) throw new Error('no order');
    const stored = readOrderItem(item);
    let changed = stored.order;
    for (const input of inputs) changed = applyToOrder(changed, input, new Set()).order;
    const { hold } = stored;
    await state.transact(replaceOrderItems(stored, { order: changed, hold }));
    return changed;
  };

  it('hands a cancel on once, whatever is repeated and whatever happens since', async () => {
    const first = await cancel('c-1');
    expect(first.status).toBe(202);
    expect((await cancel('c-1')).headers.get('idempotent-replayed')).toBe('true');
    await happens(
      { kind: 'submit', atUs: 1 },
      { kind: 'accepted', atUs: 2 },
      { kind: 'cancel-accepted', detail: '', atUs: 3 },
    );
    const again = await cancel('c-1');
    expect(again.status).toBe(202);
    expect(again.body.order['status']).toBe('CANCELED');
    const late = await cancel('c-2');
    expect(late.status).toBe(409);
    expect(late.body.error).toMatchObject({ code: 'ORDER_CLOSED', facts: { status: 'CANCELED' } });
    const { commands } = (await traces(gateway.stores)) as { commands: string[] };
    expect(commands).toEqual([`${order.orderId}:submit`, `${order.orderId}:cancel:c-1`]);
  });

  it('lets a request id stand for one wish only', async () => {
    await cancel('x-1');
    const other = await replace('x-1', { quantity: '0.011', limitPrice: '100000' });
    expect(other.status).toBe(409);
    expect(other.body.error.code).toBe('REQUEST_ID_REUSED');
  });

  it('needs a request id', async () => {
    const answer = await gateway.call('DELETE', `/orders/${order.orderId}`);
    expect(answer.body.error).toMatchObject({ code: 'REQUEST_INVALID', field: 'requestId' });
  });

  it('hands new terms on, and leaves the money to the OMS', async () => {
    const before = (await gateway.call('GET', '/balances')).body.balances;
    const answer = await replace('r-1', { quantity: '0.015', limitPrice: '100000' });
    expect(answer.status).toBe(202);
    expect((await gateway.call('GET', '/balances')).body.balances).toEqual(before);
    const { commands } = (await traces(gateway.stores)) as { commands: string[] };
    expect(commands.at(-1)).toBe(`${order.orderId}:replace:r-1`);
  });

  it.each([
    ['more than there is money for', { quantity: '0.02' }, 422, 'ORDER_FUNDS_INSUFFICIENT'],
    ['a wrong tick', { limitPrice: '100000.001' }, 422, 'ORDER_RULE_BROKEN'],
    ['a wrong step', { quantity: '0.00123' }, 422, 'ORDER_RULE_BROKEN'],
    ['too little', { quantity: '0.0005' }, 422, 'ORDER_RULE_BROKEN'],
  ])('refuses %s', async (_what, terms, status, code) => {
    const before = await traces(gateway.stores);
    const answer = await replace('r-1', { quantity: '0.01', limitPrice: '100000', ...terms });
    expect(answer.body.error).toMatchObject({ code });
    expect(answer.status).toBe(status);
    expect(await traces(gateway.stores)).toEqual(before);
  });

  it('refuses terms below what is filled, and while the venue has not answered', async () => {
    const fill = { quantity: decimal('0.005'), price: decimal('100000') };
    const executionId = 'e-1' as ExecutionId;
    await happens(
      { kind: 'submit', atUs: 1 },
      { kind: 'accepted', atUs: 2 },
      { kind: 'fill', executionId, ...fill, atUs: 3 },
    );
    const below = await replace('r-1', { quantity: '0.005', limitPrice: '100000' });
    expect(below.body.error).toMatchObject({ field: 'quantity', facts: { filled: '0.005' } });
    const requestId = 'p-1' as RequestId;
    await happens({ kind: 'cancel-requested', requestId, detail: '', atUs: 4 });
    const pending = await replace('r-2', { quantity: '0.011', limitPrice: '100000' });
    expect(pending.status).toBe(409);
    expect(pending.body.error).toMatchObject({ code: 'ORDER_REQUEST_PENDING', retry: 'safe' });
  });

  it('replaces nothing while a gate is closed, and cancels all the same', async () => {
    gateway.world.halted = true;
    await gateway.running.pollGates();
    const answer = await replace('r-1', { quantity: '0.011', limitPrice: '100000' });
    expect(answer.body.error.code).toBe('ORDER_GATE_CLOSED');
    expect((await cancel('c-1')).status).toBe(202);
  });
});
