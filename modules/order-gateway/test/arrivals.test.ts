import { connect, type Socket } from 'node:net';
import { instrumentId } from '@ats/domain';
import { sampleBook, until } from '@ats/testkit';
import { WebSocket } from 'ws';
import { buy, deposit, type Gateway, type Introspected, startGateway, traces } from './gateway.ts';

/** Three parts, as a token of the access service has them. */
const PERSON = 'a.b.c';
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const ANN: Introspected = {
  ...{ active: true, name: 'ann', role: 'trader', sessionId: 's', stepUpUntilUs: 0 },
  ...{ accounts: ['main'], expiresAtUs: Number.MAX_SAFE_INTEGER },
};

/** A frame of text as a client sends it; the mask of zeros leaves the text as it is. */
function frame(message: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const size =
    text.length < 126 ? [text.length | 0x80] : [0xfe, text.length >> 8, text.length & 255];
  return Buffer.concat([Buffer.from([0x81, ...size, 0, 0, 0, 0]), text]);
}

describe('while the gateway asks who somebody is', () => {
  let gateway: Gateway;
  /** Asked of the access service and not answered yet. */
  const asked: ((answer: Introspected) => void)[] = [];
  const sockets: Socket[] = [];
  const clients: WebSocket[] = [];

  const start = async (stream: Record<string, unknown> = {}) => {
    const limits = {
      ...{ clientsMax: 20, subscriptionsMax: 8, bufferBytesMax: 1_000_000, conflateMs: 10 },
      ...{ authenticateMs: 60_000, heartbeatMs: 60_000 },
    };
    gateway = await startGateway({
      gateway: { stream: { ...limits, ...stream } },
      introspect: () => new Promise((resolve) => asked.push(resolve)),
    });
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '5000' });
  };
  afterEach(async () => {
    for (const answer of asked.splice(0)) answer({ ...ANN, active: false });
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const client of clients.splice(0)) client.terminate();
    await gateway.close();
  });

  const port = (): number => Number(new URL(gateway.url).port);
  const answerAll = (answer = ANN): void => {
    for (const tell of asked.splice(0)) tell(answer);
  };
  const isAsked = (times = 1) => until(() => asked.length === times, { what: `${times} asked` });

  /** Speaks plain TCP, so as to send what and when it wants. */
  const dial = async (text: string, ...frames: readonly Buffer[]) => {
    const socket = connect({ port: port(), host: '127.0.0.1' });
    sockets.push(socket);
    const seen = { text: '', closed: false };
    socket.on('data', (data) => {
      seen.text += data.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      seen.closed = true;
    });
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    socket.write(Buffer.concat([Buffer.from(text), ...frames]));
    return { socket, seen };
  };
  const head = (first: string, ...more: readonly string[]): string =>
    `${[first, 'host: gateway', `authorization: Bearer ${PERSON}`, ...more].join('\r\n')}\r\n\r\n`;
  const upgrade = head(
    'GET /stream HTTP/1.1',
    ...['connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'],
    `sec-websocket-key: ${KEY}`,
  );
  const order = (changes: Record<string, unknown> = {}): string => {
    const body = JSON.stringify(buy(changes));
    const type = 'content-type: application/json';
    return head('POST /orders HTTP/1.1', type, `content-length: ${body.length}`) + body;
  };
  const open = async (headers: object = {}) => {
    const options = { headers } as never;
    const client = new WebSocket(`${gateway.url.replace('http', 'ws')}/stream`, options);
    clients.push(client);
    const said: string[] = [];
    client.on('message', (data) => said.push(summary(JSON.parse(String(data)) as object)));
    client.on('close', (code) => said.push(`closed ${code}`));
    client.on('error', () => {});
    await new Promise((resolve) => client.once('open', resolve));
    const say = (...messages: readonly object[]) => {
      for (const message of messages) client.send(JSON.stringify(message));
    };
    return { client, said, say };
  };
  const summary = (message: { type?: string; channel?: string; accountId?: string }): string =>
    [message.type ?? 'data', message.channel, message.accountId].filter(Boolean).join(' ');
  const clientCount = () => gateway.metrics.value('ats_gateway_stream_clients');
  const works = async () => {
    const { status } = await fetch(`${gateway.url}/openapi.json`);
    expect(status).toBe(200);
  };
  const defects = () => gateway.logger.lines.filter(({ level }) => level === 'error');

  /** Comes again until there is room. */
  const dialIn = () =>
    until(async () => {
      const before = asked.length;
      const { socket, seen } = await dial(upgrade);
      await until(() => asked.length > before || seen.closed);
      return seen.closed ? undefined : { socket, seen };
    });

  it.each([
    ['at once', []],
    ['having sent more', [frame({ op: 'ping' }), frame({ op: 'subscribe', channel: 'orders' })]],
  ])('a client of the stream resets %s: its slot is free again', async (_, more) => {
    await start({ clientsMax: 1 });
    for (let round = 0; round < 3; round += 1) {
      const { socket, seen } = await dialIn();
      socket.write(Buffer.concat(more));
      socket.resetAndDestroy();
      await until(() => seen.closed);
      // While the first is still asked about.
      const next = await dialIn();
      answerAll();
      await until(() => next.seen.text.includes('101 Switching'));
      next.socket.resetAndDestroy();
      await until(() => clientCount() === 0);
    }
    await works();
    expect(defects()).toEqual([]);
  });

  it('a client of the stream leaves: its slot is free once it is known', async () => {
    await start({ clientsMax: 1 });
    for (const answer of [ANN, { ...ANN, active: false }]) {
      const { socket, seen } = await dialIn();
      socket.end();
      answerAll(answer);
      await until(() => seen.closed);
      await until(() => clientCount() === 0);
    }
    const { seen } = await dialIn();
    answerAll();
    await until(() => seen.text.includes('101 Switching'));
  });

  it('whoever is asked about counts for the limit, and is told at once beyond it', async () => {
    await start({ clientsMax: 2 });
    const first = [await dial(upgrade), await dial(upgrade)];
    await isAsked(2);
    const third = await dial(upgrade);
    await until(() => third.seen.text.includes('503') && third.seen.closed);
    expect(asked).toHaveLength(2);
    answerAll();
    for (const { seen } of first) await until(() => seen.text.includes('101 Switching'));
    expect(clientCount()).toBe(2);
    // Who is turned away gives back the slot as well.
    first[0]?.socket.resetAndDestroy();
    await until(() => clientCount() === 1);
    const stranger = await dial(upgrade);
    await isAsked();
    answerAll({ ...ANN, active: false });
    await until(() => stranger.seen.text.includes('401') && stranger.seen.closed);
    const last = await dial(upgrade);
    await isAsked();
    answerAll();
    await until(() => last.seen.text.includes('101 Switching'));
  });

  it('what a client sends with its handshake is answered after it, in order', async () => {
    await start();
    const early = [
      { op: 'ping' },
      { op: 'subscribe', channel: 'orders', accountId: 'main' },
      { op: 'ping' },
    ];
    const { socket, seen } = await dial(upgrade, ...early.map(frame));
    await isAsked();
    socket.write(frame({ op: 'unsubscribe', channel: 'orders', accountId: 'main' }));
    answerAll();
    await until(() => seen.text.includes('unsubscribed'));
    const types = [...seen.text.matchAll(/"type":"(\w+)"/g)].map(([, type]) => type);
    expect(types).toEqual(['pong', 'subscribed', 'pong', 'unsubscribed']);
  });

  it('what follows a token on the stream waits for the answer, in order', async () => {
    await start();
    const { said, say } = await open();
    say(
      { op: 'authenticate', token: PERSON },
      { op: 'subscribe', channel: 'orders' },
      { op: 'ping' },
      { op: 'subscribe', channel: 'orders', accountId: 'other' },
      { op: 'subscribe', channel: 'balances' },
    );
    await isAsked();
    say({ op: 'unsubscribe', channel: 'orders' });
    answerAll();
    await until(() => said.includes('unsubscribed orders main'));
    expect(said.filter((one) => one !== 'data balances')).toEqual([
      ...['authenticated', 'subscribed orders main', 'pong', 'error'],
      ...['subscribed balances main', 'unsubscribed orders main'],
    ]);
  });

  it('a flood after a token waits in the sender, bounded, and none of it is lost', async () => {
    await start();
    const { client, said, say } = await open();
    say({ op: 'authenticate', token: PERSON });
    await isAsked();
    const count = 1500;
    const ping = `{"op":"ping"}${' '.repeat(16_000)}`;
    for (let index = 0; index < count; index += 1) client.send(ping);
    // What the sockets of both sides take in is the system's affair; the rest stays here.
    let before = -1;
    await until(
      () => {
        const same = before === client.bufferedAmount;
        before = client.bufferedAmount;
        return same && before > 0;
      },
      { periodMs: 200 },
    );
    answerAll();
    await until(() => said.length === count + 1);
    expect(said.slice(0, 2)).toEqual(['authenticated', 'pong']);
  });

  it('a client that leaves with more to say leaves nothing behind', async () => {
    await start();
    const { client, say } = await open();
    say(
      { op: 'authenticate', token: PERSON },
      { op: 'subscribe', channel: 'market' },
      { op: 'subscribe', channel: 'orders' },
    );
    await isAsked();
    client.terminate();
    await until(() => clientCount() === 0);
    answerAll();
    const instrument = instrumentId({ base: 'BTC', quote: 'USDT' });
    const opening = open({ authorization: `Bearer ${PERSON}` });
    await isAsked();
    answerAll();
    const { said, say: sayOther } = await opening;
    sayOther({ op: 'subscribe', channel: 'market' });
    await until(() => said.includes('subscribed market'));
    const conflated = () => gateway.metrics.value('ats_gateway_stream_conflated_total');
    for (let sequence = 1; sequence <= 3; sequence += 1) {
      const seen = said.length;
      gateway.bus.publish({ ...sampleBook({ venue: 'alpha', sequence }), instrument });
      await until(() => said.length > seen);
    }
    expect(conflated()).toBe(0);
  });

  it('the gateway can stop, and lets go of who is not in yet', async () => {
    await start();
    const { seen } = await dial(upgrade);
    const { seen: asking } = await dial(order());
    await isAsked(2);
    await gateway.running.drain();
    await until(() => seen.closed && asking.closed);
    answerAll();
    await gateway.close();
    expect(defects()).toEqual([]);
  });

  it('a client of REST that resets before it is known has sent nothing', async () => {
    await start();
    const before = await traces(gateway.stores);
    const { socket, seen } = await dial(order());
    await isAsked();
    socket.resetAndDestroy();
    await until(() => seen.closed);
    // The gateway hears of it by its own socket.
    await works();
    answerAll();
    await works();
    expect(await traces(gateway.stores)).toEqual(before);
    expect(defects()).toEqual([]);
  });

  it('requests on one connection are carried out in the order they came in', async () => {
    await start();
    const cancel = head('DELETE /orders/none?requestId=c HTTP/1.1');
    const { seen } = await dial(order({ requestId: 'first' }) + cancel);
    await isAsked();
    await works();
    // The second waits for the first.
    expect(asked).toHaveLength(1);
    expect(seen.text).toBe('');
    answerAll();
    await isAsked();
    answerAll();
    await until(() => seen.text.includes('ORDER_UNKNOWN'));
    expect([...seen.text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      ...['201', '404'],
    ]);
  });
});
