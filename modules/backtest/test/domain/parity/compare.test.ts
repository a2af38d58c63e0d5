import { Decimal } from '@ats/domain';
import {
  compareFills,
  flowsOf,
  type ParityFill,
  type ParityOrder,
} from '../../../src/domain/parity/compare.ts';

const fill = (price: string, quantity: string, fee = '0.1'): ParityFill => ({
  price: Decimal.parse(price),
  quantity: Decimal.parse(quantity),
  fee: Decimal.parse(fee),
  feeAsset: 'USDT',
});

const order = (id: string, fills: readonly ParityFill[], more: Partial<ParityOrder> = {}) => ({
  clientOrderId: id,
  venue: 'binance',
  instrument: 'BTC/USDT',
  side: 'buy' as const,
  price: Decimal.parse('101'),
  quantity: Decimal.parse('2'),
  sentAtUs: 1_000_000,
  arrivedAtUs: 1_010_000,
  knownAtUs: 1_030_000,
  fills,
  ...more,
});

const compared = (live: readonly ParityOrder[], backtest: readonly ParityOrder[], noted = true) =>
  compareFills({ live, backtest, bookOf: () => (noted ? 'noted' : 'newest') });

const kinds = (...args: Parameters<typeof compared>) =>
  compared(...args).map(({ kind, cause }) => [kind, cause]);

describe('the comparison of fills', () => {
  it('finds fills equal that a venue reported in another order', () => {
    const live = [order('a', [fill('101', '1'), fill('100', '1')])];
    const backtest = [order('a', [fill('100', '1'), fill('101', '1')])];
    expect(kinds(live, backtest)).toEqual([
      ['equal', undefined],
      ['equal', undefined],
    ]);
  });

  it('puts an order of one side alone down to the decision', () => {
    expect(kinds([order('a', [fill('100', '1')])], [])).toEqual([['only-live', 'decision']]);
    expect(kinds([], [order('b', [fill('100', '1')])])).toEqual([['only-backtest', 'decision']]);
  });

  it('puts other fills of other terms down to the terms, and of the same to the book', () => {
    const live = [order('a', [fill('100', '1')])];
    const other = [fill('100.5', '1')];
    const terms = [order('a', other, { price: Decimal.parse('102') })];
    expect(kinds(live, terms)).toEqual([['other-price', 'terms']]);
    expect(kinds(live, [order('a', other)])).toEqual([['other-price', 'book']]);
    expect(compared(live, [order('a', other)], false)[0]?.why).toContain('noted no book');
  });

  it('tells a fill of another size from one that is missing', () => {
    const live = [order('a', [fill('100', '1'), fill('101', '1')])];
    const backtest = [order('a', [fill('100', '0.5')])];
    expect(kinds(live, backtest)).toEqual([
      ['other-size', 'book'],
      ['only-live', 'book'],
    ]);
  });

  it('takes fees of an order together, since some venues tell one for all of it', () => {
    const live = [order('a', [fill('100', '1', '0.11'), fill('101', '1', '0.09')])];
    const shared = [order('a', [fill('100', '1', '0.1'), fill('101', '1', '0.1')])];
    expect(kinds(live, shared)).toEqual([
      ['equal', undefined],
      ['equal', undefined],
    ]);
    const dear = [order('a', [fill('100', '1', '0.1'), fill('101', '1', '0.2')])];
    expect(kinds(live, dear)).toEqual([
      ['other-fee', 'fees'],
      ['other-fee', 'fees'],
    ]);
  });

  it('finds a fill at a time at which it cannot have been', () => {
    const live = [order('a', [fill('100', '1')])];
    const late = [order('a', [fill('100', '1')], { arrivedAtUs: 1_330_000 })];
    const early = [order('a', [fill('100', '1')], { arrivedAtUs: 700_000 })];
    expect(kinds(live, late)).toEqual([['other-time', 'arrival']]);
    expect(kinds(live, early)).toEqual([['other-time', 'arrival']]);
    expect(compared(live, late)[0]?.why).toBe('it met the book 300.0 ms after its fill was known');
  });

  it('sums what fills did to each asset exactly', () => {
    const sell = { side: 'sell' as const };
    const flows = flowsOf([
      order('a', [fill('100.01', '0.3', '0.03')]),
      order('b', [fill('100.02', '0.1', '0.01')], sell),
    ]);
    expect(String(flows.get('BTC')?.normalized())).toBe('0.2');
    expect(String(flows.get('USDT')?.normalized())).toBe('-20.041');
  });
});
