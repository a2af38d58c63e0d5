import { jest } from '@jest/globals';
import { CALM } from '../src/network.ts';
import { simulate } from '../src/simulate.ts';
import { World } from '../src/world.ts';

// Virtual time is cheap, but not under a test runner's instrumentation on a busy machine.
jest.setTimeout(120_000);

describe('simulation', () => {
  test('the same seed gives the same bytes, another seed others', async () => {
    const plan = { rounds: 1, stormMs: 1500, calmMs: 100 };
    const first = await simulate(11, plan);
    const again = await simulate(11, plan);
    const other = await simulate(12, plan);
    expect(again).toEqual(first);
    expect(other.hash).not.toBe(first.hash);
    expect(first.books).toBeGreaterThan(1000);
    expect(first.opportunities.total).toBeGreaterThan(0);
  });

  test('a storm really breaks books, and calm mends them', async () => {
    const { network, resyncs, violations } = await simulate(13, {
      rounds: 1,
      stormMs: 4000,
      calmMs: 12_000,
    });
    expect(network.dropped).toBeGreaterThan(0);
    expect(network.swapped).toBeGreaterThan(0);
    expect(resyncs).toBeGreaterThan(0);
    expect(violations).toEqual([]);
  });

  test('a book that differs from its venue in one size is found out', async () => {
    const world = new World(14);
    await world.start();
    await world.run({ ms: 3000, faults: CALM });
    const market = world.market({ venue: 'coinbase', symbol: 'BTC-USD' });
    const price = market?.book.bids.price(2) ?? Number.NaN;
    await world.compareBooks(() => market?.book.bids.set(price, 123_456));
    expect(world.violations).toEqual([
      expect.stringMatching(/coinbase BTC\/USD: bids level 2 is [\d.]+,123456, the venue has/),
    ]);
    await world.finish();
  });
});
