import {
  type ApprovedLeg,
  accountId,
  type InstrumentId,
  orderId,
  requestId,
  venueId,
} from '@ats/domain';
import { book, GRACE_US, openTestDesk, seal } from '../desk.ts';
import { APPROVAL_MS, decimal, intent, opportunity } from '../samples.ts';

const MAIN = accountId('main');
const limits = (changes: Record<string, unknown>) => ({ limits: changes });
const of = (id: string) => intent({ requestId: requestId(id) });
const approved = (quantity: string) => ({ verdict: 'approved', quantity: decimal(quantity) });

const order = (changes: Partial<ApprovedLeg> = {}): ApprovedLeg => ({
  venue: venueId('alpha'),
  instrument: 'BTC/USDT' as InstrumentId,
  side: 'buy',
  quantity: decimal('0.1'),
  price: decimal('100000'),
  ...changes,
});

/** A desk with positions of BTC/USDT by venue. */
function deskWith(risk: Record<string, unknown>, held: Readonly<Record<string, string>> = {}) {
  const opened = openTestDesk({ approvalBurst: 1000, ...risk });
  const { exposure } = opened.exposures;
  for (const [venue, quantity] of Object.entries(held)) {
    const market = exposure.markets.of({ venue, instrument: 'BTC/USDT' });
    exposure.setPosition({ accountId: MAIN, market }, decimal(quantity));
  }
  return opened;
}

describe('what a trade adds to exposure', () => {
  // Both legs of 0.1 BTC at 100,000 are 20,000 gross, and 10,000 if only one of them fills.
  it.each<[string, string, string]>([
    ['grossExposure', '20000', 'RISK_GROSS_EXPOSURE_MAX'],
    ['netExposure', '10000', 'RISK_NET_EXPOSURE_MAX'],
    ['venueExposure', '10000', 'RISK_VENUE_EXPOSURE_MAX'],
    ['assetExposure', '20000', 'RISK_ASSET_EXPOSURE_MAX'],
    ['symbolExposure', '20000', 'RISK_SYMBOL_EXPOSURE_MAX'],
    ['volumePerDay', '20000', 'RISK_VOLUME_PER_DAY_MAX'],
  ])('may reach %s and not pass it', (name, whole, reason) => {
    const most = (max: string) => deskWith(limits({ [name]: { max } }));
    expect(most(whole).ask(opportunity())).toMatchObject(approved('0.1'));
    const half = String(Number(whole) / 2);
    expect(most(half).ask(opportunity())).toMatchObject(approved('0.05'));
    const little = most('1').ask(opportunity());
    expect(little).toMatchObject({ verdict: 'refused', reason, limit: '1', value: whole });
    expect(little.approval).toBe('');
  });

  it('is what is held and on its way at worst, so that what sets off may be approved', () => {
    const most = limits({ grossExposure: { max: '100000' } });
    // Long 0.5 on alpha, short 0.5 on beta: 100,000 gross. More of the same does not fit ...
    const { ask, askOrders } = deskWith(most, { alpha: '0.5', beta: '-0.5' });
    expect(ask(opportunity(), of('more'))).toMatchObject({ reason: 'RISK_GROSS_EXPOSURE_MAX' });
    // ... and the reverse does: it can only make positions smaller.
    const { buy, sell } = opportunity();
    const reverse = {
      buy: { ...buy, venue: sell.venue },
      sell: { ...sell, venue: buy.venue, limitPrice: decimal('100000') },
    };
    expect(ask(opportunity(reverse), of('less'))).toMatchObject(approved('0.1'));
    expect(askOrders([order({ side: 'sell' })], of('sale'))).toMatchObject({ reason: 'APPROVED' });
    expect(askOrders([order()], of('buy'))).toMatchObject({ reason: 'RISK_GROSS_EXPOSURE_MAX' });
  });

  it('does not fit where a limit is passed already, unless it adds nothing', () => {
    const { ask, limits: book } = deskWith(limits({ grossExposure: { max: '100000' } }), {
      alpha: '1',
    });
    const { buy, sell } = opportunity();
    const adding = { buy: { ...buy, venue: sell.venue }, sell: { ...sell, venue: buy.venue } };
    expect(ask(opportunity(adding), of('adds'))).toMatchObject({ verdict: 'refused' });
    const { max } = book.current.limit('grossExposure');
    expect(max?.toString()).toBe('100000');
  });

  it('is refused with a clear word where no book gives a value', () => {
    const { ask, markets } = deskWith(limits({ grossExposure: { max: '100000' } }));
    markets.onLost({ venue: 'beta', instrument: 'BTC/USDT' });
    expect(ask(opportunity())).toMatchObject({
      reason: 'RISK_GROSS_EXPOSURE_MAX',
      detail: 'Exposure cannot be told: no book gives the value of BTC/USDT on beta.',
    });
  });

  it('is refused while something is held whose value was never known', () => {
    const { ask, exposures } = deskWith(limits({ netExposure: { max: '100000' } }));
    const market = exposures.exposure.markets.of({ venue: 'gone', instrument: 'XYZ/EUR' });
    exposures.exposure.setPosition({ accountId: MAIN, market }, decimal('1'));
    expect(ask(opportunity())).toMatchObject({
      reason: 'RISK_NET_EXPOSURE_MAX',
      detail: expect.stringContaining('XYZ/EUR on gone'),
    });
  });

  it('follows the books, and the conversion of other money', () => {
    const { exposures, markets } = deskWith({}, { alpha: '1' });
    const gross = () =>
      [...exposures.exposure.all()].find(({ name }) => name === 'grossExposure')?.value;
    expect(gross()?.toNumber()).toBe(100_000);
    const usd = markets.of({ venue: 'beta', instrument: 'BTC/USD' });
    exposures.exposure.setPosition({ accountId: MAIN, market: usd }, decimal('-1'));
    expect(gross()?.toNumber()).toBe(200_000);
    markets.onBook(book({ venue: 'beta', instrument: 'USDT/USD' }, 2));
    expect(gross()?.toNumber()).toBe(150_000);
  });
});

