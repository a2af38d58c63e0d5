import { ORDER_SERVICE, type WireMessages } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { openRpcDirectory, seededRandom, systemClock, systemTimers, UNGUARDED } from '@ats/runtime';
import { type AccessEntry, HeldStreams, openGuard } from '@ats/security';
import { memoryMetrics, silentLogger, until } from '@ats/testkit';
import { deposit, type Gateway, startGateway, traces } from './gateway.ts';

const CALL = { deadlineMs: 5000 };
const ORDER: WireMessages['ats.order.v1.NewOrder'] = {
  ...{ clientOrderId: 'mine', venue: 'alpha', instrument: 'BTC/USDT' },
  side: 'ORDER_SIDE_BUY',
  type: 'ORDER_TYPE_LIMIT',
  timeInForce: 'TIME_IN_FORCE_GTC',
  ...{ quantity: '0.01', limitPrice: '100000', postOnly: false },
};
const submitOf = (accountId: string, requestId: string) => ({
  ...{ requestId, accountId, tradeId: '', purpose: 'ORDER_PURPOSE_ENTRY' as const },
  ...{ opportunityId: '', approval: '', sendBeforeUs: 0, orders: [ORDER] },
});

/** Traders by their tokens: two with an account each, and one with all. */
const ACCOUNTS: Readonly<Record<string, readonly string[]>> = {
  'Bearer ann': ['main'],
  'Bearer ben': ['other'],
  'Bearer eve': ['other', 'third'],
  'Bearer zoe': ['*'],
};
const as = (name: string) => ({ ...CALL, authorization: `Bearer ${name}` });

