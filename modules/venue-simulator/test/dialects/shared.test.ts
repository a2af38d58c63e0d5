import { manualClock } from '@ats/testkit';
import { DIALECT_SERVERS } from '../../src/adapters/dialects/index.ts';
import { bookChecksum } from '../../src/adapters/dialects/kraken/book.ts';
import { Budget } from '../../src/adapters/dialects/shared/budget.ts';
import { DepthWindow } from '../../src/adapters/dialects/shared/depth-window.ts';
import {
  checksumDigits,
  isoMicros,
  isoShort,
  javaDouble,
  padDecimals,
  secondsText,
  trimZeros,
} from '../../src/adapters/dialects/shared/numbers.ts';
import { bench, levelsOf, PlainBook, ScriptedMarket } from './support.ts';

const SHAPE = {
  symbol: 'BTC/USD',
  base: 'BTC',
  quote: 'USD',
  tick: '0.00005',
  step: '0.00000001',
  middleTicks: 1000,
} as const;

describe('a depth window', () => {
  it.each([1, 5, 10, 40, 200])(
    'of %i levels is the market cut to them after every batch',
    (depthMax) => {
      const market = new ScriptedMarket('test', SHAPE);
      const window = new DepthWindow({ market, depthMax, countsOrders: false });
      const book = new PlainBook();
      for (const side of ['bids', 'asks'] as const) {
        for (const [price, size] of levelsOf(market, side, depthMax)) book.set(side, price, size);
      }
      let pushed = 0;
      market.onBatch((batch) => {
        for (const change of window.apply(batch)) {
          if (change.kind === 'pushed') pushed += 1;
          book.set(change.side === 'bid' ? 'bids' : 'asks', change.price, change.size);
        }
      });
      const wrong: number[] = [];
      for (let step = 1; step <= 500; step += 1) {
        market.step(step);
        for (const side of ['bids', 'asks'] as const) {
          const expected = levelsOf(market, side, depthMax);
          const depth = window.depth(side === 'bids' ? 'bid' : 'ask');
          const same = JSON.stringify(book.sorted(side)) === JSON.stringify(expected);
          if (!same || depth !== expected.length) wrong.push(step);
        }
      }
      expect(wrong).toEqual([]);
      expect(pushed > 0).toBe(depthMax < 200);
    },
  );
});

describe('the kraken checksum', () => {
  it('of the book in its documentation is 974947235', () => {
    const market = new ScriptedMarket('kraken', SHAPE);
    market.book.clear();
    for (let level = 0; level < 11; level += 1) {
      const ask = (0.05005 + level * 0.00005).toFixed(5);
      market.book.asks.set(Number(ask), 0.000005, ask, '0.00000500');
    }
    const bids = ['0.05000', '0.04995', '0.04990', '0.04980', '0.04975'];
    for (const bid of [...bids, '0.04970', '0.04965', '0.04960', '0.04955', '0.04950']) {
      market.book.bids.set(Number(bid), 0.000005, bid, '0.00000500');
    }
    const window = new DepthWindow({ market, depthMax: 100, countsOrders: false });
    expect(bookChecksum(window)).toBe(974_947_235);
  });
});

describe('number texts', () => {
  it('are written as each venue writes them', () => {
    expect(padDecimals('97000', 8)).toBe('97000.00000000');
    expect(padDecimals('0.5', 3)).toBe('0.500');
    expect(trimZeros('65062.50')).toBe('65062.5');
    expect(trimZeros('100')).toBe('100');
    expect(trimZeros('0.00')).toBe('0');
    expect(javaDouble('127')).toBe('127.0');
    expect(javaDouble('6.20518500')).toBe('6.205185');
    expect(checksumDigits('0.00000500')).toBe('500');
    expect(checksumDigits('45285.2')).toBe('452852');
  });

  it('of times keep the microseconds', () => {
    const timeUs = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000 + 60_050;
    expect(isoMicros(timeUs)).toBe('2026-01-02T03:04:05.060050Z');
    expect(isoShort(timeUs)).toBe('2026-01-02T03:04:05.06005Z');
    expect(secondsText(timeUs)).toMatch(/^\d{10}\.060050$/);
  });
});

