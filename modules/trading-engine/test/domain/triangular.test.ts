import { Decimal, type Opportunity, recordViolations } from '@ats/domain';
import fc from 'fast-check';
import type { CrossExchangeSettings } from '../../src/domain/settings.ts';
import { Triangular } from '../../src/domain/triangular.ts';
import { strategyBench } from './bench-strategy.ts';
import { coin, decimal, listing, missing } from './helpers.ts';

const BTC = coin('BTC');
const THREE = [
  listing({ venue: 'binance', instrument: 'BTC/USDT', base: BTC }),
  listing({ venue: 'binance', instrument: 'ETH/USDT' }),
  listing({
    venue: 'binance',
    instrument: 'ETH/BTC',
    quote: BTC,
    tick: '0.00001',
    notionalMin: '0.0001',
  }),
];
const [COIN, MONEY, CROSS] = ['binance:BTC/USDT', 'binance:ETH/USDT', 'binance:ETH/BTC'] as const;

const bench = (changes: Partial<CrossExchangeSettings> = {}, listings = THREE) =>
  strategyBench({ listings, strategy: Triangular, settings: changes });

/** BTC at 100, ETH at 5 in both: nothing to be had. */
function level(on: ReturnType<typeof bench>): void {
  on.top(COIN, '99.99 x 50 | 100 x 50');
  on.top(MONEY, '5 x 100 | 5.01 x 100');
  on.top(CROSS, '0.05 x 100 | 0.0501 x 100');
}

const plain = (opportunity: Opportunity | undefined) => JSON.parse(JSON.stringify(opportunity));

