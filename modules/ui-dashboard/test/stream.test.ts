import { until } from '@ats/testkit';
import {
  asVisitor,
  login,
  openStage,
  openStream,
  post,
  quote,
  type Stage,
  type Told,
} from './stage.ts';

const ORDERS = 'ats.order.v1.OrderService/StreamOrderEvents';
const QUOTES = 'ats.marketdata.v1.MarketDataService/StreamQuotes';

const subscribe = (id: string, method: string, request = {}) =>
  ({ op: 'subscribe', id, method, request }) as const;

describe('the stream', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage([
      'dashboard.stream.keptFramesMax=500',
      'dashboard.stream.bufferBytesMax=65536',
      'dashboard.stream.frameBytesMax=2048',
      'dashboard.stream.subscriptionsMax=3',
    ]);
  });
  afterEach(() => stage.close());

  const tell = (from: number, to: number): void => {
    for (let at = from; at < to; at += 1) {
      for (const stream of stage.services.orders) {
        stream.send({ event: null, position: String(at), eventId: `e-${at}` });
      }
    }
  };
  const positions = (frames: readonly Told[]) =>
    frames.flatMap(({ id, data }) => (id === 'o' && data !== undefined ? [data.position] : []));
  const count = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => String(from + index));

  it('loses and repeats nothing when the socket is killed and the page comes back', async () => {
    const ann = await login(stage);
    const first = await openStream(stage, ann);
    first.say(subscribe('o', ORDERS, { accountId: 'main' }));
    await until(() => stage.services.orders.size === 1);
    expect([...stage.places]).toEqual(['127.0.0.1']);
    tell(0, 50);
    await until(() => positions(first.frames).length === 50);
    first.socket.terminate();
    tell(50, 120);
    const second = await openStream(stage, ann);
    second.say({ op: 'resume', session: first.session, lastSeq: 50 });
    tell(120, 150);
    await until(() => positions(second.frames).length >= 100);
    expect([...positions(first.frames), ...positions(second.frames)]).toEqual(count(0, 150));
    const numbers = second.frames.flatMap(({ seq }) => seq ?? []);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, index) => 51 + index));
    expect(second.frames.some(({ op }) => op === 'resumed')).toBe(true);
    expect(stage.services.orders.size).toBe(1);
  });

  it('says so when more was missed than is kept, and frees what the session had', async () => {
    const ann = await login(stage);
    const first = await openStream(stage, ann);
    first.say(subscribe('o', ORDERS, { accountId: 'main' }));
    await until(() => stage.services.orders.size === 1);
    tell(0, 10);
    await until(() => positions(first.frames).length === 10);
    first.socket.terminate();
    for (let at = 10; at < 1500; at += 100) {
      tell(at, at + 100);
      await new Promise(setImmediate);
    }
    const second = await openStream(stage, ann);
    second.say({ op: 'resume', session: first.session, lastSeq: 10 });
    await until(() => second.frames.some(({ op }) => op === 'reset'));
    second.say(subscribe('o', ORDERS, { accountId: 'main' }));
    await until(() => stage.services.orders.size > 0);
  });

  it('does not give a session to another person', async () => {
    const first = await openStream(stage, await login(stage));
    first.say(subscribe('o', ORDERS, { accountId: 'main' }));
    await until(() => stage.services.orders.size === 1);
    tell(0, 3);
    first.socket.terminate();
    const other = await openStream(stage, await login(stage, 'bob'));
    other.say({ op: 'resume', session: first.session, lastSeq: 0 });
    await until(() => other.frames.some(({ op }) => op === 'reset'));
    expect(positions(other.frames)).toEqual([]);
  });

  it('opens what many watch once, and sends the newest of each market to all', async () => {
    const ann = await login(stage);
    const pages = await Promise.all([1, 2, 3].map(() => openStream(stage, ann)));
    for (const page of pages) page.say(subscribe('q', QUOTES));
    await until(() => stage.services.quotes.size === 1);
    const [stream] = stage.services.quotes;
    for (let bid = 0; bid < 1000; bid += 1) {
      stream?.send({ quotes: [quote('BTC/USD', bid), quote('ETH/USD', bid / 10)] });
    }
    const newest = (frames: readonly Told[]) =>
      frames.flatMap(({ data }) => data?.quotes ?? []).findLast(({ bid }) => bid === 999);
    for (const { frames } of pages) await until(() => newest(frames));
    expect(stage.services.quotesOpened).toBe(1);
    for (const { frames } of pages) expect(frames.length).toBeLessThan(50);
    const late = await openStream(stage, ann);
    late.say(subscribe('q', QUOTES));
    const all = await until(() => late.frames.find(({ id }) => id === 'q'));
    expect(all.data?.quotes).toMatchObject([
      { instrument: 'BTC/USD', bid: 999 },
      { instrument: 'ETH/USD', bid: 99.9 },
    ]);
    for (const page of [...pages, late]) page.say({ op: 'cancel', id: 'q' });
    await until(() => stage.services.quotes.size === 0);
  });

  it('lets market data wait for a page that does not read, then sends the newest', async () => {
    const ann = await login(stage);
    const page = await openStream(stage, ann);
    page.say(subscribe('q', QUOTES));
    await until(() => stage.services.quotes.size === 1);
    page.socket.pause();
    const [stream] = stage.services.quotes;
    const many = (bid: number) =>
      Array.from({ length: 500 }, (_, index) => quote(`A${index}/USD`, bid));
    const passedOver = () => stage.metrics.value('ats_dashboard_conflated_total') ?? 0;
    let bid = 0;
    await until(() => {
      bid += 1;
      stream?.send({ quotes: many(bid) });
      return passedOver() > 20;
    });
    page.socket.resume();
    await until(() => page.frames.flatMap(({ data }) => data?.quotes ?? []).at(-1)?.bid === bid);
    expect(page.frames.some(({ op }) => op === 'reset')).toBe(false);
  });

  it('asks the service whether a person may see what is shared', async () => {
    const page = await openStream(stage, await login(stage, 'stranger'));
    page.say(subscribe('q', QUOTES));
    const told = await until(() => page.frames.find(({ id }) => id === 'q'));
    expect(told.error?.code).toBe('REQUEST_FORBIDDEN');
    expect(stage.services.quotesOpened).toBe(0);
  });

  it('denies methods that are withheld, unknown or no streams, and wrong requests', async () => {
    const page = await openStream(stage, await login(stage));
    const refused = async (id: string, method: string, request = {}) => {
      page.say(subscribe(id, method, request));
      return (await until(() => page.frames.find((frame) => frame.id === id))).error?.code;
    };
    const risk = 'ats.risk.v1.RiskService';
    expect(await refused('a', `${risk}/CheckOpportunityStream`)).toBe('ROUTE_UNKNOWN');
    expect(await refused('b', `${risk}/GetRiskStatus`)).toBe('ROUTE_UNKNOWN');
    expect(await refused('c', 'no.such/Thing')).toBe('ROUTE_UNKNOWN');
    expect(await refused('d', ORDERS, { account: 1 })).toBe('REQUEST_INVALID');
  });

  it('closes on frames that are malformed, binary, too large or too many', async () => {
    const ann = await login(stage);
    const closedBy = async (data: string | Buffer) => {
      const page = await openStream(stage, ann);
      page.socket.on('error', () => undefined);
      page.socket.send(data);
      return page.closed;
    };
    expect(await closedBy('{"op":')).toBe(4002);
    expect(await closedBy('{"op":"subscribe","id":"","method":"x","request":{}}')).toBe(4002);
    expect(await closedBy('{"op":"shout"}')).toBe(4002);
    expect(await closedBy(Buffer.from([1, 2, 3]))).toBe(4002);
    expect(await closedBy(`{"op":"${'x'.repeat(4000)}"}`)).toBe(1009);
    const page = await openStream(stage, ann);
    for (const id of ['a', 'b', 'c', 'd']) page.say(subscribe(id, ORDERS, { accountId: 'main' }));
    expect(await page.closed).toBe(4003);
  });

  it('opens for pages of its own alone, and for people who are logged in', async () => {
    const ann = await login(stage);
    await expect(openStream(stage, ann, { origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(openStream(stage, { cookie: 'ats=nobody', csrf: '' })).rejects.toThrow('401');
  });

  it('ends with the login', async () => {
    const ann = await login(stage);
    const page = await openStream(stage, ann);
    page.say(subscribe('o', ORDERS, { accountId: 'main' }));
    await until(() => stage.services.orders.size === 1);
    await post(stage, '/api/auth/logout', {}, asVisitor(ann));
    expect(await page.closed).toBe(4001);
    await until(() => stage.services.orders.size === 0);
  });
});
