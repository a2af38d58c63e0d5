import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCcxtExchange } from '../../src/adapters/ccxt-exchange.ts';
import { isAdapterPath, loadUserAdapter } from '../../src/adapters/user-adapter.ts';
import { dialectRegistry } from '../../src/app/registry.ts';
import { nativeDialects } from '../../src/index.ts';
import { collectorConfig, venueConfig } from '../support.ts';

async function adapterOf(source: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'ats-adapter-')), 'my-exchange.mjs');
  await writeFile(file, source);
  return file;
}

const DIALECT = `{
  name: 'mine', feed: 'mine', speaks: () => true, instrumentOf: () => undefined,
  silenceLimitMs: 1000, sendsPerSecondMax: 1, symbolsPerConnectionMax: 10,
  open: () => ({ start() {}, onText() {}, onSent() {}, onRest() {}, resync() {} }),
}`;

describe("a user's adapter", () => {
  it('is loaded from its file', async () => {
    const file = await adapterOf(`export const dialect = ${DIALECT};`);
    expect(await loadUserAdapter(file)).toMatchObject({ name: 'mine' });
  });

  it.each([
    ['has no dialect', 'export const other = 1;', 'exports no `dialect`'],
    ['lacks a member', `export const dialect = { ...${DIALECT}, open: 1 };`, 'open must be'],
    [
      'has a senseless limit',
      `export const dialect = { ...${DIALECT}, silenceLimitMs: 0 };`,
      'above 0',
    ],
    ['does not load', 'this is not a program', 'cannot be loaded'],
  ])('is refused when it %s, naming file and remedy', async (_why, source, problem) => {
    const file = await adapterOf(source);
    await expect(loadUserAdapter(file)).rejects.toMatchObject({
      code: 'ADAPTER_INVALID',
      message: expect.stringContaining(problem),
      context: { value: file },
      remedy: expect.any(String),
    });
  });

  it('is told from a name by its path', () => {
    expect(['./mine.ts', '../a/b', '/a/b.js', 'mine.mjs'].every(isAdapterPath)).toBe(true);
    expect(['binance', 'ccxt:okx', 'kraken-v1'].some(isAdapterPath)).toBe(false);
  });
});

describe('the registry of dialects', () => {
  it('tells generations apart by URL, and takes a generation by its own name', () => {
    const named = (feed: string, url: string) => nativeDialects.forFeed(feed, url)?.name;
    expect(named('kraken', 'wss://ws.kraken.com')).toBe('kraken-v1');
    expect(named('kraken', 'wss://ws.kraken.com/v2')).toBe('kraken');
    expect(named('kraken', 'ws://127.0.0.1:9')).toBe('kraken');
    expect(named('kraken-v1', 'ws://127.0.0.1:9/v2')).toBe('kraken-v1');
    expect(named('nobody', 'ws://127.0.0.1:9')).toBeUndefined();
  });

  it('claims every public URL of the five venues once', () => {
    for (const url of [
      'wss://stream.binance.com:9443/stream',
      'wss://ws.kraken.com',
      'wss://ws.kraken.com/v2',
      'wss://ws-feed.exchange.coinbase.com',
      'wss://advanced-trade-ws.coinbase.com',
      'wss://api.upbit.com/websocket/v1',
      'wss://api-pub.bitfinex.com/ws/2',
    ]) {
      expect([url, nativeDialects.all.filter((one) => one.speaks(url)).length]).toEqual([url, 1]);
    }
  });

  it('refuses two dialects of one name', () => {
    const [first] = nativeDialects.all;
    if (first === undefined) throw new Error('there are native dialects');
    expect(() => dialectRegistry([first, first])).toThrow(
      expect.objectContaining({ code: 'ADAPTER_INVALID' }),
    );
  });
});

describe('the config', () => {
  const symbols = { 'BTC/USDT': 'BTCUSDT' };

  it('names the field of a feed that does not exist, and what may stand there', () => {
    const venue = venueConfig({ feed: 'binanse', ws: ['ws://127.0.0.1:9'], symbols });
    expect(() => collectorConfig({ mine: venue })).toThrow(/"binanse\\" is no feed: use binance/);
  });

  it('asks for an endpoint where an adapter needs one', () => {
    const venue = venueConfig({ feed: 'binance', ws: [], symbols });
    expect(() => collectorConfig({ mine: venue })).toThrow(/at least one ws/);
    expect(() => collectorConfig({ mine: { ...venue, feed: 'ccxt:okx' } })).not.toThrow();
  });
});

describe('ccxt exchanges', () => {
  it('are refused by field where their frames are to be recorded', () => {
    const symbols = { 'BTC/USDT': 'BTC/USDT' };
    const venue = venueConfig({ feed: 'ccxt:okx', ws: [], symbols });
    const record = 'frames.jsonl.gz';
    expect(() => collectorConfig({ okx: venue }, { record })).toThrow(
      /ccxt:okx.*cannot be recorded/,
    );
  });

  it('are refused by field and value when ccxt has none of the name', async () => {
    const wanted = { field: 'venues.x.feed', id: 'nosuchexchange', ws: [], rest: [], timeoutMs: 1 };
    await expect(openCcxtExchange(wanted)).rejects.toMatchObject({
      code: 'VENUE_UNKNOWN',
      context: { field: 'venues.x.feed', value: 'ccxt:nosuchexchange' },
    });
  });

  it('have their hosts replaced by those of the config, paths kept', async () => {
    const ws = ['ws://127.0.0.1:7001/stream'];
    const rest = ['http://127.0.0.1:7002'];
    const timeoutMs = 1000;
    const { exchange } = await openCcxtExchange({ field: 'f', id: 'kraken', ws, rest, timeoutMs });
    expect(JSON.stringify(exchange.urls.api)).toContain('ws://127.0.0.1:7001/v2');
    expect(JSON.stringify(exchange.urls.api)).not.toContain('kraken.com');
    await exchange.close();
  });
});
