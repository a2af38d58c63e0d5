import { Decimal } from '@ats/domain';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type { AccountAnswer, NewAccountOrder } from '../../../src/domain/accounts/orders.ts';
import { background, type Desk, openDesk, SYMBOL } from './open-market.ts';

const D = (text: string): Decimal => Decimal.parse(text);

function limit(side: 'bid' | 'ask', price: string, quantity: string, more = {}): NewAccountOrder {
  return {
    symbol: SYMBOL,
    side,
    type: 'limit',
    timeInForce: 'gtc',
    postOnly: false,
    price: D(price),
    quantity: D(quantity),
    ...more,
  };
}

function market(side: 'bid' | 'ask', amount: object): NewAccountOrder {
  return { symbol: SYMBOL, side, type: 'market', timeInForce: 'ioc', postOnly: false, ...amount };
}

function first({ accounts }: Desk): Account {
  const [account] = accounts;
  if (account === undefined) throw new Error('a desk has an account');
  return account;
}

const balances = (account: Account): Record<string, readonly string[]> =>
  Object.fromEntries(
    account.balances.map(({ asset, available, locked }) => [
      asset,
      [String(available.normalized()), String(locked.normalized())],
    ]),
  );

const reason = (answer: AccountAnswer): string =>
  answer.kind === 'refused' ? answer.reason : answer.kind;

function orderOf(answer: AccountAnswer) {
  if (answer.kind === 'refused') throw new Error(answer.reason);
  return answer.order;
}

