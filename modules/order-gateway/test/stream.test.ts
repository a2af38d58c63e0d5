import { ORDER_SERVICE } from '@ats/contracts';
import { accountId, instrumentId, type Order, type OrderEvent, orderId } from '@ats/domain';
import { applyToOrder, orderEventRecord, orderKey, readOrderItem } from '@ats/orders';
import { sampleBook, until } from '@ats/testkit';
import { WebSocket } from 'ws';
import { serverMessage } from '../src/adapters/stream/told.ts';
import { buy, deposit, type Gateway, startGateway, TOKEN } from './gateway.ts';

type Message = Readonly<Record<string, unknown>> & {
  readonly channel?: string;
  readonly type?: string;
  readonly position?: string;
  readonly eventId?: string;
};

interface Client {
  readonly socket: WebSocket;
  readonly messages: Message[];
  say(message: unknown): void;
  of(channel: string): Message[];
  closed: { code: number; reason: string } | undefined;
}

describe('the stream', () => {
  let gateway: Gateway;
  const clients: Client[] = [];
  /** Everything that any client was told. */
  const told: Message[] = [];

  const start = async (stream: Record<string, unknown> = {}) => {
    const limits = {
      clientsMax: 3,
      subscriptionsMax: 4,
      bufferBytesMax: 1_000_000,
      conflateMs: 10,
      authenticateMs: 5000,
      heartbeatMs: 30_000,
    };
    gateway = await startGateway({ gateway: { stream: { ...limits, ...stream } } });
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '5000' });
  };
  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.terminate();
    await gateway.close();
    // As docs/reference describes it, and nothing beside.
    for (const message of told.splice(0)) expect(serverMessage.parse(message)).toEqual(message);
  });

  const connect = async (headers: object = { authorization: `Bearer ${TOKEN}` }) => {
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/stream`, {
      headers,
    } as never);
    const messages: Message[] = [];
    const client: Client = {
      socket,
      messages,
      closed: undefined,
      say: (message) =>
        socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
      of: (channel) => messages.filter((one) => one.channel === channel && !('type' in one)),
    };
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      messages.push(message);
      told.push(message);
    });
    socket.on('close', (code, reason) => {
      client.closed = { code, reason: String(reason) };
    });
    clients.push(client);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  };

  /** An order that the gateway took, as the OMS would hand it on. */
  const someOrder = async (): Promise<Order> => {
    const { body } = await gateway.call('POST', '/orders', buy({ quantity: '0.001' }));
    const item = await gateway.stores.state.get(orderKey(orderId(body.order.orderId)));
    if (item === undefined) throw new Error('no order');
    return readOrderItem(item).order;
  };

  /** Says in the log that the order changed, `count` times. */
  const tell = async (order: Order, count = 1, owner = 'main') => {
    const outcome = applyToOrder(order, { kind: 'submit', atUs: 1 }, new Set());
    if (outcome.kind !== 'changed') throw new Error(outcome.kind);
    for (let index = 0; index < count; index += 1) {
      const version = 2 + index;
      const changed = { ...outcome.order, accountId: accountId(owner), version };
      const event: OrderEvent = { order: changed, previousStatus: 'NEW', occurredAtUs: 1 };
      await gateway.stores.log.append(orderEventRecord(event, { correlationId: 'test' }));
    }
  };

  it('tells the events of an account, in order, and resumes after any of them', async () => {
    await start();
    const order = await someOrder();
    const first = await connect();
    first.say({ op: 'subscribe', channel: 'orders' });
    await until(() => first.messages.length === 1);
    expect(first.messages[0]).toMatchObject({ type: 'subscribed', channel: 'orders' });
    await tell(order, 3);
    await tell(order, 1, 'other');
    await tell(order, 1);
    await until(() => first.of('orders').length === 4);
    expect(first.of('orders')[0]).toMatchObject({
      accountId: 'main',
      eventId: `${order.orderId}:2`,
      data: { previousStatus: 'NEW', order: { orderId: order.orderId, status: 'PENDING_SUBMIT' } },
    });
    const second = await connect();
    const after = first.of('orders')[1]?.position;
    second.say({ op: 'subscribe', channel: 'orders', after });
    await until(() => second.of('orders').length === 2);
    await tell(order, 1);
    await until(() => second.of('orders').length === 3);
    await until(() => first.of('orders').length === 5);
    expect(second.of('orders')).toEqual(first.of('orders').slice(2));
  });

  it('leaves nothing out and repeats nothing while events come in', async () => {
    await start();
    const order = await someOrder();
    const client = await connect();
    client.say({ op: 'subscribe', channel: 'orders' });
    await until(() => client.messages.length === 1);
    const begin = client.messages[0]?.position;
    const telling = tell(order, 300);
    for (let round = 0; round < 2; round += 1) {
      await until(() => client.of('orders').length >= 100 * (round + 1));
      const later = await connect();
      later.say({ op: 'subscribe', channel: 'orders', after: begin });
      await until(() => later.of('orders').length === 300, { timeoutMs: 20_000 });
    }
    await telling;
    await until(() => client.of('orders').length === 300);
    const positions = client.of('orders').map(({ position }) => position);
    expect(new Set(positions).size).toBe(300);
    for (const other of clients.slice(1)) {
      expect(other.of('orders').map(({ position }) => position)).toEqual(positions);
    }
  });

  it('closes a client too slow for orders, with a reason, and loses it nothing', async () => {
    await start({ bufferBytesMax: 200_000 });
    const order = await someOrder();
    const slow = await connect();
    slow.say({ op: 'subscribe', channel: 'orders' });
    await until(() => slow.messages.length === 1);
    const begin = slow.messages[0]?.position;
    slow.socket.pause();
    // What a paused client's socket takes in is the system's affair: some megabytes.
    const closes = () =>
      gateway.metrics.value('ats_gateway_stream_closed_total', { reason: 'too_slow' });
    const big = { ...order, detail: 'x'.repeat(200_000) };
    let told = 0;
    while (closes() === 0 && told < 400) {
      await tell(big, 4);
      told += 4;
    }
    expect(closes()).toBe(1);
    slow.socket.resume();
    await until(() => slow.closed, { timeoutMs: 20_000 });
    expect(slow.closed).toEqual({ code: 4008, reason: expect.stringContaining('STREAM_TOO_SLOW') });
    const seen = slow.of('orders');
    const again = await connect();
    again.say({ op: 'subscribe', channel: 'orders', after: seen.at(-1)?.position ?? begin });
    await until(() => seen.length + again.of('orders').length === told, { timeoutMs: 20_000 });
  });

  it('tells balances as they stand, and the newest when they change', async () => {
    await start();
    const client = await connect();
    client.say({ op: 'subscribe', channel: 'balances' });
    await until(() => client.of('balances').length === 1);
    expect(client.of('balances')[0]).toMatchObject({ data: { available: '5000', reserved: '0' } });
    await someOrder();
    await until(() => client.of('balances').length === 2);
    expect(client.of('balances')[1]).toMatchObject({ data: { reserved: '100.1' } });
  });

  it('conflates market data for a client without room, and sends the newest', async () => {
    await start({ conflateMs: 50 });
    const client = await connect();
    client.say({ op: 'subscribe', channel: 'market', venues: ['alpha'], kinds: ['book'] });
    await until(() => client.messages.some(({ type }) => type === 'subscribed'));
    const instrument = instrumentId({ base: 'BTC', quote: 'USDT' });
    for (let sequence = 1; sequence <= 50; sequence += 1) {
      gateway.bus.publish({ ...sampleBook({ venue: 'alpha', sequence }), instrument });
      gateway.bus.publish({ ...sampleBook({ venue: 'beta', sequence }), instrument });
    }
    await until(() => client.of('market').length > 0);
    expect(client.of('market').at(-1)).toMatchObject({
      data: {
        venue: 'alpha',
        sequence: 50,
        asks: [
          [100.75, 12_345_678.9],
          [101, 2],
        ],
      },
    });
    expect(client.of('market').length).toBeLessThan(10);
    expect(gateway.metrics.value('ats_gateway_stream_conflated_total')).toBeGreaterThan(30);
  });

  it('wants a token, in the header or as the first message', async () => {
    await start({ authenticateMs: 200 });
    await expect(connect({ authorization: 'Bearer wrong' })).rejects.toThrow('401');
    const first = await connect({});
    first.say({ op: 'authenticate', token: TOKEN });
    await until(() => first.messages.some(({ type }) => type === 'authenticated'));
    const silent = await connect({});
    await until(() => silent.closed?.code === 4001);
    const wrong = await connect({});
    wrong.say({ op: 'subscribe', channel: 'orders' });
    await until(() => wrong.closed?.code === 4001);
  });

  it('says what is wrong with a message, and goes on', async () => {
    await start();
    const client = await connect();
    const wrong = [
      'no json',
      { op: 'subscribe', channel: 'gossip' },
      { op: 'subscribe', channel: 'orders', after: 'orders.events/0/999' },
      { op: 'subscribe', channel: 'orders', after: 'here' },
    ];
    for (const message of wrong) client.say(message);
    await until(() => client.messages.length === wrong.length);
    for (const message of client.messages) {
      expect(message).toMatchObject({ type: 'error', error: { code: 'REQUEST_INVALID' } });
    }
    client.say({ op: 'ping' });
    await until(() => client.messages.some(({ type }) => type === 'pong'));
  });

  it('has room for so many clients and subscriptions, and no more', async () => {
    await start();
    const client = await connect();
    for (let index = 0; index < 5; index += 1) {
      client.say({ op: 'subscribe', channel: 'orders', accountId: `account-${index}` });
    }
    await until(() => client.messages.length === 5);
    const errors = client.messages.filter(({ type }) => type === 'error');
    expect(errors).toMatchObject([{ error: { field: 'subscriptions' } }]);
    const hits = gateway.metrics.value('ats_gateway_stream_limit_hits_total', {
      limit: 'subscriptions',
    });
    expect(hits).toBe(1);
    await connect();
    await connect();
    await expect(connect()).rejects.toThrow('503');
  });

  it('is there over gRPC as well, and resumes', async () => {
    await start();
    const order = await someOrder();
    const follow = (after: string) => {
      const seen: { position: string; eventId: string }[] = [];
      const subscription = gateway.rpc.subscribe(
        ORDER_SERVICE,
        'StreamOrderEvents',
        { accountId: 'main', after },
        {
          deadlineMs: 2000,
          onMessage: ({ position, eventId }) => seen.push({ position, eventId }),
          onEnd: () => {},
        },
      );
      return { seen, subscription };
    };
    const first = follow('');
    await until(() => first.seen.length === 1);
    await tell(order, 3);
    await until(() => first.seen.length === 4);
    const second = follow(first.seen[1]?.position ?? '');
    await until(() => second.seen.length === 3);
    expect(second.seen.slice(1)).toEqual(first.seen.slice(2));
    first.subscription.close();
    second.subscription.close();
  });
});
