import { createHmac } from 'node:crypto';
import { until } from '@ats/testkit';
import { DemoClients } from './demo-clients.ts';
import type { Client, PrivateCase } from './private-case.ts';
import { PRIVATE_CASES } from './private-cases.ts';
import { RawStream } from './raw-stream.ts';

let demo: DemoClients;
const streams: RawStream[] = [];

beforeAll(async () => {
  demo = await DemoClients.start();
});

afterEach(async () => {
  for (const { socket } of streams.splice(0)) socket.terminate();
  await demo.endFaults();
});

afterAll(() => demo.close());

interface Setup {
  readonly one: PrivateCase;
  readonly client: Client;
  readonly apiKey: string;
  readonly secret: string;
  readonly url: string;
}

async function setupOf(id: string): Promise<Setup> {
  const one = PRIVATE_CASES.find((each) => each.id === id);
  const [account] = demo.config.simulator.accounts[id] ?? [];
  const url = demo.simulator.venues[id]?.ws;
  if (one === undefined || account === undefined || url === undefined) throw new Error(id);
  const client = demo.open(one);
  await client.loadMarkets();
  const { apiKey, secret } = account;
  return { one, client, apiKey, secret, url };
}

function open(url: string, headers: Readonly<Record<string, string>> = {}): RawStream {
  const stream = new RawStream(url, headers);
  streams.push(stream);
  return stream;
}

/** The venue's own method of ccxt's. */
const ask = (client: Client, name: string, params: object): Promise<unknown> =>
  (client as unknown as Record<string, (params: object) => Promise<unknown>>)[name]?.(params) ??
  Promise.reject(new Error(`ccxt has no ${name}`));

const rowOf = (message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  (message['data'] as readonly Readonly<Record<string, unknown>>[] | undefined)?.[0] ?? {};

describe('Kraken’s private channels', () => {
  it('want a token that was given out', async () => {
    const { url } = await setupOf('kraken');
    const stream = await open(url).opened();
    stream.send({ method: 'subscribe', params: { channel: 'executions' }, req_id: 1 });
    const params = { channel: 'executions', token: 'guessed' };
    stream.send({ method: 'subscribe', params, req_id: 2 });
    const missing = await stream.heard(({ req_id }) => req_id === 1);
    const wrong = await stream.heard(({ req_id }) => req_id === 2);
    expect([missing['error'], wrong['error']]).toEqual([
      'Field(s) missing: token',
      'ESession:Invalid session',
    ]);
  });

  it('tell open orders in a snapshot, then changes, fills and what they moved', async () => {
    const { one, client, url } = await setupOf('kraken');
    const resting = await demo.rest(client, one);
    const { result } = (await ask(client, 'privatePostGetWebSocketsToken', {})) as {
      readonly result: { readonly token: string };
    };
    const stream = await open(url).opened();
    for (const channel of ['executions', 'balances']) {
      stream.send({ method: 'subscribe', params: { channel, token: result.token } });
    }
    const snapshot = await stream.heard(
      ({ channel, type }) => channel === 'executions' && type === 'snapshot',
    );
    expect(rowOf(snapshot)).toMatchObject({ order_id: resting, order_status: 'new' });
    await ask(client, 'privatePostAmendOrder', { txid: resting, order_qty: '0.2' });
    const amended = await stream.heard((one) => rowOf(one)['exec_type'] === 'amended');
    expect(rowOf(amended)).toMatchObject({ order_id: resting, order_qty: 0.2 });
    await demo.fault({ kind: 'fill-during-cancel', venue: 'kraken' });
    await client.cancelOrder(resting, one.symbol).catch(() => {});
    const trade = await stream.heard((one) => rowOf(one)['exec_type'] === 'trade');
    expect(rowOf(trade)).toMatchObject({ last_qty: 0.2, order_status: 'filled' });
    expect(rowOf(trade)['liquidity_ind']).toBe('m');
    const moved = await stream.heard(
      ({ channel, type }) => channel === 'balances' && type === 'update',
    );
    const rows = moved['data'] as readonly Readonly<Record<string, unknown>>[];
    const base = rows.find(({ asset }) => asset === 'BTC');
    expect(base).toMatchObject({ type: 'trade', amount: 0.2, fee: 0 });
    const sequences = stream.messages
      .filter(({ channel }) => channel === 'executions')
      .map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.map((_, at) => at + 1));
  });

  it('tell a deposit among the balances', async () => {
    const { client, url } = await setupOf('kraken');
    const { result } = (await ask(client, 'privatePostGetWebSocketsToken', {})) as {
      readonly result: { readonly token: string };
    };
    const stream = await open(url).opened();
    const params = { channel: 'balances', token: result.token };
    stream.send({ method: 'subscribe', params });
    await stream.heard(({ type }) => type === 'snapshot');
    await demo.admin('POST', 'accounts/kraken/demo/deposit', { asset: 'USD', amount: '2.5' });
    const update = await stream.heard(
      ({ channel, type }) => channel === 'balances' && type === 'update',
    );
    expect(rowOf(update)).toMatchObject({ asset: 'USD', type: 'deposit', amount: 2.5 });
  });
});

