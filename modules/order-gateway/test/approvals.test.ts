import { ORDER_SERVICE } from '@ats/contracts';
import { type Approval, accountId, instrumentId, requestId, venueId } from '@ats/domain';
import { systemClock } from '@ats/runtime';
import { ApprovalSeal } from '@ats/security';
import { buy, decimal, deposit, type Gateway, startGateway, traces } from './gateway.ts';
import { seal } from './world.ts';

const CALL = { deadlineMs: 2000 };
const BTC_USDT = instrumentId({ base: 'BTC', quote: 'USDT' });

let gateway: Gateway;
beforeEach(async () => {
  gateway = await startGateway();
  await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '10000' });
});
afterEach(() => gateway.close());

const approval = (changes: Partial<Approval> = {}): Approval => ({
  accountId: accountId('main'),
  requestId: requestId('r-1'),
  epoch: 0,
  legs: [
    {
      venue: venueId('alpha'),
      instrument: BTC_USDT,
      side: 'buy',
      quantity: decimal('0.01'),
      price: decimal('100000'),
    },
  ],
  issuedAtUs: systemClock.nowUs(),
  expiresAtUs: systemClock.nowUs() + 60_000_000,
  ...changes,
});

const leg = (changes: Partial<Approval['legs'][number]>): Partial<Approval> => ({
  legs: approval().legs.map((one) => ({ ...one, ...changes })),
});

/** What is sent over gRPC. */
function submit(
  signed: string,
  changes: { requestId?: string; quantity?: string; purpose?: 'UNWIND' } = {},
) {
  const { requestId: id = 'r-1', quantity = '0.01', purpose = 'ENTRY' } = changes;
  return gateway.rpc.client(ORDER_SERVICE).SubmitOrders(
    {
      requestId: id,
      accountId: 'main',
      orders: [
        {
          clientOrderId: 'c-1',
          venue: 'alpha',
          instrument: 'BTC/USDT',
          side: 'ORDER_SIDE_BUY',
          type: 'ORDER_TYPE_LIMIT',
          timeInForce: 'TIME_IN_FORCE_IOC',
          quantity,
          limitPrice: '100000',
          postOnly: false,
        },
      ],
      opportunityId: '',
      tradeId: '',
      purpose: `ORDER_PURPOSE_${purpose}`,
      sendBeforeUs: 0,
      approval: signed,
    },
    CALL,
  );
}

describe('an entry over gRPC', () => {
  it('is taken with an approval that covers it, of which it may use less', async () => {
    expect((await submit(seal.sign(approval()))).orders).toHaveLength(1);
    const wider = approval({ requestId: requestId('r-1'), ...leg({ quantity: decimal('9') }) });
    expect((await submit(seal.sign(wider))).orders).toHaveLength(1);
    expect(gateway.world.asked).toEqual([]);
  });

  it('is refused with the word of who was overtaken, once its successor has spoken', async () => {
    const older = seal.sign(approval({ requestId: requestId('r-2'), epoch: 1 }));
    expect((await submit(seal.sign(approval({ epoch: 2 })))).orders).toHaveLength(1);
    await expect(submit(older, { requestId: 'r-2' })).rejects.toMatchObject({
      code: 'ORDER_NOT_APPROVED',
      context: { why: 'superseded' },
    });
  });

  it('in a halt of mode reducing needs what risk has approved since', async () => {
    const early = seal.sign(approval());
    const haltedAtUs = systemClock.nowUs() + 1;
    Object.assign(gateway.world, { halted: true, mode: 'reducing', haltedAtUs });
    await gateway.running.pollGates();
    await expect(submit(early)).rejects.toMatchObject({
      code: 'ORDER_NOT_APPROVED',
      context: { why: 'before-halt' },
    });
    const late = seal.sign(approval({ issuedAtUs: haltedAtUs }));
    expect((await submit(late)).orders).toHaveLength(1);
    // Of a person's order risk judges whether it lowers exposure.
    const answer = await gateway.call('POST', '/orders', buy({ quantity: '0.001' }));
    expect(answer.status).toBe(201);
    Object.assign(gateway.world, { refuses: { reason: 'REASON_CODE_RISK_REDUCE_ONLY' } });
    const refused = buy({ quantity: '0.001', requestId: 'r-3' });
    expect(await gateway.call('POST', '/orders', refused)).toMatchObject({
      status: 422,
      body: { error: { code: 'ORDER_RISK_REFUSED', facts: { reason: 'RISK_REDUCE_ONLY' } } },
    });
  });

  const other = new ApprovalSeal('the key of somebody who is not risk, as long as that');
  it.each<[string, () => string, string]>([
    ['without one', () => '', 'missing'],
    ['with something else', () => 'a1.e30.AAAA', 'forged'],
    ['with one that another key signed', () => other.sign(approval()), 'forged'],
    ['with one that expired', () => seal.sign(approval({ expiresAtUs: 1 })), 'expired'],
    [
      'with one for another request',
      () => seal.sign(approval({ requestId: requestId('r-2') })),
      'other-request',
    ],
    [
      'with one for another account',
      () => seal.sign(approval({ accountId: accountId('else') })),
      'other-request',
    ],
    ['with one for more orders', () => seal.sign(approval({ legs: [] })), 'other-orders'],
    ['with one for another side', () => seal.sign(approval(leg({ side: 'sell' }))), 'other-orders'],
    [
      'with one for another venue',
      () => seal.sign(approval(leg({ venue: venueId('beta') }))),
      'other-orders',
    ],
    [
      'with one for less',
      () => seal.sign(approval(leg({ quantity: decimal('0.0099') }))),
      'beyond',
    ],
    [
      'with one for a better price',
      () => seal.sign(approval(leg({ price: decimal('99999') }))),
      'beyond',
    ],
  ])('is refused %s, and leaves nothing behind', async (_how, signed, why) => {
    const before = await traces(gateway.stores);
    await expect(submit(signed())).rejects.toMatchObject({
      ...{ code: 'ORDER_NOT_APPROVED', retry: 'never' },
      context: { field: 'approval', why },
    });
    expect(await traces(gateway.stores)).toEqual(before);
  });

  it('gets the answer of the first time, whatever became of the approval', async () => {
    const [first] = (await submit(seal.sign(approval()))).orders;
    const [again] = (await submit(seal.sign(approval({ expiresAtUs: 1 })))).orders;
    expect(again?.orderId).toBe(first?.orderId);
    await expect(submit('', { quantity: '0.02' })).rejects.toMatchObject({
      code: 'REQUEST_ID_REUSED',
    });
  });

  it('needs none where it unwinds', async () => {
    expect((await submit('', { purpose: 'UNWIND' })).orders).toHaveLength(1);
  });

  it('is refused while trading is halted, however good its approval', async () => {
    gateway.world.halted = true;
    await gateway.running.pollGates();
    await expect(submit(seal.sign(approval()))).rejects.toMatchObject({
      code: 'ORDER_GATE_CLOSED',
    });
  });
});

