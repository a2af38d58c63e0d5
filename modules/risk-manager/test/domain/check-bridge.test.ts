import { deriveOrderId, type Opportunity, type SidedLeg, venueId } from '@ats/domain';
import { openTestDesk, seal } from '../desk.ts';
import { bookOf, decimal, intent, opportunity, triangle } from '../samples.ts';

const WIDE = {
  tradeNotional: { for: { USDT: { max: '11000' } } },
  tradeExposure: { for: { USDT: { max: '40000' } } },
};
const ask = (found: Opportunity, limits: Record<string, unknown> = {}) =>
  openTestDesk({ limits: { ...WIDE, ...limits } }).ask(found);
const bridge = (changes: Partial<SidedLeg>) => {
  const { bridge: third } = triangle();
  return triangle({ bridge: { ...(third as SidedLeg), ...changes } });
};

describe('a triangle that is put to risk', () => {
  it('is approved with a word for each of its three orders', () => {
    const { verdict, reason, approval } = ask(triangle());
    expect({ verdict, reason }).toEqual({ verdict: 'approved', reason: 'APPROVED' });
    const legs = seal.read(approval)?.legs ?? [];
    expect(
      legs.map(({ instrument, side, quantity }) => `${side} ${quantity} ${instrument}`),
    ).toEqual(['buy 10000 ETH/BTC', 'sell 10000 ETH/USDT', 'buy 0.1001 BTC/USDT']);
  });

  it('counts what it trades at all three markets', () => {
    // 10,000 + 10,100 + 10,010 and the fees of 20.
    const most = (max: string) => ask(triangle(), { tradeExposure: { for: { USDT: { max } } } });
    expect(most('30130')).toMatchObject({ verdict: 'approved', quantity: decimal('10000') });
    const less = most('15065');
    expect(less).toMatchObject({ verdict: 'approved', quantity: decimal('5000') });
  });

  it('has each order on its way counted under its own id', () => {
    const { ask: put, exposures } = openTestDesk({ limits: WIDE });
    put(triangle());
    const { accountId, requestId } = intent();
    const counted = [0, 1, 2].map((index) => {
      const order = exposures.working.get(deriveOrderId({ accountId, requestId, index }));
      return order && `${order.side} ${order.market.instrument}`;
    });
    expect(counted).toEqual(['buy ETH/BTC', 'sell ETH/USDT', 'buy BTC/USDT']);
  });

  it.each<[string, Opportunity, string]>([
    ['at two venues', bridge({ venue: venueId('beta') }), 'the venue of the buy leg'],
    ['whose bridge trades too little', bridge({ quantity: decimal('0.1') }), '0.1001'],
    ['whose bridge trades too much', bridge({ quantity: decimal('0.1002') }), '0.1001'],
    ['whose bridge goes the wrong way', bridge({ side: 'sell' }), 'a triangle'],
    [
      'whose bridge is another market',
      bridge({ instrument: triangle().sell.instrument }),
      'a triangle',
    ],
    ['of two legs at one venue', withoutBridge(), 'another venue than the buy leg'],
  ])('is refused %s', (_, found, limit) => {
    expect(ask(found)).toMatchObject({ reason: 'RISK_INVALID_REQUEST', limit });
  });

  it('is refused when the third book is old, or its price beyond the band', () => {
    expect(ask(bridge({ bookAgeUs: 2_000_000 }))).toMatchObject({ reason: 'RISK_BOOK_AGE_MAX' });
    const band = { priceBand: { max: '50' } };
    expect(ask(bridge({ limitPrice: decimal('101000') }), band)).toMatchObject({
      reason: 'RISK_PRICE_BAND',
    });
  });

  it('is counted against the net exposure of the coin that other coins are bought in', () => {
    const { exposures } = openTestDesk();
    const { exposure } = exposures;
    const { accountId } = intent();
    const net = () => String(exposure.lines([]).find(({ name }) => name === 'netExposure')?.value);
    const hold = (instrument: string, quantity: string) => {
      const market = exposure.markets.of({ venue: 'alpha', instrument });
      exposure.setPosition({ accountId, market }, decimal(quantity));
    };
    exposure.markets.onBook(bookOf('alpha', 'ETH/BTC', [0.0000099, 0.0000101]));
    hold('ETH/BTC', '10000');
    // Long 10,000 of ETH and short as much of BTC.
    expect(Number(net())).toBeCloseTo(20_000, 6);
    hold('ETH/USDT', '-10000');
    hold('BTC/USDT', '0.1');
    expect(Number(net())).toBeCloseTo(0, 6);
  });
});

function withoutBridge(): Opportunity {
  const { bridge: _, ...rest } = triangle();
  return { ...opportunity(), ...rest };
}
