import { strategyBench } from './bench-strategy.ts';
import { decimal, listing, missing } from './helpers.ts';

const FREE = { feeBps: '0' };
const LISTINGS = [
  listing({ venue: 'binance', instrument: 'BTC/USDT', ...FREE }),
  listing({ venue: 'upbit', instrument: 'BTC/KRW', tick: '1000', ...FREE }),
  listing({ venue: 'upbit', instrument: 'USDT/KRW', tick: '1', feeBps: '10' }),
  listing({ venue: 'kraken', instrument: 'BTC/USD', ...FREE }),
  listing({ venue: 'coinbase', instrument: 'BTC/USD', ...FREE }),
];
const [BINANCE, UPBIT, WON] = ['binance:BTC/USDT', 'upbit:BTC/KRW', 'upbit:USDT/KRW'] as const;

describe('money that is not the numeraire', () => {
  test('is sold for the numeraire through the conversion book, spread and fee paid', () => {
    const bench = strategyBench({ listings: LISTINGS });
    bench.top(WON, '1390 x 100000 | 1400 x 100000');
    bench.top(BINANCE, '99 x 1 | 100 x 1');
    bench.top(UPBIT, '142000 x 1 | 150000 x 1');
    const { opportunity } = bench.proposals[0] ?? missing();
    // 142,000 KRW buy 142,000 / 1.001 / 1400 = 101.327244184... USDT.
    expect(opportunity.netProfit.toString()).toMatch(/^1\.32724418/);
    expect(opportunity.grossProfit.toString()).toMatch(/^1\.42857142/);
    expect(opportunity.sell).toMatchObject({
      conversion: { venue: 'upbit', instrument: 'USDT/KRW' },
    });
    expect(opportunity.buy.conversion).toBeUndefined();
  });

  test('is bought with the numeraire when the cheap market wants it', () => {
    const bench = strategyBench({ listings: LISTINGS });
    bench.top(WON, '1400 x 100000 | 1410 x 100000');
    bench.top(BINANCE, '101 x 1 | 102 x 1');
    bench.top(UPBIT, '130000 x 1 | 139000 x 1');
    const { opportunity } = bench.proposals[0] ?? missing();
    // 139,000 KRW cost 139,000 / 0.999 / 1400 = 99.385099385... USDT.
    expect(opportunity.netProfit.toString()).toMatch(/^1\.61490061/);
    expect(opportunity.buy.conversionRate.toString()).toMatch(/^0\.000714/);
  });

  test('leaves the fee out when conversions are not charged', () => {
    const bench = strategyBench({ listings: LISTINGS, settings: { chargeConversionFees: false } });
    bench.top(WON, '1390 x 100000 | 1400 x 100000');
    bench.top(BINANCE, '99 x 1 | 100 x 1');
    bench.top(UPBIT, '142000 x 1 | 150000 x 1');
    expect(bench.proposals[0]?.opportunity.fees.isZero()).toBe(true);
  });

  test('bounds the size by what the conversion book holds', () => {
    const bench = strategyBench({ listings: LISTINGS });
    bench.top(WON, '1390 x 10 | 1400 x 10');
    bench.top(BINANCE, '99 x 1 | 100 x 1');
    bench.top(UPBIT, '142000 x 1 | 150000 x 1');
    // 10 USDT at 1400 with 0.1 % on top take 14,014 KRW, which is 0.0986 BTC.
    expect(bench.proposals[0]?.opportunity.quantity.toString()).toBe('0.0986');
  });

  test('is refused when the conversion book is too old', () => {
    const bench = strategyBench({ listings: LISTINGS, settings: { conversionAgeMsMax: 100 } });
    bench.top(WON, '1390 x 100000 | 1400 x 100000');
    bench.nowUs += 101_000;
    bench.top(BINANCE, '99 x 1 | 100 x 1');
    bench.top(UPBIT, '142000 x 1 | 150000 x 1');
    expect(bench.proposals).toHaveLength(0);
    expect(bench.refusals).toMatchObject([{ reason: 'CONVERSION_STALE' }]);
  });

  test('opens and closes edges when the conversion alone moves', () => {
    const bench = strategyBench({ listings: LISTINGS });
    bench.top(BINANCE, '99 x 1 | 100 x 1');
    bench.top(UPBIT, '140000 x 1 | 150000 x 1');
    expect(bench.said).toHaveLength(0);
    bench.top(WON, '1370 x 100000 | 1380 x 100000');
    expect(bench.proposals).toHaveLength(1);
    bench.top(WON, '1400 x 100000 | 1420 x 100000');
    expect(bench.closes).toHaveLength(1);
    bench.top(WON, '1370 x 100000 | 1380 x 100000');
    bench.drop(WON);
    expect(bench.closes).toHaveLength(2);
  });

  test('takes no part where both markets have it, and without a value the edge is refused', () => {
    const bench = strategyBench({ listings: LISTINGS });
    bench.top('kraken:BTC/USD', '99 x 1 | 100 x 1');
    bench.top('coinbase:BTC/USD', '101 x 1 | 102 x 1');
    expect(bench.refusals).toMatchObject([
      { reason: 'CONVERSION_MISSING', opportunity: { numeraire: 'USD' } },
    ]);
    expect(bench.strategy.readiness()).toContain('no listing converts USD to USDT');
    const known = strategyBench({
      listings: [...LISTINGS, listing({ venue: 'kraken', instrument: 'USDT/USD', feeBps: '20' })],
    });
    known.top('kraken:USDT/USD', '0.99 x 0.001 | 1.25 x 0.001');
    known.top('kraken:BTC/USD', '99 x 1 | 100 x 1');
    known.top('coinbase:BTC/USD', '101 x 1 | 102 x 1');
    const { opportunity } = known.proposals[0] ?? missing();
    expect(opportunity.quantity.equals(decimal('1'))).toBe(true);
    expect(opportunity.netProfit.equals(decimal('0.8'))).toBe(true);
    expect(opportunity.fees.isZero()).toBe(true);
  });
});
