import { riskDecisionFromWire, SIDES, type WireMessages } from '@ats/contracts';
import { accountId, deriveOrderId, requestId } from '@ats/domain';
import fc from 'fast-check';
import type { Halt } from '../src/domain/halt.ts';
import { openTestDesk } from './desk.ts';
import { decimal, intent, opportunity } from './samples.ts';

type WireOrder = WireMessages['ats.risk.v1.OrderIntent'];

const MAIN = accountId('main');

const figure = (...values: string[]) => fc.constantFrom(...values);
const limit = (...values: string[]) =>
  fc.option(fc.record({ max: figure(...values) }), { nil: undefined });
const limitsArbitrary = fc.record(
  {
    grossExposure: limit('15000', '40000', '200000'),
    netExposure: limit('10000', '60000'),
    venueExposure: limit('12000', '90000'),
    symbolExposure: limit('20000', '70000'),
    volumePerDay: limit('30000', '150000'),
    priceBand: limit('20', '500'),
    approvalRate: limit('1', '1000'),
  },
  { requiredKeys: [] },
);
/** Also what nobody can read, lists, or has a book of. */
const orderArbitrary = fc.record({
  venue: fc.constantFrom('alpha', 'beta', 'alpha', 'mars', ''),
  instrument: fc.constantFrom('BTC/USDT', 'BTC/USDT', 'ETH/USDT', 'BTC/USD'),
  side: fc.constantFrom<WireOrder['side']>('ORDER_SIDE_BUY', 'ORDER_SIDE_SELL'),
  quantity: figure('0.01', '0.1', '0.3', '2', '0', 'lots'),
  price: figure('100000', '99000', '101000', '1'),
  /** Whose terms it would be: of the order so many before it, or of none. */
  replaces: fc.option(fc.nat(5), { nil: undefined }),
});
const requestArbitrary = fc.record({
  orders: fc.array(orderArbitrary, { minLength: 0, maxLength: 3 }),
  waitsUs: fc.constantFrom(0, 100_000, 3_000_000),
});

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? `${one}n` : one)));

/** A desk in the middle of things, with all that a question could leave behind. */
function stageOf(limits: object, halt: Halt | undefined) {
  const told: unknown[] = [];
  const stage = openTestDesk(
    { approvalBurst: 3, limits: JSON.parse(JSON.stringify(limits)) as object },
    {
      halts: { halt },
      onDecision: (decision) => void told.push(decision),
      onAnswer: (decision) => void told.push(decision),
    },
  );
  const { desk, exposures } = stage;
  const { exposure } = exposures;
  const market = exposure.markets.of({ venue: 'alpha', instrument: 'BTC/USDT' });
  exposure.setPosition({ accountId: MAIN, market }, decimal('0.2'));
  const state = () =>
    plain({
      told: told.length,
      working: [...exposures.working.all()],
      trades: [...exposures.trades.approved()],
      gauges: exposures.gauges().map(({ name, read }) => [name, [...read()]]),
      decisions: [...desk.decisions],
      rate: desk.rateAvailable,
      units: [...exposure.markets.all()].map(({ sums, unit }) => [sums, unit]),
    });
  return { ...stage, state };
}