describe("a person's order", () => {
  it('is sent when risk approves it, and risk is asked once', async () => {
    const order = buy();
    expect((await gateway.call('POST', '/orders', order)).status).toBe(201);
    expect(gateway.world.asked).toEqual([
      {
        ...{ accountId: 'main', requestId: order['requestId'] },
        orders: [
          {
            ...{ orderId: '', venue: 'alpha', instrument: 'BTC/USDT', side: 'ORDER_SIDE_BUY' },
            ...{ quantity: '0.01', price: '100000' },
          },
        ],
      },
    ]);
    gateway.world.refuses = { reason: 'REASON_CODE_RISK_NOTIONAL_MAX' };
    expect((await gateway.call('POST', '/orders', order)).status).toBe(201);
    expect(gateway.world.asked).toHaveLength(1);
  });

  it('is judged the same over gRPC, as the dashboard sends it', async () => {
    await gateway.close();
    gateway = await startGateway({ callerKind: 'user' });
    await deposit(gateway.stores.state, { venue: 'alpha', asset: 'USDT', amount: '10000' });
    expect((await submit('')).orders).toHaveLength(1);
    expect(gateway.world.asked).toHaveLength(1);
    gateway.world.refuses = { reason: 'REASON_CODE_RISK_NOTIONAL_MAX' };
    await expect(submit('', { requestId: 'r-2' })).rejects.toMatchObject({
      code: 'ORDER_RISK_REFUSED',
    });
  });

  it('is refused with the limit and the value when risk refuses it', async () => {
    const before = await traces(gateway.stores);
    gateway.world.refuses = {
      reason: 'REASON_CODE_RISK_NOTIONAL_MAX',
      ...{ detail: 'Too much.', limit: '500', value: '1000' },
    };
    const answer = await gateway.call('POST', '/orders', buy());
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({
      ...{ code: 'ORDER_RISK_REFUSED', retry: 'never', field: 'orders' },
      facts: { reason: 'RISK_NOTIONAL_MAX', limit: '500', asked: '1000', detail: 'Too much.' },
    });
    expect(await traces(gateway.stores)).toEqual(before);
  });

  it('can be sent again when risk does not answer, or cannot yet', async () => {
    const closed = { status: 503, body: { error: { code: 'ORDER_GATE_CLOSED', retry: 'safe' } } };
    for (const reason of ['RISK_UNAVAILABLE', 'RISK_BOOK_AGE_MAX', 'RISK_RATE_LIMIT'] as const) {
      gateway.world.refuses = { reason: `REASON_CODE_${reason}`, detail: 'It passes.' };
      expect(await gateway.call('POST', '/orders', buy())).toMatchObject(closed);
    }
    gateway.world.refuses = undefined;
    gateway.world.answering = false;
    expect(await gateway.call('POST', '/orders', buy())).toMatchObject(closed);
  });

  it('is not sent with an answer that came too late', async () => {
    gateway.world.approvalUs = -1;
    const answer = await gateway.call('POST', '/orders', buy());
    expect(answer.body.error).toMatchObject({ code: 'ORDER_NOT_APPROVED' });
  });

  it('asks for other terms only with the word of risk, where they are more', async () => {
    const taken = await gateway.call('POST', '/orders', buy());
    const { orderId } = taken.body.order;
    const replace = (id: string, quantity: string, limitPrice: string) =>
      gateway.call('PUT', `/orders/${orderId}`, { requestId: id, quantity, limitPrice });
    gateway.world.refuses = { reason: 'REASON_CODE_RISK_GROSS_EXPOSURE_MAX' };
    const refused = { status: 422, body: { error: { code: 'ORDER_RISK_REFUSED' } } };
    expect(await replace('more', '0.02', '100000')).toMatchObject(refused);
    expect(await replace('dearer', '0.01', '100001')).toMatchObject(refused);
    const { asked } = gateway.world;
    expect(asked.at(-1)?.orders).toMatchObject([{ orderId, quantity: '0.01', price: '100001' }]);
    expect(await replace('less', '0.005', '99000')).toMatchObject({ status: 202 });
    expect(asked).toHaveLength(3);
    gateway.world.refuses = undefined;
    expect(await replace('now', '0.02', '100000')).toMatchObject({ status: 202 });
    gateway.world.refuses = { reason: 'REASON_CODE_RISK_GROSS_EXPOSURE_MAX' };
    expect(await replace('now', '0.02', '100000')).toMatchObject({ status: 202 });
  });
});
