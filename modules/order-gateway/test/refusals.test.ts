import { request as httpRequest } from 'node:http';
import { instrumentId } from '@ats/domain';
import { systemClock } from '@ats/runtime';
import { sampleBook } from '@ats/testkit';
import { buy, deposit, type Gateway, startGateway, TOKEN, traces } from './gateway.ts';

describe('what the gateway refuses', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway();
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '5000' });
  });
  afterAll(() => gateway.close());

  it.each([
    ['an unknown venue', { venue: 'gamma' }, 422, 'VENUE_UNKNOWN', 'venue'],
    ['an unknown symbol', { instrument: 'DOGE/USDT' }, 422, 'INSTRUMENT_UNKNOWN', 'instrument'],
    [
      'a symbol listed elsewhere',
      { venue: 'beta', instrument: 'ETH/USDT' },
      422,
      'INSTRUMENT_UNKNOWN',
      'instrument',
    ],
    ['a wrong tick', { limitPrice: '100000.001' }, 422, 'ORDER_RULE_BROKEN', 'limitPrice'],
    ['a wrong step', { quantity: '0.01001' }, 422, 'ORDER_RULE_BROKEN', 'quantity'],
    ['too small a quantity', { quantity: '0.0005' }, 422, 'ORDER_RULE_BROKEN', 'quantity'],
    [
      'too small a value',
      { quantity: '0.001', limitPrice: '4000' },
      422,
      'ORDER_RULE_BROKEN',
      'quantity',
    ],
    ['a quantity of nothing', { quantity: '0' }, 422, 'ORDER_RULE_BROKEN', 'quantity'],
    [
      'a quantity beyond all bounds',
      { quantity: '9999999999999999999' },
      422,
      'ORDER_RULE_BROKEN',
      'quantity',
    ],
    [
      'a value beyond all bounds',
      { quantity: '99999999999999', limitPrice: '99999999' },
      422,
      'ORDER_RULE_BROKEN',
      'quantity',
    ],
    [
      'a limit order without a price',
      { limitPrice: undefined },
      422,
      'ORDER_RULE_BROKEN',
      'limitPrice',
    ],
    ['a market order with a price', { type: 'market' }, 422, 'ORDER_RULE_BROKEN', 'limitPrice'],
    [
      'a market order that stands',
      { type: 'market', limitPrice: undefined, timeInForce: 'gtc' },
      422,
      'ORDER_RULE_BROKEN',
      'timeInForce',
    ],
    [
      'post-only that cannot stand',
      { postOnly: true, timeInForce: 'ioc' },
      422,
      'ORDER_RULE_BROKEN',
      'postOnly',
    ],
    [
      'a market order without a book',
      { type: 'market', limitPrice: undefined },
      503,
      'ORDER_PRICE_UNKNOWN',
      'type',
    ],
    ['more than there is', { quantity: '0.05' }, 422, 'ORDER_FUNDS_INSUFFICIENT', 'balance'],
    ['money that was never there', { venue: 'beta' }, 422, 'ORDER_FUNDS_INSUFFICIENT', 'balance'],
    ['an unknown field', { quanity: '1' }, 400, 'REQUEST_INVALID', 'quanity'],
    ['a number that is no text', { quantity: 0.01 }, 400, 'REQUEST_INVALID', 'quantity'],
    ['a negative number', { quantity: '-1' }, 400, 'REQUEST_INVALID', 'quantity'],
    ['a word that is none of those', { side: 'hold' }, 400, 'REQUEST_INVALID', 'side'],
    ['no side', { side: undefined }, 400, 'REQUEST_INVALID', 'side'],
    ['a request id with spaces', { requestId: 'a b' }, 400, 'REQUEST_INVALID', 'requestId'],
    ['an account that is no name', { accountId: 'No Such' }, 400, 'REQUEST_INVALID', 'accountId'],
  ])(
    'refuses %s, says what to do and leaves no trace',
    async (_what, changes, status, code, field) => {
      const before = await traces(gateway.stores);
      const answer = await gateway.call('POST', '/orders', buy(changes));
      expect(answer.body.error).toMatchObject({ code, field });
      expect(answer.status).toBe(status);
      expect(answer.body.error.remedy).toMatch(/\w/);
      expect(answer.headers.get('x-correlation-id')).toBe(answer.body.error.correlationId);
      expect(await traces(gateway.stores)).toEqual(before);
    },
  );

  it('names the next prices that would do, and the order of a batch that is wrong', async () => {
    const wrong = await gateway.call('POST', '/orders', buy({ limitPrice: '100000.015' }));
    expect(wrong.body.error.remedy).toBe('Send 100000.01 or 100000.02.');
    const { requestId, ...leg } = buy();
    const orders = [leg, { ...leg, quantity: '0.00001' }];
    const batch = await gateway.call('POST', '/orders/batch', { requestId, orders });
    expect(batch.body.error).toMatchObject({ field: 'orders[1].quantity' });
    const many = Array.from({ length: 17 }, () => leg);
    const tooMany = await gateway.call('POST', '/orders/batch', { requestId, orders: many });
    expect(tooMany.body.error).toMatchObject({ code: 'REQUEST_INVALID', field: 'orders' });
  });

  it('says what is available when money lacks, and when there never was any', async () => {
    const lacking = await gateway.call('POST', '/orders', buy({ quantity: '0.05' }));
    expect(lacking.body.error.facts).toMatchObject({ available: '5000', needed: '5005' });
    const never = await gateway.call('POST', '/orders', buy({ accountId: 'other' }));
    expect(never.body.error.message).toContain('nothing was ever deposited');
    expect(never.body.error.facts).toMatchObject({ available: '0' });
  });

  it.each([
    ['no JSON', '{"venue":', 'application/json', 400, 'REQUEST_INVALID'],
    ['nothing', '', 'application/json', 400, 'REQUEST_INVALID'],
    ['a list', '[]', 'application/json', 400, 'REQUEST_INVALID'],
    ['text', 'venue=alpha', 'text/plain', 415, 'REQUEST_MEDIA_TYPE'],
    ['a form', 'venue=alpha', 'application/x-www-form-urlencoded', 415, 'REQUEST_MEDIA_TYPE'],
    [
      'far too much',
      `{"venue":"${'x'.repeat(9000)}"}`,
      'application/json',
      413,
      'REQUEST_TOO_LARGE',
    ],
  ])('refuses a body of %s', async (_what, body, type, status, code) => {
    const before = await traces(gateway.stores);
    const answer = await gateway.call('POST', '/orders', body, { 'content-type': type });
    expect(answer.body.error).toMatchObject({ code });
    expect(answer.status).toBe(status);
    expect(answer.body.error.remedy).toMatch(/\w/);
    expect(await traces(gateway.stores)).toEqual(before);
  });

  it('refuses an oversized body that does not say its length', async () => {
    const { hostname, port } = new URL(gateway.url);
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const status = await new Promise((resolve, reject) => {
      const path = '/orders';
      const sent = httpRequest({ hostname, port, path, method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.write('{"venue":"');
      sent.end(`${'x'.repeat(9000)}"}`);
    });
    expect(status).toBe(413);
  });

  it('knows no order that is not there, and no path that is not served', async () => {
    const headers = { 'idempotency-key': 'cancel-1' };
    const terms = { quantity: '1', limitPrice: '1' };
    for (const [method, body] of [
      ['GET', undefined],
      ['DELETE', undefined],
      ['PUT', terms],
    ] as const) {
      const answer = await gateway.call(method, '/orders/0123', body, headers);
      expect(answer.status).toBe(404);
      expect(answer.body.error).toMatchObject({ code: 'ORDER_UNKNOWN', field: 'orderId' });
    }
    const nowhere = await gateway.call('GET', '/nowhere');
    expect(nowhere.status).toBe(404);
    expect(nowhere.body.error.code).toBe('ROUTE_UNKNOWN');
    expect((await gateway.call('PATCH', '/orders')).status).toBe(404);
  });

  it('counts refusals by their codes', () => {
    const answers = 'ats_gateway_answers_total';
    const { metrics } = gateway;
    expect(metrics.value(answers, { use: 'submit', result: 'VENUE_UNKNOWN' })).toBe(1);
    const requests = 'ats_gateway_requests_total';
    expect(metrics.value(requests, { result: 'REQUEST_TOO_LARGE' })).toBe(2);
    expect(metrics.value('ats_gateway_submit_duration_seconds')).toBeGreaterThan(10);
  });

  it('reckons a market order by the book and a collar, and reserves that much', async () => {
    const nowUs = systemClock.nowUs();
    const instrument = instrumentId({ base: 'BTC', quote: 'USDT' });
    const sample = sampleBook({ venue: 'alpha' });
    const book = { ...sample, instrument, receivedAtUs: nowUs };
    book.askPrices[0] = 100_000.01;
    gateway.bus.publish(book);
    const request = buy({ type: 'market', limitPrice: undefined, quantity: '0.001' });
    const { status, body } = await gateway.call('POST', '/orders', request);
    expect(status).toBe(201);
    expect(body.order).toMatchObject({ timeInForce: 'ioc', limitPrice: null });
    // 100000.01 and 50 basis points more, up to the next tick.
    expect(body.order).toMatchObject({ worstPrice: '100500.02' });
    gateway.bus.publish({ ...book, receivedAtUs: nowUs - 60_000_000 });
    const stale = await gateway.call(
      'POST',
      '/orders',
      buy({ type: 'market', limitPrice: undefined }),
    );
    expect(stale.body.error.code).toBe('ORDER_PRICE_UNKNOWN');
  });
});
