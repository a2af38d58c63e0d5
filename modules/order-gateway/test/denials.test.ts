import { systemClock } from '@ats/runtime';
import { until } from '@ats/testkit';
import { WebSocket } from 'ws';
import { accessEntries, buy, deposit, type Gateway, startGateway, TOKEN } from './gateway.ts';

const READER = 'reader-token-0123456789-0123456789-0123';
const FAR_US = 3_600_000_000;

/** A client of the stream that keeps what it is told. */
async function openStream(url: string, token: string | undefined) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/stream`, { headers });
  const messages: Record<string, unknown>[] = [];
  const client = {
    socket,
    messages,
    closed: undefined as { code: number; reason: string } | undefined,
    say: (message: object) => socket.send(JSON.stringify(message)),
  };
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  socket.on('close', (code, reason) => {
    client.closed = { code, reason: String(reason) };
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return client;
}

describe('whoever the gateway turns away', () => {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await startGateway({
      gateway: {
        tokens: [
          { name: 'all', token: TOKEN, accounts: ['*'], actions: ['*'] },
          { name: 'reader', token: READER, accounts: ['other'], actions: ['orders.read'] },
        ],
      },
    });
  });
  afterEach(() => gateway.close());
  const entries = (count: number) => accessEntries(gateway.stores.log, count);
  const as = (token: string) => ({ authorization: `Bearer ${token}` });

  it('without a good token is in the access log, with route and address', async () => {
    const headers = { ...as('wrong-token'), 'x-correlation-id': 'find-me' };
    await gateway.call('GET', '/orders', undefined, headers);
    const [entry] = await entries(1);
    expect(entry).toMatchObject({
      ...{ actor: 'unknown', actorKind: 'stranger', source: '127.0.0.1', outcome: 'denied' },
      ...{ action: 'session.use', target: 'GET /orders', reason: 'REQUEST_UNAUTHENTICATED' },
      correlationId: 'find-me',
    });
    expect(JSON.stringify(entry)).not.toContain('wrong-token');
  });

  it('by floods fills no log: the rest is counted', async () => {
    const flood = Array.from({ length: 60 }, () =>
      gateway.call('GET', '/orders', undefined, as('x')),
    );
    expect((await Promise.all(flood)).map(({ status }) => status)).toEqual(Array(60).fill(401));
    expect(await entries(20)).toHaveLength(20);
    expect(gateway.metrics.value('ats_access_entries_folded_total')).toBe(40);
  });

  it('for want of an action or an account is there by name, hidden orders included', async () => {
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '5000' });
    const taken = await gateway.call('POST', '/orders', buy());
    await gateway.call('POST', '/orders', buy(), as(READER));
    await gateway.call('GET', '/orders?accountId=main', undefined, as(READER));
    const path = `/orders/${taken.body.order.orderId}`;
    expect((await gateway.call('GET', path, undefined, as(READER))).status).toBe(404);
    const who = { actor: 'reader', actorKind: 'service', role: 'token', outcome: 'denied' };
    expect(await entries(3)).toMatchObject([
      { ...who, action: 'orders.submit', target: 'POST /orders' },
      { ...who, action: 'orders.read', target: 'GET /orders', request: '{"accountId":"main"}' },
      { ...who, action: 'orders.read', target: 'GET /orders/:id', request: '{"accountId":"main"}' },
    ]);
  });

  it('from the stream is there as well', async () => {
    await expect(openStream(gateway.url, 'wrong')).rejects.toThrow('401');
    const stranger = await openStream(gateway.url, undefined);
    stranger.say({ op: 'authenticate', token: 'wrong' });
    await until(() => stranger.closed?.code === 4001);
    const reader = await openStream(gateway.url, READER);
    reader.say({ op: 'subscribe', channel: 'orders', accountId: 'main' });
    reader.say({ op: 'subscribe', channel: 'market' });
    const target = '/stream';
    expect(await entries(4)).toMatchObject([
      { actorKind: 'stranger', source: '127.0.0.1', target },
      { actorKind: 'stranger', source: '127.0.0.1', target },
      { actor: 'reader', action: 'orders.read', target: '/stream orders' },
      { actor: 'reader', action: 'market.read', target: '/stream market' },
    ]);
  });
});

describe('the stream of a person', () => {
  let gateway: Gateway;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.close());

  const person = (token: string, changes: object = {}) => {
    const expiresAtUs = systemClock.nowUs() + FAR_US;
    const who = { name: 'ann', role: 'trader', sessionId: 's1', expiresAtUs, ...changes };
    gateway.world.people.set(token, who);
  };
  const closes = (reason: string) =>
    gateway.metrics.value('ats_gateway_stream_closed_total', { reason });

  it('ends with the session, and says so', async () => {
    person('a.b.c');
    person('d.e.f', { name: 'ben', sessionId: 's2' });
    const ann = await openStream(gateway.url, 'a.b.c');
    const ben = await openStream(gateway.url, 'd.e.f');
    gateway.world.people.delete('a.b.c');
    await until(() => ann.closed, { timeoutMs: 10_000 });
    expect(ann.closed).toMatchObject({ code: 4002, reason: expect.stringContaining('session') });
    expect(closes('session_over')).toBe(1);
    expect(ben.closed).toBeUndefined();
  });

  it('ends with its token, unless the next one is shown in time', async () => {
    const expiresAtUs = systemClock.nowUs() + 1_500_000;
    person('a.b.c', { expiresAtUs });
    person('d.e.f');
    const left = await openStream(gateway.url, 'a.b.c');
    const renewed = await openStream(gateway.url, 'a.b.c');
    renewed.say({ op: 'authenticate', token: 'd.e.f' });
    await until(() => renewed.messages.length === 1);
    expect(renewed.messages).toEqual([{ type: 'authenticated', name: 'ann' }]);
    await until(() => left.closed, { timeoutMs: 10_000 });
    expect(left.closed).toMatchObject({ code: 4001, reason: expect.stringContaining('expired') });
    expect(renewed.closed).toBeUndefined();
  });

  it('stays that person: no other token is taken, and a bad one changes nothing', async () => {
    person('a.b.c');
    person('d.e.f', { name: 'ben', sessionId: 's2' });
    const ann = await openStream(gateway.url, 'a.b.c');
    for (const token of ['d.e.f', TOKEN, 'bad']) ann.say({ op: 'authenticate', token });
    await until(() => ann.messages.length === 3);
    expect(ann.messages.map(({ error }) => (error as { code: string }).code).sort()).toEqual([
      ...['REQUEST_FORBIDDEN', 'REQUEST_FORBIDDEN', 'REQUEST_UNAUTHENTICATED'],
    ]);
    gateway.world.people.delete('a.b.c');
    await until(() => ann.closed?.code === 4002, { timeoutMs: 10_000 });
  });
});
