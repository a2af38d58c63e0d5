import { ORDER_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { EventLog, StateStore } from '@ats/storage';
import { until } from '@ats/testkit';
import { buy, deposit, type Gateway, recordsOf, startGateway, traces } from './gateway.ts';

const down = (retry: 'safe' | 'unknown') =>
  new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'the disk is away', retry });

/** A store that fails as it is told: before a transaction, or after it has happened. */
class BreakableStore implements StateStore {
  failure: 'none' | 'before' | 'after' = 'none';
  private readonly real: StateStore;

  constructor(real: StateStore) {
    this.real = real;
  }

  async transact(items: Parameters<StateStore['transact']>[0]) {
    if (this.failure === 'before') throw down('safe');
    const result = await this.real.transact(items);
    if (this.failure === 'after') throw down('unknown');
    return result;
  }

  async get(key: Parameters<StateStore['get']>[0]) {
    if (this.failure !== 'none') throw down('safe');
    return this.real.get(key);
  }

  query(query: Parameters<StateStore['query']>[0]) {
    return this.real.query(query);
  }

  health() {
    return this.real.health();
  }

  close() {
    return this.real.close();
  }
}

/** A log whose appends fail while it is down. */
function breakableLog(real: EventLog): { log: EventLog; setDown(isDown: boolean): void } {
  let isDown = false;
  const setDown = (value: boolean): void => {
    isDown = value;
  };
  const log: EventLog = {
    append: (record) => (isDown ? Promise.reject(down('safe')) : real.append(record)),
    subscribe: (options) => real.subscribe(options),
    read: (options) => real.read(options),
    lag: (options) => real.lag(options),
    health: () => (isDown ? { ok: false, reason: 'the log is away' } : real.health()),
    close: () => real.close(),
  };
  return { log, setDown };
}