describe('what risk says before orders are sent', () => {
  it('is what it says when they are, and leaves no trace', () => {
    const reasons = new Set<string>();
    fc.assert(
      fc.property(
        limitsArbitrary,
        fc.array(requestArbitrary, { minLength: 1, maxLength: 8 }),
        fc.constantFrom<Halt['mode'] | undefined>(undefined, undefined, 'reducing', 'halted'),
        (limits, requests, mode) => {
          const halt = mode && { mode, actor: 'ann', reason: 'a drill', atUs: 1, automatic: false };
          const { desk, clock, state } = stageOf(limits, halt as Halt | undefined);
          const ids: string[] = [];
          for (const [index, { orders, waitsUs }] of requests.entries()) {
            clock.advanceUs(waitsUs);
            const request = requestId(`r-${index}`);
            const asked = orders.map(({ replaces, ...order }) => ({
              ...order,
              orderId: replaces === undefined ? '' : (ids.at(-1 - replaces) ?? 'no-such-order'),
            }));
            const before = state();
            const { decision: preview } = desk.preview({ accountId: MAIN, orders: asked });
            expect(state()).toEqual(before);
            const real = desk.answerOrders({ accountId: MAIN, requestId: request, orders: asked });
            expect({ ...preview, opportunityId: '' }).toEqual({
              ...real.decision,
              opportunityId: '',
            });
            reasons.add(preview?.reason ?? '');
            ids.push(
              ...orders.map((_, at) =>
                deriveOrderId({ accountId: MAIN, requestId: request, index: at }),
              ),
            );
          }
        },
      ),
      { numRuns: 300 },
    );
    const common = ['APPROVED', 'RISK_HALTED', 'RISK_INVALID_REQUEST', 'RISK_NOTIONAL_MAX'];
    for (const reason of common) expect(reasons).toContain(`REASON_CODE_${reason}`);
  });

  const buy: WireOrder = {
    ...{ orderId: '', venue: 'alpha', instrument: 'BTC/USDT', side: SIDES.toWire('buy') },
    ...{ quantity: '0.1', price: '100000' },
  };
  const stands = { grossExposure: { max: '35000' } };

  it('names the limit that stands in the way, and what it stands at', () => {
    const { desk, ask } = stageOf({ ...stands, priceBand: { max: '100' } }, undefined);
    const asked = { accountId: 'main', orders: [buy] };
    expect(desk.preview(asked)).toMatchObject({ limitName: '', limitOf: '', standsAt: '' });
    ask(opportunity({ quantity: decimal('0.02') }), intent());
    const refused = desk.preview({ ...asked, orders: [buy, { ...buy, venue: 'beta' }] });
    expect(refused).toMatchObject({ limitName: 'grossExposure', limitOf: '', standsAt: '24000' });
    expect(refused.decision).toMatchObject({ limit: '35000', value: '42000', quantity: '' });
    // Of each order alone nothing stands anywhere.
    const far = desk.preview({ ...asked, orders: [{ ...buy, price: '102000' }] });
    expect(far).toMatchObject({ limitName: 'priceBand', standsAt: '' });
  });

  it('reckons a market order at the worst price that the gateway lets it trade at', () => {
    const { desk, markets } = stageOf({}, undefined);
    let priced: readonly string[] = [];
    const worth = (side: WireOrder['side'], quantity: string) => {
      const orders = [{ ...buy, side, quantity, price: '' }];
      const { decision, prices } = desk.preview({ accountId: 'main', orders });
      priced = prices;
      return decision;
    };
    expect(worth('ORDER_SIDE_BUY', '0.1')?.verdict).toBe('VERDICT_APPROVED');
    expect(worth('ORDER_SIDE_BUY', '1')).toMatchObject({ limit: '10100', value: '100500.51' });
    expect(priced).toEqual(['100500.51']);
    expect(worth('ORDER_SIDE_SELL', '1')).toMatchObject({ limit: '10100', value: '99499.5' });
    expect(priced).toEqual(['99499.5']);
    // At the best price it would pass, at what it may cost it does not.
    expect(worth('ORDER_SIDE_BUY', '0.1008')).toMatchObject({ value: '10130.451408' });
    markets.onLost(buy);
    expect(worth('ORDER_SIDE_BUY', '0.1')).toMatchObject({
      reason: 'REASON_CODE_RISK_BOOK_AGE_MAX',
      detail: 'Risk has no whole book of BTC/USDT on alpha to judge the price by.',
    });
    expect(priced).toEqual([]);
  });

  it('uses no rate up, and says so when there is none left', () => {
    const { desk, ask } = stageOf({ approvalRate: { max: '1' } }, undefined);
    const reasonOf = () => desk.preview({ accountId: 'main', orders: [buy] }).decision?.reason;
    for (let count = 0; count < 10; count += 1) expect(reasonOf()).toBe('REASON_CODE_APPROVED');
    for (const id of ['a', 'b', 'c']) ask(opportunity(), intent({ requestId: requestId(id) }));
    expect(reasonOf()).toBe('REASON_CODE_RISK_RATE_LIMIT');
  });

  it('says nothing of orders of other accounts', () => {
    const { desk, askOrders } = stageOf(stands, undefined);
    const order = { venue: 'alpha', instrument: 'BTC/USDT', side: 'buy', quantity: decimal('0.1') };
    const leg = { ...order, price: decimal('100000') } as Parameters<typeof askOrders>[0][number];
    const approved = askOrders([leg], { accountId: MAIN, requestId: requestId('own') });
    expect(approved.reason).toBe('APPROVED');
    const own = deriveOrderId({ accountId: MAIN, requestId: requestId('own'), index: 0 });
    const preview = (account: string, orderId: string) => {
      const orders = [{ ...buy, orderId }];
      return desk.preview({ accountId: account, orders });
    };
    expect(riskDecisionFromWire(preview('main', own).decision as never).verdict).toBe('approved');
    const foreign = preview('other', own);
    expect(foreign.decision?.verdict).toBe('VERDICT_REFUSED');
    expect(foreign).toEqual(preview('other', 'no-such-order'));
  });
});