describe('approvals', () => {
  it('never add up to a breach, however many are asked for at once', () => {
    const { ask, exposures } = deskWith(limits({ grossExposure: { max: '50000' } }));
    const answers = ['a', 'b', 'c', 'd'].map((id) => ask(opportunity(), of(id)));
    expect(answers.map(({ quantity }) => quantity?.normalized().toString())).toEqual([
      ...['0.1', '0.1', '0.05'],
      undefined,
    ]);
    const [gross] = [...exposures.exposure.all()];
    expect(gross?.value.toNumber()).toBe(50_000);
  });

  it('of one request count once, and a larger wish counts as far as it goes', () => {
    const { ask, exposures } = deskWith(limits({ grossExposure: { max: '20000' } }));
    expect(ask(opportunity(), of('a'))).toMatchObject(approved('0.1'));
    expect(ask(opportunity(), of('a'))).toMatchObject(approved('0.1'));
    expect(exposures.working.size).toBe(2);
    expect(exposures.trades.openCount).toBe(1);
  });

  it('reserve and sign nothing where nothing is going to be traded', () => {
    const { ask, exposures } = deskWith(limits({ grossExposure: { max: '20000' } }));
    for (let count = 0; count < 3; count += 1) {
      expect(ask(opportunity(), of(''))).toMatchObject({ ...approved('0.1'), approval: '' });
    }
    expect(exposures.working.size).toBe(0);
    expect(exposures.trades.openCount).toBe(0);
  });

  it('say what each order may be, for a short time', () => {
    const { ask, clock } = deskWith(limits({ tradeNotional: { for: { USDT: { max: '5050' } } } }));
    const { approval } = ask(opportunity());
    const { accountId: account, requestId: request } = intent();
    expect(seal.read(approval)).toEqual({
      ...{ accountId: account, requestId: request, epoch: 0, issuedAtUs: clock.nowUs() },
      expiresAtUs: clock.nowUs() + APPROVAL_MS * 1000,
      legs: [
        order({ quantity: decimal('0.05') }),
        order({
          ...{ venue: venueId('beta'), side: 'sell' },
          ...{ quantity: decimal('0.05'), price: decimal('101000') },
        }),
      ],
    });
  });

  it('are as many as trades may be open, and as may begin in a day', () => {
    const open = deskWith(limits({ tradesOpen: { max: '1' } }));
    expect(open.ask(opportunity(), of('a'))).toMatchObject(approved('0.1'));
    expect(open.ask(opportunity(), of('b'))).toMatchObject({
      ...{ reason: 'RISK_TRADES_OPEN_MAX', limit: '1', value: '2' },
    });
    expect(open.ask(opportunity(), of('a'))).toMatchObject(approved('0.1'));
    const daily = deskWith(limits({ tradesPerDay: { max: '1' } }));
    expect(daily.ask(opportunity(), of('a'))).toMatchObject(approved('0.1'));
    expect(daily.ask(opportunity(), of('b'))).toMatchObject({ reason: 'RISK_TRADES_PER_DAY_MAX' });
  });

  it('are given back when nothing comes of them', () => {
    const { ask, exposures, clock } = deskWith(limits({ grossExposure: { max: '20000' } }));
    ask(opportunity(), of('a'));
    expect(ask(opportunity(), of('b'))).toMatchObject({ verdict: 'refused' });
    clock.advanceUs(APPROVAL_MS * 1000 + GRACE_US - 1);
    expect(exposures.working.due(clock.nowUs())).toEqual([]);
    clock.advanceUs(1);
    for (const id of exposures.working.due(clock.nowUs())) {
      exposures.working.settle(id, undefined, clock.nowUs());
    }
    expect(exposures.working.size).toBe(0);
    expect([...exposures.exposure.all()][0]?.value.isZero()).toBe(true);
  });
});

