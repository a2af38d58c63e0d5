import { opportunityId } from '@ats/domain';
import { type StrategyBench, strategyBench } from './bench-strategy.ts';
import { asset, decimal, listing, missing, settings } from './helpers.ts';

const TWO = [
  listing({ venue: 'binance', instrument: 'BTC/USDT' }),
  listing({ venue: 'bitfinex', instrument: 'BTC/USDT' }),
];
const [A, B] = ['binance:BTC/USDT', 'bitfinex:BTC/USDT'] as const;

/** Both fees are 10 bps: buying at 100 costs 100.1, selling at 101 brings 100.899. */
function crossed(bench: StrategyBench): void {
  bench.top(A, '99.9 x 5 | 100 x 2');
  bench.top(B, '101 x 1 | 101.2 x 5');
}

describe('cross-exchange', () => {
  test('proposes a crossed pair with exact figures', () => {
    const bench = strategyBench({ listings: TWO });
    crossed(bench);
    expect(bench.proposals).toHaveLength(1);
    const { opportunity } = bench.proposals[0] ?? missing();
    expect(JSON.parse(JSON.stringify(opportunity))).toMatchObject({
      base: 'BTC',
      numeraire: 'USDT',
      quantity: '1.0000',
      buy: { venue: 'binance', limitPrice: '100.00', levels: 1, conversionRate: '1' },
      sell: { venue: 'bitfinex', limitPrice: '101.00', clockSkewUs: -1000 },
    });
    expect(opportunity.grossProfit.equals(decimal('1'))).toBe(true);
    expect(opportunity.fees.equals(decimal('0.201'))).toBe(true);
    expect(opportunity.netProfit.equals(decimal('0.799'))).toBe(true);
    expect(opportunity.netEdgeBps).toBeCloseTo(79.82, 2);
  });

  test('sets the slippage reserve of both legs aside', () => {
    const bench = strategyBench({ listings: TWO, settings: { slippageBps: decimal('2') } });
    crossed(bench);
    const { opportunity } = bench.proposals[0] ?? missing();
    expect(opportunity.slippageReserve.equals(decimal('0.0402'))).toBe(true);
    expect(opportunity.netProfit.equals(decimal('0.7588'))).toBe(true);
  });

  test('tells a standing edge once, however many updates see it, and closes it once', () => {
    const bench = strategyBench({ listings: TWO });
    crossed(bench);
    for (let update = 0; update < 500; update += 1) {
      bench.nowUs += 100;
      bench.top(update % 2 === 0 ? A : B, update % 2 === 0 ? '99.9 x 5 | 100 x 2' : '101 x 1 |');
    }
    expect(bench.proposals).toHaveLength(1);
    expect(bench.strategy.openEdges()).toBe(1);
    bench.top(B, '99 x 1 | 101.2 x 5');
    expect(bench.closes).toHaveLength(1);
    expect(bench.closes[0]).toMatchObject({
      id: bench.proposals[0]?.opportunity.id,
      updates: 501,
      closedAtUs: bench.nowUs,
    });
    expect(bench.strategy.openEdges()).toBe(0);
  });

  test('stays open between the closing and the opening threshold', () => {
    const bench = strategyBench({
      listings: TWO,
      settings: { minEdgeBps: 50, closeEdgeBps: 10, nearMissBps: 0 },
    });
    crossed(bench);
    bench.top(B, '100.5 x 1 |'); // 30 bps: neither opens nor closes
    expect(bench.closes).toHaveLength(0);
    bench.top(B, '100.25 x 1 |'); // 5 bps
    expect(bench.closes).toHaveLength(1);
    bench.top(B, '100.5 x 1 |');
    expect(bench.proposals).toHaveLength(1);
    bench.top(B, '101 x 1 |');
    expect(bench.proposals).toHaveLength(2);
    expect(bench.proposals[1]?.opportunity.id).not.toBe(bench.proposals[0]?.opportunity.id);
  });

  test('judges by settings that changed while it runs, from the next book on', () => {
    const bench = strategyBench({ listings: TWO, settings: { nearMissBps: 0 } });
    const wider = settings({ minEdgeBps: 100, closeEdgeBps: 50, nearMissBps: 0 });
    bench.strategy.onSettings(wider);
    crossed(bench); // 80 bps
    expect(bench.proposals).toHaveLength(0);
    bench.strategy.onSettings({ ...wider, minEdgeBps: 60, notionalMax: decimal('50') });
    bench.top(B, '101 x 1 |');
    expect(bench.proposals).toHaveLength(1);
    expect(bench.proposals[0]?.opportunity.quantity.toNumber()).toBeLessThan(0.5);
    // An older book than is allowed now is refused, and the edge ends.
    bench.strategy.onSettings({ ...wider, minEdgeBps: 60, bookAgeMsMax: 10 });
    bench.pass(20);
    expect(bench.strategy.openEdges()).toBe(0);
  });

  test('proposes a standing edge again, under its id, only when it is materially better', () => {
    const bench = strategyBench({ listings: TWO, settings: { improvementRatio: 0.5 } });
    crossed(bench);
    bench.top(B, '101.3 x 1 |'); // 37 % more profit
    expect(bench.proposals).toHaveLength(1);
    bench.top(B, '101.5 x 1 |'); // 62 % more
    expect(bench.proposals).toHaveLength(2);
    expect(bench.proposals[1]?.opportunity.id).toBe(bench.proposals[0]?.opportunity.id);
    bench.top(B, '90 x 1 |');
    expect(bench.closes[0]?.best.netProfit).toEqual(bench.proposals[1]?.opportunity.netProfit);
  });

  test('does not ask risk again about what risk refused, unless it is better', () => {
    const bench = strategyBench({ listings: TWO });
    crossed(bench);
    bench.strategy.onDecision({
      opportunityId: bench.proposals[0]?.opportunity.id ?? opportunityId(''),
      verdict: 'refused',
      reason: 'RISK_HALTED',
      detail: '',
      limit: '',
      value: '',
      quantity: undefined,
    });
    bench.nowUs += 500_000;
    bench.top(A, '99.9 x 5 | 100 x 2');
    expect(bench.proposals).toHaveLength(1);
    bench.top(B, '102 x 1 |');
    expect(bench.proposals).toHaveLength(2);
  });

  test('finds nothing in books that are dropped, and ends what stood on them', () => {
    const bench = strategyBench({ listings: TWO });
    crossed(bench);
    bench.drop(B);
    expect(bench.closes).toHaveLength(1);
    bench.top(A, '99.4 x 5 | 99.5 x 2');
    expect(bench.said).toHaveLength(2);
    bench.top(B, '101 x 1 | 101.2 x 5');
    expect(bench.proposals).toHaveLength(2);
  });

  test('refuses an edge against a book older than its venue allows', () => {
    const bench = strategyBench({
      listings: TWO,
      settings: { venueBookAgeMsMax: { bitfinex: 50 } },
    });
    bench.top(B, '101 x 1 | 101.2 x 5');
    bench.nowUs += 51_000;
    bench.top(A, '99.9 x 5 | 100 x 2');
    expect(bench.proposals).toHaveLength(0);
    expect(bench.refusals).toMatchObject([{ reason: 'BOOK_STALE' }]);
    bench.nowUs += 200_000;
    bench.top(A, '99.9 x 5 | 100 x 2'); // looked at again: no news
    expect(bench.refusals).toHaveLength(1);
    bench.top(B, '101 x 1 | 101.2 x 5');
    bench.nowUs += 100_000;
    bench.top(B, '101 x 1 | 101.2 x 5');
    expect(bench.proposals).toHaveLength(1);
    expect(bench.proposals[0]?.opportunity.id).toBe(bench.refusals[0]?.opportunity.id);
  });

  test('ends an edge whose books fell silent', () => {
    const bench = strategyBench({ listings: TWO });
    crossed(bench);
    bench.pass(999);
    expect(bench.closes).toHaveLength(0);
    bench.pass(2);
    expect(bench.closes).toHaveLength(1);
  });

  test('records a near miss once, and a falling edge not as one', () => {
    const bench = strategyBench({ listings: TWO });
    bench.top(A, '99.9 x 5 | 100 x 2');
    bench.top(B, '100.19 x 1 | 101.2 x 5'); // crossed by 19 bps, fees take 20
    bench.top(B, '100.18 x 1 | 101.2 x 5');
    expect(bench.refusals).toMatchObject([{ reason: 'EDGE_BELOW_MIN' }]);
    expect(bench.refusals[0]?.opportunity.netProfit.isNegative()).toBe(true);
    bench.top(B, '101 x 1 |'); // the same life opens
    expect(bench.proposals[0]?.opportunity.id).toBe(bench.refusals[0]?.opportunity.id);
    bench.top(B, '100.19 x 1 |');
    bench.top(B, '100.18 x 1 |');
    expect(bench.closes).toHaveLength(1);
    expect(bench.refusals).toHaveLength(1);
    bench.top(B, '99 x 1 |');
    bench.top(B, '100.19 x 1 |');
    expect(bench.refusals).toHaveLength(2);
  });

  test('counts a refusal without room for it once a life, and still proposes later', () => {
    const bench = strategyBench({ listings: TWO });
    bench.hearing = false;
    bench.top(A, '99.9 x 5 | 100 x 2');
    for (let update = 0; update < 10; update += 1) bench.top(B, '100.19 x 1 |');
    expect(bench.unheard).toEqual(['EDGE_BELOW_MIN']);
    expect(bench.said).toHaveLength(0);
    bench.top(B, '101 x 1 |');
    expect(bench.proposals).toHaveLength(1);
  });

  test.each([
    ['SPREAD_ABOVE_CEILING', { ceilingBps: 50 }],
    ['EDGE_BELOW_MIN', { profitMin: decimal('0.8') }],
    ['CONFIDENCE_LOW', { confidenceMin: 0.99 }],
    ['BALANCE_INSUFFICIENT', { balances: { binance: { USDT: decimal('1') } } }],
  ])('holds an edge back with %s', (reason, changes) => {
    const bench = strategyBench({ listings: TWO, settings: changes });
    crossed(bench);
    expect(bench.proposals).toHaveLength(0);
    expect(bench.refusals).toMatchObject([{ reason }]);
  });

  test('refuses sizes below what either venue accepts', () => {
    const listings = [
      ...TWO.slice(0, 1),
      listing({ venue: 'bitfinex', instrument: 'BTC/USDT', quantityMin: '1.5', step: '0.5' }),
    ];
    const bench = strategyBench({ listings });
    crossed(bench);
    expect(bench.refusals).toMatchObject([{ reason: 'SIZE_BELOW_MIN' }]);
  });

  test('takes a quantity that is whole at both venues, and no more than the balances carry', () => {
    const listings = [
      listing({ venue: 'binance', instrument: 'BTC/USDT', step: '0.004' }),
      listing({ venue: 'bitfinex', instrument: 'BTC/USDT', step: '0.006' }),
    ];
    const balances = { binance: { USDT: decimal('1000') }, bitfinex: { BTC: decimal('0.5') } };
    const bench = strategyBench({ listings, settings: { balances } });
    crossed(bench);
    expect(bench.proposals[0]?.opportunity.quantity.toString()).toBe('0.492'); // 41 x 0.012
    bench.strategy.onFill({
      venue: listings[1]?.venue ?? missing(),
      instrument: listings[1]?.instrument ?? missing(),
      side: 'sell',
      quantity: decimal('0.4'),
      price: decimal('101'),
      fee: decimal('0.04'),
      timeUs: bench.nowUs,
    });
    bench.top(B, '1 x 1 |');
    bench.top(B, '101 x 1 |');
    expect(bench.proposals[1]?.opportunity.quantity.toString()).toBe('0.096');
  });

  test('never trades one ticker that names two assets', () => {
    const listings = [
      ...TWO.slice(0, 1),
      listing({ venue: 'bitfinex', instrument: 'BTC/USDT', base: asset('BTC', 'tron') }),
    ];
    const bench = strategyBench({ listings });
    crossed(bench);
    expect(bench.proposals).toHaveLength(0);
    expect(bench.refusals).toMatchObject([{ reason: 'ASSET_IDENTITY_MISMATCH' }]);
  });

  test('says the same of the same events', () => {
    const run = (): string[] => {
      const bench = strategyBench({ listings: TWO });
      let state = 7;
      for (let update = 0; update < 3000; update += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        const middle = 100 + ((state >>> 8) % 100) / 100;
        bench.nowUs += state % 5000;
        bench.top(state % 2 === 0 ? A : B, `${middle - 0.02} x 1 | ${middle + 0.02} x 2`);
        if (update % 100 === 0) bench.pass(10);
      }
      bench.strategy.onStop();
      return bench.said;
    };
    const said = run();
    expect(said.length).toBeGreaterThan(100);
    expect(run()).toEqual(said);
  });
});
