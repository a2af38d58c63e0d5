import { createHmac } from 'node:crypto';
import { until } from '@ats/testkit';
import ccxt from 'ccxt';
import { DemoClients } from './demo-clients.ts';
import type { Client } from './private-case.ts';
import { PRIVATE_CASES } from './private-cases.ts';
import { RawStream } from './raw-stream.ts';

let demo: DemoClients;
let client: Client;
const streams: RawStream[] = [];

function caseOf(id: string) {
  const one = PRIVATE_CASES.find((each) => each.id === id);
  if (one === undefined) throw new Error(`no case of ${id}`);
  return one;
}

const binance = caseOf('binance');
const bitfinex = caseOf('bitfinex');

beforeAll(async () => {
  demo = await DemoClients.start();
  client = demo.open(binance);
  await client.loadMarkets();
});

afterEach(async () => {
  for (const { socket } of streams.splice(0)) socket.terminate();
  await demo.endFaults();
});

afterAll(() => demo.close());

function keysOf(id: string): { readonly apiKey: string; readonly secret: string } {
  const [account] = demo.config.simulator.accounts[id] ?? [];
  if (account === undefined) throw new Error(`${id} has no demo account`);
  return account;
}

async function openSocket(url: string): Promise<RawStream> {
  const stream = new RawStream(url);
  streams.push(stream);
  return stream.opened();
}

/** Binance's user data stream, by the protocol itself. */
async function openStream(change: { readonly secret?: string } = {}): Promise<RawStream> {
  const { apiKey, secret } = keysOf('binance');
  const { host } = new URL(demo.simulator.venues['binance']?.ws ?? '');
  const stream = await openSocket(`ws://${host}/ws-api/v3`);
  const timestamp = Date.now();
  const signature = createHmac('sha256', change.secret ?? secret)
    .update(`apiKey=${apiKey}&timestamp=${timestamp}`)
    .digest('hex');
  const params = { apiKey, timestamp, signature };
  stream.send({ id: 'a', method: 'userDataStream.subscribe.signature', params });
  await stream.heard(({ id }) => id === 'a');
  return stream;
}

/** Execution types and order ids, in the order in which they came. */
const executionsOf = ({ messages }: RawStream): (readonly [type: string, orderId: string])[] =>
  messages.flatMap((message) => {
    const { e, x, i } = (message['event'] ?? {}) as { e?: string; x?: string; i?: number };
    return e === 'executionReport' ? [[x ?? '', String(i)] as const] : [];
  });

const rest = (): Promise<string> => demo.rest(client, binance);
const cancel = (id: string): Promise<unknown> => client.cancelOrder(id, binance.symbol);