describe('triangular', () => {
  test('buys in the coin, sells for money and buys the coin back, with exact figures', () => {
    const on = bench();
    level(on);
    on.top(CROSS, '0.049 x 100 | 0.05 x 10');
    on.top(MONEY, '5.1 x 2 | 5.2 x 100');
    expect(on.proposals).toHaveLength(1);
    const { opportunity } = on.proposals[0] ?? missing();
    expect(plain(opportunity)).toMatchObject({
      base: 'ETH',
      numeraire: 'USDT',
      quantity: '2.0000',
      // 2 ETH cost 0.1 BTC and 0.0001 in fees, which are bought back for 10.01 USDT.
      buy: {
        instrument: 'ETH/BTC',
        limitPrice: '0.05000',
        conversionRate: '100.000000000000000000',
      },
      sell: { instrument: 'ETH/USDT', limitPrice: '5.10', conversionRate: '1' },
      bridge: { instrument: 'BTC/USDT', side: 'buy', quantity: '0.1001', limitPrice: '100.00' },
    });
    // 10.2 less 10.0 is gross; fees are 0.0102, 0.01 and 0.01001.
    expect(opportunity.grossProfit.normalized().toString()).toBe('0.2');
    expect(opportunity.fees.normalized().toString()).toBe('0.03021');
    expect(opportunity.netProfit.normalized().toString()).toBe('0.16979');
  });

  test('goes the other way round as well', () => {
    const on = bench();
    level(on);
    on.top(MONEY, '4.8 x 100 | 4.9 x 2');
    expect(on.proposals).toHaveLength(1);
    const { opportunity } = on.proposals[0] ?? missing();
    expect(plain(opportunity)).toMatchObject({
      buy: { instrument: 'ETH/USDT' },
      sell: { instrument: 'ETH/BTC', limitPrice: '0.05000' },
      // 2 ETH bring 0.1 BTC less 0.0001: in whole steps 0.0999.
      bridge: { side: 'sell', quantity: '0.0999', limitPrice: '99.99' },
    });
    // 0.0999 x 99.99 x 0.999 - 9.8 x 1.001
    expect(opportunity.netProfit.normalized().toString()).toBe('0.169211999');
  });

  test('sets the slippage reserve of three legs aside', () => {
    const on = bench({ slippageBps: decimal('2') });
    level(on);
    on.top(MONEY, '5.1 x 2 | 5.2 x 100');
    const { opportunity } = on.proposals[0] ?? missing();
    // (10.02 + 10.2) x 3 bps, of the two main legs; the third is worth half of that.
    expect(Number(opportunity.slippageReserve)).toBeCloseTo(0.006066, 6);
  });

  test('takes no more than the third book holds', () => {
    const on = bench();
    level(on);
    on.top(COIN, '99.99 x 50 | 100 x 0.05');
    on.top(MONEY, '5.1 x 20 | 5.2 x 100');
    on.top(CROSS, '0.049 x 100 | 0.05 x 10');
    const { opportunity } = on.proposals.at(-1) ?? missing();
    expect(opportunity.quantity.lessThan(decimal('1'))).toBe(true);
    expect(opportunity.bridge?.quantity.lessThan(decimal('0.0501'))).toBe(true);
  });

  test.each([
    ['the coin that the main leg is paid in', { BTC: '0.02', ETH: '9', USDT: '900' }],
    ['the base that is sold', { BTC: '9', ETH: '0.4', USDT: '900' }],
    ['the money that the coin is bought back with', { BTC: '9', ETH: '9', USDT: '2' }],
  ])('is bounded by %s at the venue', (_, amounts) => {
    const binance = Object.fromEntries(Object.entries(amounts).map(([a, b]) => [a, decimal(b)]));
    const on = bench({ balances: { binance } });
    level(on);
    on.top(MONEY, '5.1 x 20 | 5.2 x 100');
    on.top(CROSS, '0.049 x 100 | 0.05 x 10');
    const { opportunity } = on.proposals.at(-1) ?? missing();
    const { buy, sell, bridge, quantity } = opportunity;
    expect(quantity.lessThan(decimal('0.41'))).toBe(true);
    expect(quantity.greaterThan(decimal('0.38'))).toBe(true);
    const cost = bridge?.notional.add(bridge.fee) ?? missing();
    expect(cost.greaterThan(binance['USDT'] ?? missing())).toBe(false);
    expect(buy.notional.add(buy.fee).greaterThan(binance['BTC'] ?? missing())).toBe(false);
    expect(sell.notional.isPositive()).toBe(true);
  });

  test('says that a balance is missing, and why a size is too small for the third market', () => {
    const poor = bench({ balances: { binance: { BTC: decimal('9'), ETH: decimal('9') } } });
    level(poor);
    poor.top(MONEY, '5.1 x 2 | 5.2 x 100');
    expect(poor.refusals.map(({ reason }) => reason)).toEqual(['BALANCE_INSUFFICIENT']);
    const [money, eth, cross] = THREE as [(typeof THREE)[0], (typeof THREE)[0], (typeof THREE)[0]];
    const small = bench({}, [{ ...money, quantityMin: decimal('5') }, eth, cross]);
    level(small);
    small.top(MONEY, '5.1 x 2 | 5.2 x 100');
    expect(small.refusals.map(({ reason }) => reason)).toEqual(['SIZE_BELOW_MIN']);
  });

  test('has one life for one edge, which the third book closes too', () => {
    const on = bench();
    level(on);
    on.top(MONEY, '5.1 x 2 | 5.2 x 100');
    for (let update = 0; update < 50; update += 1) {
      on.nowUs += 100;
      on.top(COIN, '99.99 x 50 | 100 x 50');
    }
    expect(on.proposals).toHaveLength(1);
    on.top(COIN, '102.9 x 50 | 103 x 50');
    expect(on.closes).toMatchObject([{ id: on.proposals[0]?.opportunity.id, updates: 51 }]);
  });

  test('does not act on a third book that is old or gone', () => {
    const on = bench();
    level(on);
    on.nowUs += 1_100_000;
    on.top(CROSS, '0.049 x 100 | 0.05 x 100');
    on.top(MONEY, '5.1 x 2 | 5.2 x 100');
    expect(on.proposals).toHaveLength(0);
    expect(on.refusals.at(-1)?.reason).toBe('BOOK_STALE');
    on.drop(COIN);
    expect(on.closes).toHaveLength(1);
    on.top(MONEY, '5.2 x 2 | 5.3 x 100');
    expect(on.proposals).toHaveLength(0);
  });

  test('says what it lacks', () => {
    expect(bench({}, THREE.slice(0, 2)).strategy.readiness()).toEqual([
      'no venue lists three markets that make a triangle with USDT',
    ]);
    expect(bench().strategy.readiness()).toEqual(['no triangle has three live books']);
  });

  test('whatever the books, figures add up and every leg fits its market and balance', () => {
    const price = (from: number, to: number) => fc.integer({ min: from, max: to });
    const size = fc.integer({ min: 1, max: 500_000 }).map((units) => units / 10_000);
    const books = fc.record({
      coin: price(9000, 11_000),
      money: price(450, 550),
      cross: price(4500, 5500),
      sizes: fc.tuple(size, size, size, size),
      balance: fc.tuple(size, size, size),
    });
    fc.assert(
      fc.property(books, ({ coin: at, money, cross, sizes, balance }) => {
        const [BTC_HELD, ETH_HELD, USDT_HELD] = balance.map((one) => Decimal.fromNumber(one));
        const binance = { BTC: BTC_HELD, ETH: ETH_HELD, USDT: USDT_HELD } as Record<
          string,
          Decimal
        >;
        const on = bench({ balances: { binance } });
        const [a, b, c, d] = sizes;
        on.top(COIN, `${at / 100} x ${a} | ${(at + 1) / 100} x ${b}`);
        on.top(MONEY, `${money / 100} x ${c} | ${(money + 1) / 100} x ${d}`);
        on.top(CROSS, `${cross / 100_000} x ${d} | ${(cross + 1) / 100_000} x ${a}`);
        for (const { opportunity } of on.proposals) check(opportunity, binance);
      }),
      { numRuns: 500 },
    );
  });
});

