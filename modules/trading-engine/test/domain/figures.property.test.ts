import { commonStep, Decimal } from '@ats/domain';
import fc from 'fast-check';
import { decimalOf } from '../../src/domain/book-decimal.ts';
import { confidenceOf } from '../../src/domain/confidence.ts';
import { strategyBench } from './bench-strategy.ts';
import { decimal, type Level, listing } from './helpers.ts';

describe('figures', () => {
  test('confidence is from 0 to 1 and moves the right way with each input', () => {
    const inputs = fc.record({
      ageShare: fc.double({ min: 0, max: 2, noNaN: true }),
      depthRatio: fc.double({ min: 0, max: 5, noNaN: true }),
      edgeBps: fc.double({ min: -10, max: 100, noNaN: true }),
      volatilityBps: fc.double({ min: 0, max: 50, noNaN: true }),
      persistenceShare: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(inputs, fc.double({ min: 0, max: 10, noNaN: true }), (base, more) => {
        const confidence = confidenceOf(base);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
        for (const better of ['depthRatio', 'edgeBps', 'persistenceShare'] as const) {
          const raised = confidenceOf({ ...base, [better]: base[better] + more });
          expect(raised).toBeGreaterThanOrEqual(confidence - 1e-12);
        }
        for (const worse of ['ageShare', 'volatilityBps'] as const) {
          const raised = confidenceOf({ ...base, [worse]: base[worse] + more });
          expect(raised).toBeLessThanOrEqual(confidence + 1e-12);
        }
      }),
    );
  });

  test('a price or size becomes the decimal that it prints as, to twenty digits', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-18, max: 1e18, noNaN: true }), (value) => {
        const exact = Decimal.fromNumber(value);
        const cut = exact.scale > 20 ? exact.round(20, 'down') : exact;
        expect(decimalOf(value).equals(cut)).toBe(true);
      }),
      { numRuns: 2000 },
    );
    expect(decimalOf(Number.NaN).isZero() && decimalOf(-1).isZero()).toBe(true);
  });

  test('a common step is the smallest that is whole in both', () => {
    const steps = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 2 }));
    fc.assert(
      fc.property(steps, steps, ([a, aScale], [b, bScale]) => {
        const left = new Decimal(BigInt(a), aScale);
        const right = new Decimal(BigInt(b), bScale);
        const common = commonStep(left, right);
        for (const step of [left, right]) {
          expect(common.roundToStep(step, 'down').equals(common)).toBe(true);
        }
        let multiple = left;
        while (!multiple.roundToStep(right, 'down').equals(multiple)) multiple = multiple.add(left);
        expect(common.equals(multiple)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('no book, however broken, makes the strategy throw or propose a loss', () => {
    const wild = fc.oneof(
      fc.double(),
      fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1e300, 1e-12),
      fc.double({ min: 90, max: 110, noNaN: true }),
    );
    const side = fc.array(fc.tuple(wild, wild), { maxLength: 4 });
    const markets = ['binance:BTC/USDT', 'upbit:BTC/KRW', 'upbit:USDT/KRW', 'kraken:BTC/USDT'];
    const update = fc.record({ market: fc.constantFrom(...markets), bids: side, asks: side });
    const listings = [
      ...['binance:BTC/USDT', 'kraken:BTC/USDT', 'upbit:BTC/KRW', 'upbit:USDT/KRW'].map(
        (market) => {
          const [venue = '', instrument = ''] = market.split(':');
          return listing({ venue, instrument });
        },
      ),
    ];
    fc.assert(
      fc.property(fc.array(update, { maxLength: 30 }), (updates) => {
        const bench = strategyBench({
          listings,
          settings: { slippageBps: decimal('0.123456789') },
        });
        for (const { market, bids, asks } of updates) {
          bench.nowUs += 1000;
          bench.book(market, { bids: bids as Level[], asks: asks as Level[] });
          bench.pass(1);
        }
        bench.strategy.spreadMatrix();
        bench.strategy.onStop();
        for (const { opportunity } of bench.proposals) {
          expect(opportunity.netProfit.greaterThan(Decimal.ZERO)).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
