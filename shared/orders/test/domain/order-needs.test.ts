import { assetId, Decimal, instrumentId, type Listing, venueId } from '@ats/domain';
import { holdTermsOf, neededForQuantity } from '../../src/index.ts';

const decimal = (text: string): Decimal => Decimal.parse(text);

function listing(fees: { readonly takerBps: string; readonly makerBps: string }): Listing {
  return {
    venue: venueId('binance'),
    instrument: instrumentId({ base: 'BTC', quote: 'USDT' }),
    symbol: 'BTCUSDT',
    base: { id: assetId('BTC'), network: 'bitcoin' },
    quote: { id: assetId('USDT'), network: 'ethereum' },
    priceTick: decimal('0.01'),
    quantityStep: decimal('0.001'),
    quantityMin: decimal('0.001'),
    notionalMin: decimal('5'),
    fees: { takerBps: decimal(fees.takerBps), makerBps: decimal(fees.makerBps) },
  };
}

describe('what is reserved for an order on a listing', () => {
  it.each([
    ['the taker pays more', { takerBps: '20', makerBps: '10' }],
    ['the maker pays more', { takerBps: '10', makerBps: '20' }],
  ])('covers the dearer fee where %s', (_name, fees) => {
    const market = holdTermsOf(listing(fees));
    const terms = { side: 'buy', quantity: decimal('10'), price: decimal('100'), market } as const;
    const needed = neededForQuantity(terms);
    expect(needed.map(({ asset, amount }) => [asset, amount.normalized().toString()])).toEqual([
      ['USDT', '1002'],
    ]);
  });
});