describe('Coinbase’s user channel', () => {
  const subscription = (setup: Setup, secret = setup.secret) => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const products = ['BTC-USD'];
    const payload = `${timestamp}user${products.join(',')}`;
    const signature = createHmac('sha256', secret).update(payload).digest('hex');
    const who = { api_key: setup.apiKey, timestamp, signature };
    return { type: 'subscribe', channel: 'user', product_ids: products, ...who };
  };

  it('is refused to a wrong signature', async () => {
    const setup = await setupOf('coinbase');
    const stream = await open(setup.url).opened();
    stream.send(subscription(setup, 'wrong'));
    const refusal = await stream.heard(({ type }) => type === 'error');
    expect(refusal['message']).toBe('authentication failure');
  });

  it('tells open orders in a snapshot, then each that changes, numbered', async () => {
    const setup = await setupOf('coinbase');
    const { one, client } = setup;
    const resting = await demo.rest(client, one);
    const stream = await open(setup.url).opened();
    stream.send(subscription(setup));
    const ordersOf = (type: string) =>
      stream.messages
        .filter(({ channel }) => channel === 'user')
        .flatMap(({ events }) => events as { type: string; orders: Record<string, unknown>[] }[])
        .filter((event) => event.type === type)
        .flatMap(({ orders }) => orders);
    await until(() => ordersOf('snapshot').length === 1);
    expect(ordersOf('snapshot')[0]).toMatchObject({ order_id: resting, status: 'OPEN' });
    await client.cancelOrder(resting, one.symbol);
    await until(() => ordersOf('update').length === 1);
    expect(ordersOf('update')[0]).toMatchObject({ order_id: resting, status: 'CANCELLED' });
    const sequences = stream.messages.map(({ sequence_num }) => sequence_num);
    expect(sequences).toEqual(sequences.map((_, at) => at));
  });
});

describe('Upbit’s private WebSocket', () => {
  const token = ({ apiKey }: Setup, secret: string): string => {
    const part = (value: object): string =>
      Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'HS256' })}.${part({ access_key: apiKey, nonce: 'a' })}`;
    return `Bearer ${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };

  it('refuses the handshake without a token, and with a wrong one', async () => {
    const setup = await setupOf('upbit');
    for (const headers of [{}, { authorization: token(setup, 'wrong') }]) {
      const stream = open(`${setup.url}/private`, headers);
      await until(() => stream.refusedWith === 401);
    }
  });

  it('tells what was asked for, of the markets asked for', async () => {
    const setup = await setupOf('upbit');
    const { one, client, secret } = setup;
    const stream = open(`${setup.url}/private`, { authorization: token(setup, secret) });
    await stream.opened();
    stream.send([{ ticket: 'a' }, { type: 'myOrder', codes: ['KRW-ETH'] }]);
    stream.send([{ ticket: 'a' }, { type: 'myThing' }]);
    await stream.heard((message) => message['error'] !== undefined);
    const first = await demo.rest(client, one);
    stream.send([{ ticket: 'a' }, { type: 'myOrder', codes: ['KRW-BTC'] }, { type: 'myAsset' }]);
    stream.socket.send('PING');
    await stream.heard(({ status }) => status === 'UP');
    await client.cancelOrder(first, one.symbol);
    const asset = await stream.heard(({ type }) => type === 'myAsset');
    const orders = stream.messages.filter(({ type }) => type === 'myOrder');
    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({ uuid: first, state: 'cancel', ask_bid: 'BID', locked: 0 });
    expect(asset['assets']).toEqual([expect.objectContaining({ currency: 'KRW', locked: 0 })]);
  });
});

describe('Bitfinex’s account channel', () => {
  const auth = ({ apiKey }: Setup, secret: string) => {
    const authNonce = Date.now();
    const authPayload = `AUTH${authNonce}`;
    const authSig = createHmac('sha384', secret).update(authPayload).digest('hex');
    return { event: 'auth', apiKey, authSig, authNonce, authPayload };
  };

  it('is refused to a wrong signature and to a nonce that was used', async () => {
    const setup = await setupOf('bitfinex');
    const stream = await open(setup.url).opened();
    stream.send(auth(setup, 'wrong'));
    const wrong = await stream.heard(({ event }) => event === 'auth');
    expect(wrong).toMatchObject({ status: 'FAILED', code: 10_100 });
    const right = auth(setup, setup.secret);
    stream.send(right);
    await stream.heard(({ status }) => status === 'OK');
    const other = await open(setup.url).opened();
    other.send(right);
    expect(await other.heard(({ event }) => event === 'auth')).toMatchObject({ code: 10_114 });
  });

  it('tells orders, trades and wallets as they change', async () => {
    const setup = await setupOf('bitfinex');
    const { one, client } = setup;
    const stream = await open(setup.url).opened();
    stream.send(auth(setup, setup.secret));
    await stream.heard((message) => message[1] === 'ws');
    const id = Number(await demo.rest(client, one));
    await ask(client, 'privatePostAuthWOrderUpdate', { id, amount: '0.2' });
    await demo.fault({ kind: 'fill-during-cancel', venue: 'bitfinex' });
    await client.cancelOrder(String(id)).catch(() => {});
    await stream.heard((message) => message[1] === 'tu');
    await until(() => stream.messages.filter((message) => message[1] === 'wu').length >= 4);
    const names = stream.messages
      .filter((message) => message[0] === 0)
      .map((message) => message[1]);
    expect(names).toEqual(['os', 'ws', 'on', 'wu', 'ou', 'wu', 'te', 'oc', 'tu', 'wu', 'wu']);
    const told = (name: string) =>
      stream.messages.find((message) => message[1] === name)?.[2] as readonly unknown[];
    expect(told('ou').slice(6, 8)).toEqual([0.2, 0.2]);
    expect([told('te')[9], Number(told('tu')[9]) < 0]).toEqual([null, true]);
  });
});
