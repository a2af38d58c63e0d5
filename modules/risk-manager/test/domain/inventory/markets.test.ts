import { assetId, Decimal, venueId } from '@ats/domain';
import fc from 'fast-check';
import { leastOf, take, valuesOf } from '../../../src/domain/inventory/markets.ts';
import { listing, market } from '../../inventory-samples.ts';

const decimal = Decimal.parse;
const USDT = assetId('USDT');
const text = (amount: Decimal | undefined) => amount?.normalized().toString();

describe('what assets are worth', () => {
  const markets = [
    market(listing('kraken', 'BTC/USD'), { bid: 100_000, ask: 100_010 }),
    market(listing('upbit', 'USDT/KRW'), { bid: 1249, ask: 1251 }),
    market(listing('kraken', 'USDT/USD'), { bid: 0.99, ask: 1.01 }),
    market(listing('binance', 'ETH/USDT'), { bid: 3000, ask: 3002, atUs: 1 }),
    market(listing('bitfinex', 'ETH/USDT'), { bid: 4000, ask: 4002, atUs: 2 }),
    market(listing('upbit', 'XRP/KRW'), { bid: 2499, ask: 2501 }),
  ];
  const values = valuesOf(markets, USDT);
  it.each([
    ['the numeraire itself', 'USDT', '1'],
    ['money that the numeraire is traded for', 'KRW', '0.0008'],
    ['what is traded for other money', 'BTC', '100005'],
    ['what is traded for money of small value', 'XRP', '2'],
    ['the newest of several books', 'ETH', '4001'],
    ['nothing where there is no book', 'SOL', undefined],
  ])('is for %s', (_what, asset, worth) => {
    expect(text(values.get(assetId(asset)))).toBe(worth);
  });
});

describe('what a trade of usual size takes', () => {
  const listings = [listing('alpha', 'BTC/USDT'), listing('beta', 'ETH/BTC')];
  const least = (venue: string, asset: string, value: string | undefined) =>
    text(
      leastOf({
        ...{ asset: assetId(asset), venue: venueId(venue), listings },
        tradeNotional: decimal('1000'),
        value: value === undefined ? undefined : decimal(value),
      }),
    );
  it.each([
    ['of the base, its worth', 'alpha', 'BTC', '100000', '0.01'],
    ['of the quote, the fee on top', 'alpha', 'USDT', '1', '1001'],
    ['the least of the venue for it as quote', 'beta', 'BTC', '100000', '5'],
    ['the least of the venue without a price', 'alpha', 'USDT', undefined, '5'],
    ['the least of the venue where that is more', 'alpha', 'BTC', '100000000', '0.0001'],
    ['nothing where it is not listed', 'alpha', 'ETH', '1', '0'],
  ])('is %s', (_what, venue, asset, value, expected) => {
    expect(least(venue, asset, value)).toBe(expected);
  });
});

describe('taking levels', () => {
  const { asks } = market(listing('alpha', 'BTC/USDT'), { bid: 99, ask: 100, size: 2, depth: 3 });
  it('pays each level its own price, and no more than there is', () => {
    const plain = (bound: Parameters<typeof take>[1]) => {
      const { quantity, notional } = take(asks, bound);
      return [text(quantity), text(notional)];
    };
    expect(plain({ quantity: decimal('3') })).toEqual(['3', '301']);
    expect(plain({ quantity: decimal('30') })).toEqual(['6', '606']);
    expect(plain({ notional: decimal('250.5') })).toEqual(['2.5', '250.5']);
    expect(plain({})).toEqual(['6', '606']);
    expect(plain({ quantity: Decimal.ZERO })).toEqual(['0', '0']);
  });

  it('never spends more than it may', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (milli) => {
        const most = new Decimal(BigInt(milli), 3);
        expect(take(asks, { notional: most }).notional.greaterThan(most)).toBe(false);
      }),
    );
  });
});