describe('a person over gRPC', () => {
  let gateway: Gateway;
  let client: ReturnType<typeof openRpcDirectory>;
  const entries: AccessEntry[] = [];
  const introspect = async (name: string) => ({
    ...{ active: true, name, role: 'trader', sessionId: name, stepUpUntilUs: 0 },
    ...{ accounts: [...(ACCOUNTS[`Bearer ${name}`] ?? [])], expiresAtUs: Number.MAX_SAFE_INTEGER },
  });

  beforeAll(async () => {
    const streams = new HeldStreams({
      lasts: async () => true,
      timers: systemTimers,
      everyMs: 1000,
    });
    const guard = openGuard({
      ...{ self: 'ats', services: new Set(['ats']), introspect, clock: systemClock, streams },
      log: { write: (entry) => void entries.push(entry) },
    });
    gateway = await startGateway({ guard });
    client = openRpcDirectory({
      ...{ clock: systemClock, timers: systemTimers, random: seededRandom(2), guard: UNGUARDED },
      ...{ logger: silentLogger(), metrics: memoryMetrics(), listen: false },
      addresses: { [ORDER_SERVICE.fullName]: { address: gateway.running.address, field: 'rpc' } },
    });
    for (const account of ['main', 'other']) {
      const money = { account, venue: 'alpha', asset: 'USDT', amount: '5000' };
      await deposit(gateway.stores.state, money);
    }
  });
  afterAll(async () => {
    await client.close();
    await gateway.close();
  });
  beforeEach(() => void entries.splice(0));

  const orders = () => client.client(ORDER_SERVICE);
  /** What a call is refused with, without the id that it named. */
  const refusalOf = async (call: Promise<unknown>, id = '') => {
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof AtsError)) throw new Error('nothing was refused');
    const { code, message, remedy, retry } = error;
    return { code, retry, message: message.replaceAll(id, 'ID'), remedy: remedy ?? '' };
  };
  const denials = () => entries.filter(({ outcome }) => outcome === 'denied');
  const someOrder = async (requestId: string): Promise<string> => {
    const { orders: taken } = await orders().SubmitOrders(submitOf('main', requestId), as('ann'));
    return taken[0]?.orderId ?? '';
  };

  it('trades for accounts of theirs and for no other', async () => {
    const id = await someOrder('own-1');
    expect(id).not.toBe('');
    const before = await traces(gateway.stores);
    for (const [name, account] of [
      ['ben', 'main'],
      ['ben', ''],
      ['ben', '*'],
      ['eve', 'main'],
    ] as const) {
      const refused = await refusalOf(orders().SubmitOrders(submitOf(account, 'theft'), as(name)));
      expect(refused.code).toBe('REQUEST_FORBIDDEN');
    }
    expect(await traces(gateway.stores)).toEqual(before);
    expect(denials()).toHaveLength(4);
    expect(denials()[0]).toMatchObject({
      ...{ actor: 'ben', action: 'orders.submit', reason: 'REQUEST_FORBIDDEN' },
      target: 'ats.order.v1.OrderService/SubmitOrders',
      request: { accountId: 'main' },
    });
  });

  it('lists and follows orders of accounts of theirs and of no other', async () => {
    const page = { openOnly: false, pageToken: '', pageSize: 0 };
    const own = await orders().ListOrders({ accountId: 'main', ...page }, as('ann'));
    expect(own.orders.length).toBeGreaterThan(0);
    const refused = await refusalOf(orders().ListOrders({ accountId: 'main', ...page }, as('ben')));
    expect(refused.code).toBe('REQUEST_FORBIDDEN');
    const told: string[] = [];
    const follow = (name: string, accountId: string) =>
      client.subscribe(
        ORDER_SERVICE,
        'StreamOrderEvents',
        { accountId, after: '' },
        {
          ...as(name),
          onMessage: () => told.push(`${name}: begun`),
          onEnd: (error) => told.push(`${name}: ${error?.code}`),
        },
      );
    const streams = [follow('ann', 'main'), follow('ben', 'main'), follow('zoe', 'main')];
    await until(() => told.length === 3);
    expect(told.toSorted()).toEqual(['ann: begun', 'ben: REQUEST_FORBIDDEN', 'zoe: begun']);
    for (const stream of streams) stream.close();
    expect(denials().map(({ actor }) => actor)).toEqual(['ben', 'ben']);
  });

  it('is told of an order of others what is told of none, which the log knows better', async () => {
    const id = await someOrder('own-2');
    const terms = { quantity: '0.02', limitPrice: '90000' };
    const calls = {
      get: (orderId: string) => orders().GetOrder({ orderId }, as('ben')),
      cancel: (orderId: string) => orders().CancelOrder({ requestId: 'c', orderId }, as('ben')),
      replace: (orderId: string) =>
        orders().ReplaceOrder({ requestId: 'r', orderId, ...terms }, as('ben')),
      badCancel: (orderId: string) => orders().CancelOrder({ requestId: '', orderId }, as('ben')),
      badReplace: (orderId: string) =>
        orders().ReplaceOrder({ requestId: 'r', orderId, ...terms, quantity: 'x' }, as('ben')),
    };
    const before = await traces(gateway.stores);
    for (const [name, call] of Object.entries(calls)) {
      const foreign = await refusalOf(call(id), id);
      const none = await refusalOf(call('no-such-order'), 'no-such-order');
      expect({ name, ...foreign }).toEqual({ name, ...none });
    }
    expect(await traces(gateway.stores)).toEqual(before);
    // Of what is none nothing is denied: it fails.
    expect(denials().map(({ action, reason }) => `${action} ${reason}`)).toEqual([
      'orders.read REQUEST_FORBIDDEN',
      'orders.cancel REQUEST_FORBIDDEN',
      'orders.replace REQUEST_FORBIDDEN',
    ]);
    expect(denials()[1]).toMatchObject({ actor: 'ben', request: { orderId: id } });
  });

  it('reads and cancels orders of accounts of theirs, or of any with all', async () => {
    const id = await someOrder('own-3');
    for (const name of ['ann', 'zoe']) {
      const { order } = await orders().GetOrder({ orderId: id }, as(name));
      expect(order?.orderId).toBe(id);
    }
    await orders().CancelOrder({ requestId: 'leave', orderId: id }, as('ann'));
    expect(denials()).toEqual([]);
  });
});
