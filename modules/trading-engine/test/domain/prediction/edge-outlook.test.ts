import type { Predictions } from '../../../src/domain/prediction/predictor.ts';
import { type StrategyBench, strategyBench } from '../bench-strategy.ts';
import { listing } from '../helpers.ts';

const LISTINGS = [
  listing({ venue: 'binance', instrument: 'BTC/USDT' }),
  listing({ venue: 'bitfinex', instrument: 'BTC/USDT' }),
];

/** Says the same of a venue until it is told otherwise; basis points, NaN for nothing. */
function saying(changes: Record<string, number>): Predictions {
  return {
    card: { name: 'test', version: '1', features: [], horizonMs: 100, sha256: '' },
    of: ({ venue }) => ({ changeBps: () => changes[venue] ?? Number.NaN }),
  };
}

/** An edge of 79.8 bps after fees, buying at binance and selling at bitfinex. */
function crossed(bench: StrategyBench): void {
  bench.top('binance:BTC/USDT', '99.9 x 5 | 100 x 2');
  bench.top('bitfinex:BTC/USDT', '101 x 1 | 101.2 x 5');
}

const bench = (changes: Record<string, number>): StrategyBench =>
  strategyBench({ listings: LISTINGS, predictions: saying(changes) });

describe('a strategy with predictions', () => {
  test('holds an edge back that is expected to be gone, with the reason', () => {
    const one = bench({ binance: 45, bitfinex: -40 });
    crossed(one);
    expect(one.proposals).toEqual([]);
    expect(one.refusals.map(({ reason }) => reason)).toEqual(['EDGE_PREDICTED_LOW']);
  });

  test('takes an edge that is expected to stay, and one that is expected to grow', () => {
    for (const changes of [
      { binance: 30, bitfinex: 10 },
      { binance: -40, bitfinex: 45 },
    ]) {
      const one = bench(changes);
      crossed(one);
      expect(one.proposals).toHaveLength(1);
    }
  });

  test('does as without predictions where one side has none', () => {
    const plain = strategyBench({ listings: LISTINGS });
    const half = bench({ binance: 500 });
    crossed(plain);
    crossed(half);
    expect(half.said).toEqual(plain.said);
  });

  test('never takes an edge because of a prediction that it would not have taken', () => {
    const one = bench({ binance: -500, bitfinex: 500 });
    one.top('binance:BTC/USDT', '99.9 x 5 | 100 x 2');
    one.top('bitfinex:BTC/USDT', '100.15 x 1 | 100.3 x 5');
    expect(one.proposals).toEqual([]);
  });

  test('looks at a standing edge again, and takes it when it is no longer expected to go', () => {
    const changes = { binance: 45, bitfinex: -40 };
    const one = bench(changes);
    crossed(one);
    changes.binance = 0;
    one.pass(10_000 / 20);
    crossed(one);
    expect(one.proposals).toHaveLength(1);
  });
});
