import { createHash } from 'node:crypto';
import { OrderBook } from '@ats/domain';
import type { MarketModel } from '../../../src/domain/model/market-model.ts';
import type { SimulatedMarket } from '../../../src/domain/simulated-market.ts';
import { netEdges } from './net-edges.ts';
import { openModel, START_US, testConfig } from './open-model.ts';

const STEPS_PER_SECOND = 200;
/** Steps between two looks at all pairs of books: 20 ms. */
const LOOK_EVERY = 4;
const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1);

function marketsOf(model: MarketModel): SimulatedMarket[] {
  return [...model.venues.values()].flatMap((venue) => [...venue.markets.values()]);
}

/** A digest of the first batches, every byte of them, in the order in which they came. */
function digestOf(model: MarketModel, batches: number): string {
  const hash = createHash('sha256');
  let seen = 0;
  for (const market of marketsOf(model)) {
    market.onBatch((batch) => {
      seen += 1;
      if (seen <= batches) hash.update(`${market.listing.symbol}${JSON.stringify(batch)}`);
    });
  }
  while (seen < batches) model.step();
  return hash.digest('hex');
}

describe('the market model', () => {
  test('keeps a market that is quoted in a coin near the other two, and apart at times', () => {
    const model = openModel(1, testConfig([], 'config/examples/triangular.yaml'));
    const markets = [...(model.venues.get('binance')?.markets.values() ?? [])];
    const middleOf = (instrument: string): number => {
      const book = markets.find(({ listing }) => listing.instrument === instrument)?.book;
      return ((book?.bids.price(0) ?? 0) + (book?.asks.price(0) ?? 0)) / 2;
    };
    const apart: number[] = [];
    for (let step = 0; step < 30 * STEPS_PER_SECOND; step += 1) {
      model.step();
      const around = middleOf('ETH/USDT') / middleOf('BTC/USDT') / middleOf('ETH/BTC');
      apart.push(Math.abs(around - 1) * 10_000);
    }
    const sorted = apart.toSorted((a, b) => a - b);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(10);
    expect(sorted.at(-1)).toBeGreaterThan(10);
  });

  test('gives the same bytes for the same seed and others for another', () => {
    const first = digestOf(openModel(7), 2000);
    expect(digestOf(openModel(7), 2000)).toBe(first);
    expect(digestOf(openModel(8), 2000)).not.toBe(first);
  });

  test('goes the same way when the process was late, with later times', () => {
    const [punctual, late] = [openModel(3), openModel(3)];
    for (let step = 0; step < 400; step += 1) {
      if (step === 100) late.skip(70_000);
      punctual.step();
      late.step();
    }
    expect(late.nowUs - punctual.nowUs).toBe(70_000);
    const tops = (model: MarketModel): number[] =>
      marketsOf(model).map((market) => market.book.bids.price(0));
    expect(tops(late)).toEqual(tops(punctual));
  });

  test.each(SEEDS)('opens a trade that pays after all fees within 5 s, seed %d', (seed) => {
    const model = openModel(seed);
    let firstUs = Number.POSITIVE_INFINITY;
    while (model.nowUs < START_US + 5e6 && firstUs === Number.POSITIVE_INFINITY) {
      model.step();
      if (netEdges(model.venues.values()).length > 0) firstUs = model.nowUs;
    }
    expect(firstUs - START_US).toBeLessThanOrEqual(5e6);
  });

  test('opens and closes paying trades between many venues, and mostly has none', () => {
    const model = openModel(1);
    const seconds = 40;
    const pairs = new Set<string>();
    const livesMs: number[] = [];
    const openedUs = new Map<string, number>();
    let stepsWithEdge = 0;
    for (let step = 0; step < seconds * STEPS_PER_SECOND; step += 1) {
      model.step();
      if (step % LOOK_EVERY !== 0) continue;
      const edges = netEdges(model.venues.values());
      if (edges.length > 0) stepsWithEdge += LOOK_EVERY;
      const now = new Set(edges.map((one) => `${one.base} ${one.buyVenue} ${one.sellVenue}`));
      for (const key of now) if (!openedUs.has(key)) openedUs.set(key, model.nowUs);
      for (const one of edges) pairs.add([one.buyVenue, one.sellVenue].sort().join(' '));
      for (const [key, sinceUs] of openedUs) {
        if (now.has(key)) continue;
        livesMs.push((model.nowUs - sinceUs) / 1000);
        openedUs.delete(key);
      }
    }
    const lasting = livesMs.filter((life) => life >= 100);
    expect(lasting.length).toBeGreaterThan((seconds / 10) * 5);
    expect(Math.max(...livesMs)).toBeLessThan(5000);
    expect(pairs.size).toBeGreaterThanOrEqual(6);
    expect(stepsWithEdge).toBeLessThan(0.5 * seconds * STEPS_PER_SECOND);
  });

  test('keeps every book whole, deep and uncrossed, and tells all of it in batches', () => {
    const model = openModel(5);
    const rebuilt = new Map(marketsOf(model).map((market) => [market, bookFrom(market)] as const));
    const updates = new Map<string, number>();
    const problems: string[] = [];
    for (const [market, copy] of rebuilt) {
      let expected = market.lastSequence + 1;
      const check = (holds: boolean, what: string): void => {
        if (!holds) problems.push(`${market.listing.symbol} at ${expected}: ${what}`);
      };
      market.onBatch((batch) => {
        check(batch.firstSequence === expected, 'a gap');
        check(batch.lastSequence === expected + batch.levels.length - 1, 'a wrong last sequence');
        expected = batch.lastSequence + 1;
        for (const level of batch.levels) {
          check(Number(level.priceText) === level.price, `price ${level.priceText}`);
          check(Number(level.sizeText) === level.size, `size ${level.sizeText}`);
          copy.side(level.side).set(level.price, level.size, level.priceText, level.sizeText);
        }
        check(!copy.isCrossed(), 'crossed');
        check(Math.min(copy.bids.depth, copy.asks.depth) >= 5, 'shallow');
        updates.set(market.listing.symbol, (updates.get(market.listing.symbol) ?? 0) + 1);
      });
    }
    for (let step = 0; step < 10 * STEPS_PER_SECOND; step += 1) model.step();
    expect(problems).toEqual([]);
    for (const [market, copy] of rebuilt) {
      expect(levelsOf(copy)).toEqual(levelsOf(market.book));
      expect(levelsOf(copy)).toEqual(engineLevelsOf(market));
    }
    expect(updates.get('BTCUSDT')).toBeGreaterThan(200);
    expect(updates.get('KRW-BTC')).toBeGreaterThan(200);
  });

  test('keeps day statistics and the newest trades', () => {
    const model = openModel(2);
    const market = model.venues.get('binance')?.markets.get('BTCUSDT');
    if (market === undefined) throw new Error('BTCUSDT is listed');
    const prints: { price: number; size: number }[] = [];
    market.onBatch((batch) => prints.push(...batch.trades));
    while (prints.length < 120) model.step();
    expect(market.recentTrades).toEqual(prints.slice(-100));
    expect(market.day.trades).toBe(prints.length);
    expect(market.day.last).toBe(prints.at(-1)?.price);
    const base = prints.reduce((sum, trade) => sum + trade.size, 0);
    expect(market.day.volumeBase).toBeCloseTo(base, 9);
  });

  test('is livelier at a higher rate', () => {
    const batches = (rate: number): number => {
      const model = openModel(4, testConfig([`simulator.rate=${rate}`]));
      let count = 0;
      for (const market of marketsOf(model)) {
        market.onBatch(() => {
          count += 1;
        });
      }
      for (let step = 0; step < 4 * STEPS_PER_SECOND; step += 1) model.step();
      return count;
    };
    expect(batches(4)).toBeGreaterThan(1.5 * batches(1));
  });

  test('shows a crossed book while told to, and a sound one after', () => {
    const model = openModel(6);
    const market = model.venues.get('kraken')?.markets.get('BTC/USD');
    if (market === undefined) throw new Error('BTC/USD is listed');
    market.cross(model.nowUs + 100_000);
    model.step();
    expect(market.book.isCrossed()).toBe(true);
    for (let step = 0; step < 40; step += 1) model.step();
    expect(market.book.isCrossed()).toBe(false);
  });
});

function bookFrom(market: SimulatedMarket): OrderBook {
  const copy = new OrderBook();
  for (const [side, price, size] of levelsOf(market.book)) {
    copy.side(side).set(price, Number(size));
  }
  return copy;
}

function levelsOf(book: OrderBook): ['bid' | 'ask', number, number][] {
  return (['bid', 'ask'] as const).flatMap((side) =>
    Array.from({ length: book.side(side).depth }, (_, at): ['bid' | 'ask', number, number] => {
      return [side, book.side(side).price(at), book.side(side).size(at)];
    }),
  );
}

/** The same levels, summed up from the single orders in the engine. */
function engineLevelsOf(market: SimulatedMarket): ['bid' | 'ask', number, number][] {
  return (['bid', 'ask'] as const).flatMap((side) => {
    const lots = new Map<number, number>();
    market.engine.forEachOrder(side, (order) => {
      lots.set(order.priceTicks, (lots.get(order.priceTicks) ?? 0) + order.lots);
    });
    return [...lots].map(([ticks, sum]): ['bid' | 'ask', number, number] => {
      return [side, market.prices.number(ticks), market.sizes.number(sum)];
    });
  });
}