function check(opportunity: Opportunity, binance: Readonly<Record<string, Decimal>>): void {
  const { buy, sell, bridge = missing(), quantity } = opportunity;
  const record = { reason: 'EDGE_BELOW_MIN', decision: undefined } as never;
  expect(recordViolations({ ...(record as object), opportunity } as never)).toEqual([]);
  const change = new Map<string, Decimal>();
  const add = (asset: string, amount: Decimal) =>
    change.set(asset, (change.get(asset) ?? Decimal.ZERO).add(amount));
  const needs = new Map<string, Decimal>();
  for (const leg of [
    { ...buy, side: 'buy', quantity },
    { ...sell, side: 'sell', quantity },
    bridge,
  ] as const) {
    const [base = '', quote = ''] = leg.instrument.split('/');
    const buys = leg.side === 'buy';
    add(base, buys ? leg.quantity : leg.quantity.negate());
    add(quote, (buys ? leg.notional.negate() : leg.notional).subtract(leg.fee));
    if (buys) needs.set(quote, leg.notional.add(leg.fee));
    else needs.set(base, leg.quantity);
    expect(leg.quantity.multiply(leg.limitPrice).isPositive()).toBe(true);
  }
  // The base comes out even, the coin to within a step, and the money is the profit and no less.
  expect(change.get('ETH')?.isZero()).toBe(true);
  const rest = Number(change.get('BTC'));
  expect(Math.abs(rest)).toBeLessThan(0.0001);
  const worth = Number(change.get('USDT')) + rest * Number(bridge.limitPrice);
  // What a step's rest of the coin costs in fees is in the profit and not yet in the money.
  expect(worth).toBeCloseTo(Number(opportunity.netProfit), 4);
  for (const [asset, need] of needs) {
    expect(need.greaterThan(binance[asset] ?? Decimal.ZERO)).toBe(false);
  }
}