describe('an account', () => {
  it('locks notional and the higher fee, settles at the better price, releases the rest', () => {
    const desk = openDesk();
    const account = first(desk);
    background(desk.market, { side: 'ask', price: '99.00', quantity: '0.2' });
    const order = orderOf(account.submit(limit('bid', '100.00', '0.5')));
    // 0.2 taken at 99.00: 19.80 and 0.01485; 0.3 rest at 100.00: 30.00 and 0.0225.
    expect(balances(account)).toEqual({
      BTC: ['1.2', '0'],
      USDT: ['70.66265', '30.0225'],
    });
    expect(order.state).toBe('open');
    background(desk.market, { side: 'ask', price: '100.00', quantity: '0.3' });
    // The rest was the maker: 3 of the 7.5 basis points that were set aside.
    expect(balances(account)).toEqual({ BTC: ['1.5', '0'], USDT: ['70.67615', '0'] });
    expect(order.state).toBe('filled');
    expect(account.trades.map(({ isMaker, fee }) => [isMaker, String(fee)])).toEqual([
      [false, '0.01485000'],
      [true, '0.00900000'],
    ]);
  });

  it('sells for the proceeds less the fee, and a cancel gives back what was not sold', () => {
    const desk = openDesk();
    const account = first(desk);
    const order = orderOf(account.submit(limit('ask', '100.00', '0.4')));
    background(desk.market, { side: 'bid', price: '100.00', quantity: '0.1' });
    expect(balances(account)).toEqual({ BTC: ['0.6', '0.3'], USDT: ['130.497', '0'] });
    expect(reason(account.cancel(order.number))).toBe('accepted');
    expect(balances(account)).toEqual({ BTC: ['0.9', '0'], USDT: ['130.497', '0'] });
    expect([order.state, order.endReason]).toEqual(['canceled', 'requested']);
    expect(reason(account.cancel(order.number))).toBe('UNKNOWN_ORDER');
  });

  it('buys at the market for what the book asks, or for a sum of quote', () => {
    const desk = openDesk();
    const account = first(desk);
    background(desk.market, { side: 'ask', price: '100.00', quantity: '0.1' });
    background(desk.market, { side: 'ask', price: '101.00', quantity: '0.5' });
    const first_ = orderOf(account.submit(market('bid', { quantity: D('0.2') })));
    expect([String(first_.filledNotional), first_.state]).toEqual(['20.1000000', 'filled']);
    const second = orderOf(account.submit(market('bid', { quoteAmount: D('10.11') })));
    // 0.1 costs 10.10; the cent that is left buys nothing at 101 but 0.00009.
    expect([String(second.filled), second.state]).toEqual(['0.10009', 'filled']);
    expect(balances(account)['USDT']?.[1]).toBe('0');
    expect(balances(account)['BTC']).toEqual(['1.30009', '0']);
  });

  it('takes its fee out of what it receives when the account is so', () => {
    const desk = openDesk({ feeIn: 'received' });
    const account = first(desk);
    background(desk.market, { side: 'ask', price: '100.00', quantity: '1' });
    account.submit(limit('bid', '100.00', '1', { timeInForce: 'ioc' }));
    expect(balances(account)).toEqual({ BTC: ['1.99925', '0'], USDT: ['20.5', '0'] });
  });

  it('refuses what breaks a rule of the listing or the account, and leaves no trace', () => {
    const desk = openDesk({ limits: { openOrdersMax: 1 } });
    const account = first(desk);
    background(desk.market, { side: 'ask', price: '100.00', quantity: '5' });
    const before = balances(account);
    const answers = [
      { ...limit('bid', '1', '1'), symbol: 'NOPE' },
      limit('bid', '0', '1'),
      limit('bid', '1.001', '1'),
      limit('bid', '1', '0'),
      limit('bid', '1', '0.00001'),
      limit('bid', '1', '0.000035'),
      limit('bid', '0.01', '0.00005'),
      limit('bid', '99.99', '1.25'),
      limit('ask', '101', '1.1'),
      market('bid', { quantity: D('1.3') }),
      limit('bid', '100', '0.1', { postOnly: true }),
      limit('bid', '99', '0.1', { postOnly: true, timeInForce: 'ioc' }),
    ].map((order) => reason(account.submit(order)));
    expect(answers).toEqual([
      'UNKNOWN_SYMBOL',
      'PRICE_INVALID',
      'PRICE_OFF_TICK',
      'QUANTITY_INVALID',
      'QUANTITY_TOO_SMALL',
      'QUANTITY_OFF_STEP',
      'NOTIONAL_TOO_SMALL',
      'INSUFFICIENT_FUNDS',
      'INSUFFICIENT_FUNDS',
      'INSUFFICIENT_FUNDS',
      'POST_ONLY_WOULD_TAKE',
      'POST_ONLY_CONFLICT',
    ]);
    expect(balances(account)).toEqual(before);
    expect(account.orders()).toEqual([]);
    expect(reason(account.submit(limit('bid', '1', '1')))).toBe('accepted');
    expect(reason(account.submit(limit('bid', '1', '1')))).toBe('TOO_MANY_ORDERS');
  });

  it('ends an IOC with its rest and a FOK with all of it, with nothing locked', () => {
    const desk = openDesk();
    const account = first(desk);
    background(desk.market, { side: 'ask', price: '100.00', quantity: '0.1' });
    const fok = orderOf(account.submit(limit('bid', '100', '0.5', { timeInForce: 'fok' })));
    expect([fok.state, fok.endReason, fok.fillCount]).toEqual(['canceled', 'fill-or-kill', 0]);
    const ioc = orderOf(account.submit(limit('bid', '100', '0.5', { timeInForce: 'ioc' })));
    expect([ioc.state, ioc.endReason, String(ioc.filled)]).toEqual([
      'canceled',
      'immediate-or-cancel',
      '0.10000',
    ]);
    expect(balances(account)['USDT']?.[1]).toBe('0');
  });

  it('replaces price and open quantity with the lock that they need, or not at all', () => {
    const desk = openDesk();
    const account = first(desk);
    const order = orderOf(account.submit(limit('bid', '90', '1')));
    background(desk.market, { side: 'ask', price: '90.00', quantity: '0.4' });
    const before = balances(account);
    expect(reason(account.replace(order.number, { price: D('95'), openQuantity: D('2') }))).toBe(
      'INSUFFICIENT_FUNDS',
    );
    expect(balances(account)).toEqual(before);
    expect(reason(account.replace(order.number, { price: D('95'), openQuantity: D('0.8') }))).toBe(
      'accepted',
    );
    expect([String(order.quantity), String(order.price)]).toEqual(['1.20000', '95.00']);
    expect(balances(account)['USDT']?.[1]).toBe('76.057');
    expect(desk.market.engine.bestPriceTicks('bid')).toBe(9500);
  });

  it.each([
    ['when-done', 'DUPLICATE_CLIENT_ORDER_ID', 'accepted', 'accepted'],
    ['next-day', 'DUPLICATE_CLIENT_ORDER_ID', 'DUPLICATE_CLIENT_ORDER_ID', 'accepted'],
    [
      'never',
      'DUPLICATE_CLIENT_ORDER_ID',
      'DUPLICATE_CLIENT_ORDER_ID',
      'DUPLICATE_CLIENT_ORDER_ID',
    ],
  ] as const)('honours client order ids by the rule %s', (rule, whileOpen, whenDone, nextDay) => {
    const desk = openDesk({ clientIdRule: rule });
    const account = first(desk);
    const again = () => account.submit(limit('bid', '1', '0.01', { clientOrderId: 'mine' }));
    const { number } = orderOf(again());
    expect(reason(again())).toBe(whileOpen);
    account.cancel(number);
    const second = again();
    expect(reason(second)).toBe(whenDone);
    if (second.kind === 'accepted') account.cancel(second.order.number);
    desk.market.begin(desk.market.nowUs + 86_400_000_000);
    expect(reason(again())).toBe(nextDay);
  });

  it('cancels its own resting order rather than trade with itself', () => {
    const desk = openDesk();
    const account = first(desk);
    const ask = orderOf(account.submit(limit('ask', '100', '0.5')));
    const bid = orderOf(account.submit(limit('bid', '100', '0.5')));
    expect([ask.state, ask.endReason, bid.state]).toEqual(['canceled', 'self-trade', 'open']);
    expect(account.trades).toEqual([]);
  });

  it('remembers as many orders and trades as it may, the newest', () => {
    const desk = openDesk({ limits: { closedOrdersMax: 3, tradesMax: 2 } });
    const account = first(desk);
    for (let count = 1; count <= 5; count += 1) {
      background(desk.market, { side: 'ask', price: '100.00', quantity: '0.01' });
      account.submit(limit('bid', '100', '0.01', { clientOrderId: `order-${count}` }));
    }
    expect(account.orders().map(({ number }) => number)).toEqual([3, 4, 5]);
    expect(account.trades.map(({ orderNumber }) => orderNumber)).toEqual([4, 5]);
    expect(account.orderOfClientId('order-1')).toBeUndefined();
    expect(account.orderOfClientId('order-5')?.number).toBe(5);
  });
});