describe('a budget', () => {
  it('counts refused weight too and starts anew with the next window', () => {
    const clock = manualClock(1_780_000_000_000_000);
    const budget = new Budget({ limit: 3, windowMs: 1000, clock });
    expect([budget.take(2), budget.take(1), budget.take(1)]).toEqual([true, true, false]);
    expect(budget.used).toBe(4);
    expect(budget.resetSeconds).toBe(1);
    clock.advanceUs(1_000_000);
    expect(budget.used).toBe(0);
    expect(budget.take(3)).toBe(true);
  });
});

/** How a book of the market AB is subscribed to at each venue. */
const BOOK = {
  symbols: 'AB',
  requests: {
    binance: '{"method":"SUBSCRIBE","params":["ab@depth@100ms"],"id":1}',
    kraken: '{"method":"subscribe","params":{"channel":"book","symbol":["AB"]}}',
    coinbase: '{"type":"subscribe","channel":"level2","product_ids":["AB"]}',
    upbit: '[{"ticket":"t"},{"type":"orderbook","codes":["AB"]}]',
    bitfinex: '{"event":"subscribe","channel":"book","symbol":"AB"}',
  },
} as const;

describe.each(DIALECT_SERVERS)('$venue', (server) => {
  const shape = (symbol: string) => ({ ...SHAPE, symbol });
  const request = {
    method: 'GET',
    path: server.venue === 'bitfinex' ? '/v2/platform/status' : '/0/public/SystemStatus',
    query: new URLSearchParams(),
    headers: {},
    rawQuery: '',
    body: '',
    client: '127.0.0.1',
  };

  it('refuses in its own words when it is over the limit or in maintenance', () => {
    const { dialect, faults } = bench(server, [shape('A'), shape('B')]);
    const limited = dialect.rateLimitAnswer?.(request);
    const words = /-1003|too[ _]many[ _]requests|ERR_RATE_LIMIT/i;
    expect(limited?.body).toMatch(words);
    expect(limited?.status).toBe(server.venue === 'kraken' ? 200 : 429);
    faults.maintenance = true;
    const closed = dialect.maintenanceAnswer?.({ ...request, path: '/anything' });
    expect(closed?.status).toBe(server.venue === 'kraken' ? 200 : 503);
    expect(closed?.body).toMatch(/maintenance|unavailable/i);
  });

  it('lets faults hit updates, never acknowledgements, snapshots or heartbeats', () => {
    const { connect, run, timers } = bench(server, [shape(BOOK.symbols), shape('B')]);
    const { connection, handler } = connect(server.webSocketPath);
    handler.onText(BOOK.requests[server.venue as keyof typeof BOOK.requests]);
    const before = connection.frames.splice(0).map(({ kind }) => kind);
    expect(new Set(before)).toEqual(new Set(['control']));
    run(60);
    const during = connection.frames.splice(0).map(({ kind }) => kind);
    expect(during.filter((kind) => kind === 'data').length).toBeGreaterThan(4);
    timers.advance(20_000);
    const after = connection.frames.splice(0).map(({ kind }) => kind);
    expect(after.filter((kind) => kind === 'data').length).toBeLessThanOrEqual(1);
  });

  it('says that it is in maintenance where it has a place to', () => {
    const { dialect, faults } = bench(server, [shape('A'), shape('B')]);
    faults.maintenance = true;
    const body = dialect.maintenanceAnswer?.(request).body;
    if (server.venue === 'kraken') expect(body).toContain('"status":"maintenance"');
    else if (server.venue === 'bitfinex') expect(body).toBe('[0]');
    else expect(body).toMatch(/maintenance|unavailable/i);
  });
});

it('every exchange of the default configuration has its dialect', () => {
  expect(DIALECT_SERVERS.map(({ venue }) => venue).sort()).toEqual([
    'binance',
    'bitfinex',
    'coinbase',
    'kraken',
    'upbit',
  ]);
});