describe('when something the gateway needs is gone', () => {
  let gateway: Gateway;
  let store: BreakableStore;
  let log: ReturnType<typeof breakableLog>;
  beforeEach(async () => {
    gateway = await startGateway({
      state: (real) => {
        store = new BreakableStore(real);
        return store;
      },
      log: (real) => {
        log = breakableLog(real);
        return log.log;
      },
    });
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '5000' });
  });
  afterEach(() => gateway.close());

  it('takes nothing while the store is down, says so, and leaves no trace', async () => {
    const request = buy();
    const before = await traces(gateway.stores);
    store.failure = 'before';
    const answer = await gateway.call('POST', '/orders', request);
    expect(answer.status).toBe(503);
    expect(answer.body.error).toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'safe' });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await gateway.call('GET', '/orders/some-order')).status).toBe(503);
    store.failure = 'none';
    expect(await traces(gateway.stores)).toEqual(before);
    expect((await gateway.call('POST', '/orders', request)).status).toBe(201);
  });

  it('finds out by itself what became of a transaction the store was silent about', async () => {
    // What unwinds asks nobody: nothing is read before the transaction.
    const request = buy({ purpose: 'unwind' });
    store.failure = 'after';
    const answer = await gateway.call('POST', '/orders', request);
    expect(answer.status).toBe(503);
    expect(answer.body.error).toMatchObject({ retry: 'unknown' });
    store.failure = 'none';
    const commands = () => recordsOf(gateway.stores.log, 'orders.commands');
    await until(async () => (await commands()).length === 1);
    const again = await gateway.call('POST', '/orders', request);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    await traces(gateway.stores);
    expect(await commands()).toHaveLength(1);
  });

  it('takes cancels and unwinds while the log is down, and no entries', async () => {
    const { body } = await gateway.call('POST', '/orders', buy());
    const before = await traces(gateway.stores);
    log.setDown(true);
    const refused = await gateway.call('POST', '/orders', buy());
    expect(refused.status).toBe(503);
    expect(refused.body.error).toMatchObject({
      code: 'ORDER_GATE_CLOSED',
      retry: 'safe',
      facts: { reason: 'the log is away' },
    });
    const key = { 'idempotency-key': 'cancel-it' };
    const cancel = await gateway.call('DELETE', `/orders/${body.order.orderId}`, undefined, key);
    expect(cancel.status).toBe(202);
    const unwind = await gateway.call('POST', '/orders', buy({ purpose: 'unwind' }));
    expect(unwind.status).toBe(201);
    log.setDown(false);
    const after = (await traces(gateway.stores)) as { commands: string[] };
    expect(after.commands).toEqual([
      ...(before as { commands: string[] }).commands,
      `${body.order.orderId}:cancel:cancel-it`,
      `${unwind.body.order.orderId}:submit`,
    ]);
  });

  it('closes while risk says halt, on one venue alone while that is not reconciled', async () => {
    await deposit(gateway.stores.state, { venue: 'beta', asset: 'USDT', amount: '5000' });
    const { world, running } = gateway;
    world.closedVenues.set('beta', 'a balance differs');
    await running.pollGates();
    const beta = await gateway.call('POST', '/orders', buy({ venue: 'beta' }));
    expect(beta.body.error).toMatchObject({
      code: 'ORDER_GATE_CLOSED',
      facts: { venue: 'beta', reason: 'a balance differs' },
    });
    expect((await gateway.call('POST', '/orders', buy())).status).toBe(201);
    world.halted = true;
    await running.pollGates();
    const halted = await gateway.call('POST', '/orders', buy());
    expect(halted.status).toBe(503);
    expect(halted.body.error.message).toContain('a drill');
    const unwind = buy({ purpose: 'unwind', quantity: '0.001' });
    expect((await gateway.call('POST', '/orders', unwind)).status).toBe(201);
  });

  it.each(['halted', 'flatten'] as const)(
    'names the mode %s of a halt in its refusal; unwinds and cancels pass',
    async (mode) => {
      const { body } = await gateway.call('POST', '/orders', buy({ quantity: '0.001' }));
      Object.assign(gateway.world, { halted: true, mode });
      await gateway.running.pollGates();
      const entry = await gateway.call('POST', '/orders', buy({ quantity: '0.001' }));
      expect(entry.body.error).toMatchObject({
        code: 'ORDER_GATE_CLOSED',
        facts: { mode, reason: `${mode} by ops: a drill` },
      });
      const unwind = buy({ purpose: 'unwind', quantity: '0.001' });
      expect((await gateway.call('POST', '/orders', unwind)).status).toBe(201);
      const path = `/orders/${body.order.orderId}?requestId=cancel-in-${mode}`;
      expect((await gateway.call('DELETE', path)).status).toBe(202);
    },
  );

  it('takes no entries while the kill switch is on, though nobody can be asked', async () => {
    gateway.killSwitch.pull('ann: prices are wrong');
    const refused = await gateway.call('POST', '/orders', buy());
    expect(refused.status).toBe(503);
    expect(refused.body.error).toMatchObject({
      code: 'ORDER_GATE_CLOSED',
      facts: { reason: 'ann: prices are wrong' },
    });
    const unwind = buy({ purpose: 'unwind', quantity: '0.001' });
    expect((await gateway.call('POST', '/orders', unwind)).status).toBe(201);
    gateway.killSwitch.release();
    expect((await gateway.call('POST', '/orders', buy())).status).toBe(201);
  });

  it('refuses the same over gRPC, with code and remedy', async () => {
    gateway.world.halted = true;
    await gateway.running.pollGates();
    const client = gateway.rpc.client(ORDER_SERVICE);
    const order = {
      clientOrderId: 'c-1',
      venue: 'alpha',
      instrument: 'BTC/USDT',
      side: 'ORDER_SIDE_BUY',
      type: 'ORDER_TYPE_LIMIT',
      timeInForce: 'TIME_IN_FORCE_IOC',
      quantity: '0.01',
      limitPrice: '100000',
      postOnly: false,
    } as const;
    const asked = client.SubmitOrders(
      {
        requestId: 'r-1',
        accountId: 'main',
        orders: [order],
        opportunityId: '',
        tradeId: '',
        purpose: 'ORDER_PURPOSE_ENTRY',
        sendBeforeUs: 0,
        approval: '',
      },
      { deadlineMs: 2000 },
    );
    await expect(asked).rejects.toMatchObject({ code: 'ORDER_GATE_CLOSED', retry: 'safe' });
  });
});

describe('gates whose services do not answer', () => {
  it('close when the last answer is too old, and open again', async () => {
    const gates = { pollMs: 10, ageMsMax: 300 };
    const gateway = await startGateway({ gateway: { gates } });
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '5000' });
    gateway.world.answering = false;
    await until(() => !gateway.running.readiness().ready);
    expect(gateway.running.readiness().reasons.join()).toContain('does not answer');
    const answer = await gateway.call('POST', '/orders', buy());
    expect(answer.body.error).toMatchObject({ code: 'ORDER_GATE_CLOSED' });
    gateway.world.answering = true;
    await until(() => gateway.running.readiness().ready, { timeoutMs: 20_000 });
    expect((await gateway.call('POST', '/orders', buy())).status).toBe(201);
    await gateway.close();
  });

  it('leave nothing running when the port is taken', async () => {
    const first = await startGateway();
    const port = Number(new URL(first.url).port);
    await expect(startGateway({ gateway: { port } })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      context: { field: 'gateway.port' },
    });
    await first.close();
  });
});
