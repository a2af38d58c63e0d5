import { ccxtClass, ccxtErrors, guardSockets, redirectHosts, spotSymbol } from '../src/index.ts';

interface Exchange {
  readonly urls: { api: Record<string, unknown> };
  readonly has: Readonly<Record<string, unknown>>;
  loadHttpProxyAgent(): Promise<unknown>;
  client(url: string): { error?: unknown; send(message: unknown): Promise<unknown> };
  close(): Promise<unknown>;
}

async function kraken(): Promise<Exchange> {
  const Kraken = await ccxtClass<Exchange>('kraken', { streaming: 'required' });
  if (Kraken === undefined) throw new Error('ccxt has no kraken');
  return new Kraken({});
}

describe('the class of an exchange', () => {
  it('streams, and its errors are those of ccxt', async () => {
    expect((await kraken()).has).toMatchObject({ watchOrderBook: true });
    const { RateLimitExceeded, NetworkError } = await ccxtErrors();
    expect(RateLimitExceeded?.prototype).toBeInstanceOf(NetworkError as never);
  });

  it('that only answers is taken where streaming is no must', async () => {
    const none = await ccxtClass('coinspot', { streaming: 'required' });
    expect(none).toBeUndefined();
    expect(await ccxtClass('coinspot', { streaming: 'preferred' })).toBeDefined();
  });

  it.each(['mars', '../base/Exchange', ''])('is none for "%s"', async (name) => {
    expect(await ccxtClass(name, { streaming: 'preferred' })).toBeUndefined();
  });
});

describe('other hosts', () => {
  it('take the place of ccxt’s own, whose paths stay', async () => {
    const exchange = await kraken();
    const hosts = { ws: 'ws://localhost:9003', rest: 'http://localhost:9004' };
    await redirectHosts(exchange, hosts);
    const urls = JSON.stringify(exchange.urls.api).match(/[a-z]+:\/\/[^/"]+/g) ?? [];
    expect(new Set(urls)).toEqual(new Set(Object.values(hosts)));
    expect(exchange.urls.api).toMatchObject({
      public: 'http://localhost:9004',
      ws: { publicV2: 'ws://localhost:9003/v2' },
    });
  });

  it('that are not given leave ccxt’s', async () => {
    const exchange = await kraken();
    const before = structuredClone(exchange.urls.api);
    await redirectHosts(exchange, { ws: undefined, rest: undefined });
    expect(exchange.urls.api).toEqual(before);
  });
});

describe('a guarded socket', () => {
  it('that takes no text has an error, and the process goes on', async () => {
    const exchange = await kraken();
    guardSockets(exchange);
    await exchange.loadHttpProxyAgent();
    const socket = exchange.client('ws://127.0.0.1:1/v2');
    await socket.send({ method: 'ping' });
    expect(socket.error).toBeInstanceOf(Error);
    expect(exchange.client('ws://127.0.0.1:1/v2')).not.toBe(socket);
    await exchange.close();
  });
});

describe('a symbol', () => {
  const spot = { symbol: 'BTC/USDT', spot: true };
  const markets = {
    markets: { 'BTC/USDT': spot },
    markets_by_id: { BTCUSDT: [{ symbol: 'BTC/USDT:USDT', spot: false }, spot] },
  };

  it.each([
    ['BTC/USDT', 'BTC/USDT'],
    ['BTCUSDT', 'BTC/USDT'],
    ['ETHUSDT', undefined],
    ['constructor', undefined],
  ])('%s is the spot market %s', (name, found) => {
    expect(spotSymbol(markets, name)).toBe(found);
  });

  it('is none before markets are loaded', () => {
    expect(spotSymbol({}, 'BTC/USDT')).toBeUndefined();
  });
});