describe('while only what lowers positions is let through', () => {
  const reducing = {
    reason: 'a drill',
    actor: 'ops',
    atUs: 1,
    mode: 'reducing',
    changes: [],
  } as const;
  const open = (held: Readonly<Record<string, string>>) => {
    const opened = openTestDesk({}, { halts: { halt: reducing } });
    const { exposure } = opened.exposures;
    for (const [venue, quantity] of Object.entries(held)) {
      const market = exposure.markets.of({ venue, instrument: 'BTC/USDT' });
      exposure.setPosition({ accountId: MAIN, market }, decimal(quantity));
    }
    return opened;
  };

  it('a trade is approved as far as both legs do', () => {
    const held = { alpha: '-0.07', beta: '0.5' };
    expect(open(held).ask(opportunity())).toMatchObject(approved('0.07'));
    expect(open({ alpha: '-1', beta: '1' }).ask(opportunity())).toMatchObject(approved('0.1'));
    expect(open({ beta: '1' }).ask(opportunity())).toMatchObject({
      ...{ verdict: 'refused', reason: 'RISK_REDUCE_ONLY', value: '0.1' },
    });
  });

  it('orders that are on their way count', () => {
    const { ask } = open({ alpha: '-0.1', beta: '0.1' });
    expect(ask(opportunity(), of('a'))).toMatchObject(approved('0.1'));
    expect(ask(opportunity(), of('b'))).toMatchObject({ reason: 'RISK_REDUCE_ONLY' });
  });

  it("a person's orders are approved when together they do", () => {
    const { askOrders } = open({ alpha: '0.15' });
    const sale = order({ side: 'sell' });
    expect(askOrders([sale, sale], of('both'))).toMatchObject({ reason: 'RISK_REDUCE_ONLY' });
    expect(askOrders([sale], of('one'))).toMatchObject({ reason: 'APPROVED' });
    expect(askOrders([order()], of('buy'))).toMatchObject({ reason: 'RISK_REDUCE_ONLY' });
  });
});

describe("a check of a person's orders", () => {
  it('approves all of them or none', () => {
    const { askOrders, exposures } = deskWith(limits({ grossExposure: { max: '15000' } }));
    const two = [order(), order({ venue: venueId('beta') })];
    expect(askOrders(two, of('two'))).toMatchObject({
      ...{ verdict: 'refused', reason: 'RISK_GROSS_EXPOSURE_MAX', value: '20000' },
    });
    expect(exposures.working.size).toBe(0);
    expect(askOrders(two.slice(0, 1), of('one'))).toMatchObject({
      ...{ verdict: 'approved', opportunityId: 'main/one', quantity: undefined },
    });
    expect(exposures.working.size).toBe(1);
  });

  it.each<[string, Partial<ApprovedLeg>, Record<string, unknown>, string]>([
    [
      'worth too much',
      {},
      { tradeNotional: { for: { USDT: { max: '9999' } } } },
      'RISK_NOTIONAL_MAX',
    ],
    [
      'worth too much for the venue',
      {},
      { venueNotional: { for: { alpha: { max: '9999' } } } },
      'RISK_VENUE_NOTIONAL_MAX',
    ],
    ['priced too high', { price: decimal('101001') }, {}, 'RISK_PRICE_BAND'],
    ['not listed', { instrument: 'BTC/EUR' as InstrumentId }, {}, 'ASSET_IDENTITY_MISMATCH'],
  ])('refuses one that is %s', (_what, changes, more, reason) => {
    const { askOrders } = deskWith(limits({ priceBand: { max: '100' }, ...more }));
    expect(askOrders([order(changes)])).toMatchObject({ verdict: 'refused', reason });
  });

  it('counts new terms of an order as far as they are more', () => {
    const { askOrders, exposures } = deskWith(
      limits({ grossExposure: { max: '15000' }, tradeNotional: {} }),
    );
    expect(askOrders([order()], of('first'))).toMatchObject({ reason: 'APPROVED' });
    const [standing] = [...exposures.working.all()];
    const id = standing?.orderId ?? orderId('');
    const terms = (quantity: string) => ({
      ...order({ quantity: decimal(quantity) }),
      orderId: id,
    });
    expect(askOrders([terms('0.2')], of('more'))).toMatchObject({
      ...{ reason: 'RISK_GROSS_EXPOSURE_MAX', value: '20000' },
    });
    expect(askOrders([terms('0.15')], of('fits'))).toMatchObject({ reason: 'APPROVED' });
    expect([...exposures.exposure.all()][0]?.value.toNumber()).toBe(15_000);
  });

  it.each<[string, object]>([
    ['no orders', { orders: [] }],
    ['no account', { accountId: '' }],
    ['an unreadable price', { orders: [{ ...wireOrder(), price: 'much' }] }],
    ['nothing to be bought', { orders: [{ ...wireOrder(), quantity: '0' }] }],
  ])('refuses a request with %s', (_what, changes) => {
    const { desk } = openTestDesk();
    const request = { accountId: 'main', requestId: 'r', orders: [wireOrder()], ...changes };
    expect(desk.answerOrders(request).decision).toMatchObject({
      reason: 'REASON_CODE_RISK_INVALID_REQUEST',
    });
  });
});

function wireOrder() {
  return {
    ...{ orderId: '', venue: 'alpha', instrument: 'BTC/USDT' },
    ...{ side: 'ORDER_SIDE_BUY' as const, quantity: '0.1', price: '100000' },
  };
}