describe('a user data stream', () => {
  it('is refused to a wrong signature', async () => {
    const { messages } = await openStream({ secret: 'wrong' });
    expect(messages[0]).toMatchObject({ status: 400, error: { code: -1022 } });
  });

  it('tells every report once and in order', async () => {
    const stream = await openStream();
    const id = await rest();
    await cancel(id);
    await until(() => executionsOf(stream).length === 2);
    expect(executionsOf(stream)).toEqual([
      ['NEW', id],
      ['CANCELED', id],
    ]);
  });

  it('report-drop: never tells one report', async () => {
    const stream = await openStream();
    await demo.fault({ kind: 'report-drop', venue: 'binance' });
    const id = await rest();
    await cancel(id);
    await until(() => executionsOf(stream).length > 0);
    expect(executionsOf(stream)).toEqual([['CANCELED', id]]);
    expect((await client.fetchOrder(id, binance.symbol)).status).toBe('canceled');
  });

  it('report-duplicate: tells one report twice', async () => {
    const stream = await openStream();
    await demo.fault({ kind: 'report-duplicate', venue: 'binance' });
    const id = await rest();
    await cancel(id);
    await until(() => executionsOf(stream).length === 3);
    expect(executionsOf(stream).map(([type]) => type)).toEqual(['NEW', 'NEW', 'CANCELED']);
  });

  it('report-late: tells one report after those that follow it', async () => {
    const stream = await openStream();
    await demo.fault({ kind: 'report-late', venue: 'binance', amountMs: 500 });
    const id = await rest();
    await cancel(id);
    await until(() => executionsOf(stream).length === 2);
    expect(executionsOf(stream).map(([type]) => type)).toEqual(['CANCELED', 'NEW']);
  });

  it('report-reorder: lets one report be overtaken, or by nothing for long', async () => {
    const stream = await openStream();
    await demo.fault({ kind: 'report-reorder', venue: 'binance', count: 2, amountMs: 60_000 });
    const id = await rest();
    await cancel(id);
    await until(() => executionsOf(stream).length === 2);
    expect(executionsOf(stream).map(([type]) => type)).toEqual(['CANCELED', 'NEW']);
    await demo.fault({ kind: 'report-reorder', venue: 'binance', amountMs: 50 });
    await rest();
    await until(() => executionsOf(stream).length === 3);
  });

  it('disconnect: breaks the stream and leaves the orders', async () => {
    const stream = await openStream();
    const id = await rest();
    await demo.fault({ kind: 'disconnect', venue: 'binance' });
    await until(() => stream.closed);
    expect((await client.fetchOrder(id, binance.symbol)).status).toBe('open');
  });

  it('disconnect with mass cancel: breaks the stream, cancels, and tells nobody', async () => {
    const stream = await openStream();
    const id = await rest();
    await until(() => executionsOf(stream).length === 1);
    await demo.fault({ kind: 'disconnect', venue: 'binance', massCancel: true });
    await until(() => stream.closed);
    expect((await client.fetchOrder(id, binance.symbol)).status).toBe('canceled');
    expect(executionsOf(stream).map(([type]) => type)).toEqual(['NEW']);
  });

  it('mass-cancel: cancels every resting order and says so', async () => {
    const stream = await openStream();
    const ids = [await rest(), await rest()];
    await demo.fault({ kind: 'mass-cancel', venue: 'binance' });
    await until(() => executionsOf(stream).length === 4);
    expect(executionsOf(stream).slice(2)).toEqual(ids.map((id) => ['CANCELED', id]));
  });
});

describe('Bitfinex’s own cancel on disconnect', () => {
  it('takes the account’s orders with the connection that asked for it', async () => {
    const trader = demo.open(bitfinex);
    await trader.loadMarkets();
    const { apiKey, secret } = keysOf('bitfinex');
    const stream = await openSocket(demo.simulator.venues['bitfinex']?.ws ?? '');
    const authNonce = Date.now();
    const authPayload = `AUTH${authNonce}`;
    const authSig = createHmac('sha384', secret).update(authPayload).digest('hex');
    stream.send({ event: 'auth', apiKey, authSig, authNonce, authPayload, dms: 4 });
    await stream.heard((message) => message[1] === 'ws');
    const id = await demo.rest(trader, bitfinex);
    stream.socket.close();
    await until(() => trader.fetchOrder(id).then(({ status }) => status === 'canceled'));
  });
});

describe('a clock that drifts', () => {
  it.each(['binance', 'coinbase'])(
    'makes %s refuse what is signed by the right time',
    async (id) => {
      const one = caseOf(id);
      const trader = demo.open(one);
      await trader.loadMarkets();
      await demo.fault({ kind: 'clock-drift', venue: id, amountMs: 120_000, durationMs: 0 });
      const expected = id === 'binance' ? ccxt.InvalidNonce : ccxt.AuthenticationError;
      await expect(trader.fetchBalance()).rejects.toThrow(expected);
      await demo.admin('DELETE', 'faults');
      await trader.fetchBalance();
    },
  );
});

describe('faults of the configuration', () => {
  it('are in force from the start', async () => {
    const reject = '[{"kind":"order-reject","venue":"binance","reason":"TOO_MANY_ORDERS"}]';
    const broken = await DemoClients.start(`simulator.faults=${reject}`);
    try {
      const trader = broken.open(binance);
      await trader.loadMarkets();
      await expect(broken.rest(trader, binance)).rejects.toThrow(/MAX_NUM_ORDERS/);
      await broken.rest(trader, binance);
    } finally {
      await broken.close();
    }
  });
});
