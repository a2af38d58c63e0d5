import { Decimal } from '@ats/domain';
import { until } from '@ats/testkit';
import ccxt from 'ccxt';
import { DemoClients, type OrderView } from './demo-clients.ts';
import type { Client, PrivateCase } from './private-case.ts';
import { PRIVATE_CASES } from './private-cases.ts';

let demo: DemoClients;

beforeAll(async () => {
  demo = await DemoClients.start();
});

afterEach(() => demo.endFaults());
afterAll(() => demo.close());

/** The venue's own record of the newest order of a client order id. */
async function recordOf(one: PrivateCase, clientOrderId: string): Promise<OrderView | undefined> {
  const { openOrders, doneOrders } = await demo.accountOf(one.id);
  return [...doneOrders, ...openOrders].findLast((order) => order.clientOrderId === clientOrderId);
}

let clientOrderIds = 100;

describe.each(PRIVATE_CASES)('with a fault, the private side of $id', (one) => {
  const { id: venue, symbol } = one;
  let client: Client;
  let clientOrderId: string;
  /** Places an order that rests. */
  const rest = (): Promise<string> => demo.rest(client, one, one.clientIdParams(clientOrderId));

  beforeAll(async () => {
    client = demo.open(one);
    await client.loadMarkets();
  });

  beforeEach(() => {
    clientOrderIds += 1;
    // Kraken takes a UUID of 36 characters, Bitfinex a number.
    clientOrderId = one.clientOrderId(1).slice(0, -3) + String(clientOrderIds);
  });

  it('accepted-then-timeout: takes the order, and never answers', async () => {
    await demo.fault({ kind: 'accepted-then-timeout', venue, amountMs: 50 });
    await expect(rest()).rejects.toThrow(ccxt.NetworkError);
    const open = await client.fetchOpenOrders(symbol);
    expect(open.map((order) => order.clientOrderId)).toEqual([clientOrderId]);
    expect((await recordOf(one, clientOrderId))?.state).toBe('open');
  });

  it('rejected-by-timeout: neither takes the order nor answers', async () => {
    await demo.fault({ kind: 'rejected-by-timeout', venue, amountMs: 50 });
    await expect(rest()).rejects.toThrow(ccxt.NetworkError);
    expect(await client.fetchOpenOrders(symbol)).toEqual([]);
    expect(await recordOf(one, clientOrderId)).toBeUndefined();
    expect(await rest()).not.toBe('');
  });

  it('cancel-lost: the order rests on until it is canceled again', async () => {
    const id = await rest();
    await demo.fault({ kind: 'cancel-lost', venue, amountMs: 50 });
    await expect(client.cancelOrder(id, symbol)).rejects.toThrow(ccxt.NetworkError);
    expect((await client.fetchOrder(id, symbol)).status).toBe('open');
    await client.cancelOrder(id, symbol);
    expect((await client.fetchOrder(id, symbol)).status).toBe('canceled');
  });

  it('accepted-then-timeout of a cancel: cancels, and never answers', async () => {
    const id = await rest();
    await demo.fault({ kind: 'accepted-then-timeout', venue, request: 'cancel', amountMs: 50 });
    await expect(client.cancelOrder(id, symbol)).rejects.toThrow(ccxt.NetworkError);
    expect((await client.fetchOrder(id, symbol)).status).toBe('canceled');
  });

  it('order-reject: refuses the next order with the venue’s own error, and no other', async () => {
    await demo.fault({ kind: 'order-reject', venue });
    await expect(rest()).rejects.toThrow(ccxt.InsufficientFunds);
    await rest();
    expect((await recordOf(one, clientOrderId))?.state).toBe('open');
  });

  it('partial-fill: fills half of the order and no more, and a cancel frees the rest', async () => {
    await demo.fault({ kind: 'partial-fill', venue });
    const id = await rest();
    const filled = Number((await client.fetchOrder(id, symbol)).filled);
    expect(filled).toBeGreaterThan(0);
    expect(filled).toBeCloseTo(one.amount / 2, 7);
    await client.cancelOrder(id, symbol);
    const order = await client.fetchOrder(id, symbol);
    expect([order.status, Number(order.filled)]).toEqual(['canceled', filled]);
    const { balances } = await demo.accountOf(venue);
    expect(balances.filter(({ locked }) => !Decimal.parse(locked).isZero())).toEqual([]);
  });

  it('fill-during-cancel: the cancel comes too late', async () => {
    const id = await rest();
    await demo.fault({ kind: 'fill-during-cancel', venue });
    await expect(client.cancelOrder(id, symbol)).rejects.toThrow(one.notCancelable);
    const order = await client.fetchOrder(id, symbol);
    expect([order.status, Number(order.filled)]).toEqual(['closed', one.amount]);
  });

  it.each(['rate-limit', 'ban'])(
    '%s: refuses what is signed, and serves the public',
    async (kind) => {
      await demo.fault({ kind, venue, scope: 'private', durationMs: 0 });
      await expect(client.fetchBalance()).rejects.toThrow(one.overLimit);
      await client.fetchOrderBook(symbol, 25);
      await expect(rest()).rejects.toThrow(one.overLimit);
      await demo.admin('DELETE', 'faults');
      expect(await recordOf(one, clientOrderId)).toBeUndefined();
    },
  );

  it('maintenance: takes no orders', async () => {
    await demo.fault({ kind: 'maintenance', venue, durationMs: 0 });
    await expect(client.fetchBalance()).rejects.toThrow(one.down);
    await demo.admin('DELETE', 'faults');
    await rest();
  });

  it('kill: the venue comes back with its accounts and resting orders', async () => {
    const id = await rest();
    const before = await demo.accountOf(venue);
    await demo.fault({ kind: 'kill', venue, durationMs: 0 });
    await expect(client.fetchOrder(id, symbol)).rejects.toThrow(ccxt.NetworkError);
    await demo.admin('DELETE', 'faults');
    await until(() => client.fetchOrder(id, symbol).then(({ status }) => status === 'open'));
    expect((await demo.accountOf(venue)).openOrders).toEqual(before.openOrders);
    await client.cancelOrder(id, symbol);
  });

  it('kill with mass cancel: the venue comes back without resting orders', async () => {
    const id = await rest();
    await demo.fault({ kind: 'kill', venue, durationMs: 600, massCancel: true });
    await until(() => client.fetchOrder(id, symbol).then(({ status }) => status === 'canceled'));
    expect((await demo.accountOf(venue)).openOrders).toEqual([]);
  });
});
