import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { FREE_PORTS, ownData, type RunningAts, startAts } from '../src/ats.ts';

const folder = mkdtempSync(join(tmpdir(), 'ats-e2e-orders-'));
let running: RunningAts;
let gateway = '';

const answerBody = z.looseObject({
  order: z
    .looseObject({ orderId: z.string(), status: z.string(), quantity: z.string() })
    .optional(),
  balances: z.array(z.looseObject({ asset: z.string(), available: z.string() })).optional(),
  error: z.looseObject({ code: z.string() }).optional(),
});

interface Answer {
  readonly status: number;
  readonly body: z.output<typeof answerBody>;
}

/** The order of an answer that has one. */
function orderOf({ status, body: { order } }: Answer) {
  if (order === undefined) throw new Error(`an answer ${status} without an order`);
  return order;
}

async function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  const token = readFileSync(join(folder, 'gateway-token'), 'utf8').trim();
  const response = await fetch(`${gateway}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: answerBody.parse(await response.json()) };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is as wanted; fails with the last one. */
async function until(ask: () => Promise<Answer>, wanted: (answer: Answer) => boolean) {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (attempt > 450) throw new Error(`still ${JSON.stringify(answer)}`);
    await pause(200);
  }
}

const order = (id: string, terms: object = {}) => ({
  requestId: id,
  venue: 'binance',
  instrument: 'BTC/USDT',
  side: 'buy',
  quantity: '0.001',
  limitPrice: '50000.00',
  ...terms,
});

describe('a person sends orders over REST', () => {
  beforeAll(async () => {
    running = startAts([
      ...['up', '--seed', '5', '--plain', '--set', 'engine.trading=false'],
      ...FREE_PORTS,
      ...ownData(folder),
    ]);
    for (let attempt = 0; gateway === '' && attempt < 1200; attempt += 1) {
      gateway = /"gateway\.serving".*?"url":"([^"]+)"/.exec(running.stdout())?.[1] ?? '';
      await pause(100);
    }
    // Reconciliation opens the venues once it has seen them agree with the ledger.
    await until(
      () => ask('POST', '/orders', order('first')),
      ({ status }) => status === 201,
    );
  }, 180_000);

  afterAll(async () => {
    running.signal('SIGINT');
    await running.outcome;
  });

  test('an order rests at its exchange, is replaced and cancelled', async () => {
    const market = { venue: 'kraken', instrument: 'BTC/USD', limitPrice: '50000.0' };
    const taken = await ask('POST', '/orders', order('resting', market));
    const path = `/orders/${orderOf(taken).orderId}`;
    await until(
      () => ask('GET', path),
      (answer) => orderOf(answer).status === 'LIVE',
    );
    const terms = { requestId: 'other-terms', quantity: '0.002', limitPrice: '50001.0' };
    expect(await ask('PUT', path, terms)).toMatchObject({ status: 202 });
    await until(
      () => ask('GET', path),
      (answer) => orderOf(answer).quantity === '0.002' && orderOf(answer).status === 'LIVE',
    );
    expect(await ask('DELETE', `${path}?requestId=enough`)).toMatchObject({ status: 202 });
    await until(
      () => ask('GET', path),
      (answer) => orderOf(answer).status === 'CANCELED',
    );
  });

  test('a market order is filled, and money moves', async () => {
    const before = await ask('GET', '/balances?venue=binance');
    const market = { type: 'market', limitPrice: undefined };
    const taken = await ask('POST', '/orders', order('market', market));
    expect(taken).toMatchObject({ status: 201 });
    const filled = await until(
      () => ask('GET', `/orders/${orderOf(taken).orderId}`),
      (answer) => orderOf(answer).status === 'FILLED',
    );
    expect(orderOf(filled)).toMatchObject({ cumulativeQuantity: '0.001' });
    expect(orderOf(filled)['fees']).toEqual([
      { asset: 'USDT', amount: expect.stringMatching(/^0\.\d+$/) },
    ]);
    const after = await ask('GET', '/balances?venue=binance');
    const btc = ({ body: { balances } }: Answer) =>
      Number(balances?.find(({ asset }) => asset === 'BTC')?.available);
    expect(btc(after)).toBeCloseTo(btc(before) + 0.001, 9);
  });

  test('the same request twice is one order', async () => {
    const first = await ask('POST', '/orders', order('once'));
    const again = await ask('POST', '/orders', order('once'));
    expect(orderOf(again).orderId).toBe(orderOf(first).orderId);
    const other = await ask('POST', '/orders', order('once', { quantity: '0.002' }));
    expect(other).toMatchObject({ status: 409, body: { error: { code: 'REQUEST_ID_REUSED' } } });
  });

  const refused: [string, unknown, number, string][] = [
    ['bad JSON', '{"requestId":', 400, 'REQUEST_INVALID'],
    ['an unknown symbol', order('r1', { instrument: 'DOGE/USDT' }), 422, 'INSTRUMENT_UNKNOWN'],
    ['an unknown venue', order('r2', { venue: 'mtgox' }), 422, 'VENUE_UNKNOWN'],
    ['a price off its tick', order('r3', { limitPrice: '50000.001' }), 422, 'ORDER_RULE_BROKEN'],
    ['too little money', order('r4', { accountId: 'poor' }), 422, 'ORDER_FUNDS_INSUFFICIENT'],
    ['more than risk lets through', order('r5', { quantity: '900' }), 422, 'ORDER_RISK_REFUSED'],
    ['a slip of a finger', order('r6', { limitPrice: '500000.00' }), 422, 'ORDER_RISK_REFUSED'],
  ];

  test.each(refused)('refuses %s with a code and a remedy', async (_name, body, status, code) => {
    const answer = await ask('POST', '/orders', body);
    expect(answer).toMatchObject({ status, body: { error: { code, remedy: expect.any(String) } } });
  });

  test('refuses a body that is too large before it reads it', async () => {
    const answer = await ask('POST', '/orders', order('big', { note: 'x'.repeat(2_000_000) }));
    expect(answer.status).toBe(413);
  });

  test('refuses who brings no token', async () => {
    const response = await fetch(`${gateway}/orders`);
    expect(response.status).toBe(401);
  });
});
