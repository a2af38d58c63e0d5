import { Decimal } from '@ats/domain';
import { DemoClients, onTick } from './demo-clients.ts';
import type { Client, PrivateCase } from './private-case.ts';
import { PRIVATE_CASES } from './private-cases.ts';

let demo: DemoClients;

beforeAll(async () => {
  demo = await DemoClients.start();
});

afterAll(() => demo.close());

const decimal = (value: unknown): Decimal => Decimal.parse(String(value ?? '0'));
const text = (value: Decimal): string => value.normalized().toString();

interface Holdings {
  readonly free: Decimal;
  readonly used: Decimal;
}

async function holdingsOf(client: Client, asset: string, params = {}): Promise<Holdings> {
  const balances = (await client.fetchBalance(params)) as unknown as Record<string, never>;
  const { free, used } = balances[asset] as unknown as { free: string; used: string };
  return { free: decimal(free), used: decimal(used) };
}

async function bestPrices(client: Client, symbol: string): Promise<{ bid: number; ask: number }> {
  const book = await client.fetchOrderBook(symbol, 25);
  return { bid: Number(book.bids[0]?.[0]), ask: Number(book.asks[0]?.[0]) };
}

interface Fill {
  readonly quantity: Decimal;
  readonly notional: Decimal;
  readonly fee: Decimal;
}

/** Sums over the order's trades as the client gets them. */
async function fillsOf(client: Client, one: PrivateCase, orderId: string): Promise<Fill> {
  const trades = await one.tradesOf(client, orderId);
  expect(trades.length).toBeGreaterThan(0);
  const sum = (part: (trade: (typeof trades)[number]) => unknown): Decimal =>
    trades.reduce((total, trade) => total.add(decimal(part(trade))), Decimal.ZERO);
  for (const { fee, price, amount, cost } of trades) {
    expect(fee?.currency).toBe(one.quote);
    expect(text(decimal(price).multiply(decimal(amount)))).toBe(text(decimal(cost)));
  }
  return {
    quantity: sum(({ amount }) => amount),
    notional: sum(({ cost }) => cost),
    fee: sum(({ fee }) => fee?.cost),
  };
}

describe.each(PRIVATE_CASES)('an unmodified ccxt client with keys of $id', (one) => {
  let client: Client;
  /** Another client of the same account, with something wrong about it. */
  let strange: Client;

  beforeAll(async () => {
    client = demo.open(one);
    await client.loadMarkets();
    strange = demo.open(one);
    strange.setMarkets(client.markets, client.currencies as never);
  });

  it('loads the markets and sees the configured balances', async () => {
    const [account] = demo.config.simulator.accounts[one.id] ?? [];
    for (const [asset, amount] of Object.entries(account?.balances ?? {})) {
      const { free, used } = await holdingsOf(client, asset, one.balanceParams);
      expect([asset, text(free), text(used)]).toEqual([asset, text(decimal(amount)), '0']);
      expect(text((await holdingsOf(client, asset)).free)).toBe(text(decimal(amount)));
    }
  });

  it('rests a limit order, finds it, and gets every unit back when it cancels it', async () => {
    const before = await holdingsOf(client, one.quote, one.balanceParams);
    const { bid } = await bestPrices(client, one.symbol);
    const price = onTick(bid * 0.8, one);
    const clientOrderId = one.clientOrderId(1);
    const placed = await one.place(client, {
      type: 'limit',
      side: 'buy',
      amount: one.amount,
      price,
      params: { ...one.clientIdParams(clientOrderId) },
    });
    const while_ = await holdingsOf(client, one.quote, one.balanceParams);
    const notional = decimal(price).multiply(decimal(one.amount));
    const fee = notional.multiply(decimal(one.feeRateMax)).round(one.feeScale, 'up');
    const locked = notional.add(fee);
    expect(text(while_.used)).toBe(text(locked));
    expect(text(while_.free)).toBe(text(before.free.subtract(locked)));
    const fetched = await client.fetchOrder(placed.id, one.symbol);
    expect(fetched).toMatchObject({ id: placed.id, status: 'open', side: 'buy', type: 'limit' });
    expect([decimal(fetched.price), decimal(fetched.amount)].map(text)).toEqual(
      [decimal(price), decimal(one.amount)].map(text),
    );
    const open = await client.fetchOpenOrders(one.symbol);
    expect(open.map(({ id }) => id)).toEqual([placed.id]);
    expect(open[0]?.clientOrderId).toBe(clientOrderId);
    const repeated = one.place(client, {
      type: 'limit',
      side: 'buy',
      amount: one.amount,
      price,
      params: { ...one.clientIdParams(clientOrderId) },
    });
    if (one.duplicate === 'the same order') expect((await repeated).id).toBe(placed.id);
    else await expect(repeated).rejects.toThrow(one.duplicate);
    await client.cancelOrder(placed.id, one.symbol);
    expect(await client.fetchOpenOrders(one.symbol)).toEqual([]);
    expect((await client.fetchOrder(placed.id, one.symbol)).status).toBe('canceled');
    const after = await holdingsOf(client, one.quote, one.balanceParams);
    expect([after.free, after.used].map(text)).toEqual([text(before.free), '0']);
    await expect(client.cancelOrder(placed.id, one.symbol)).rejects.toThrow(one.notCancelable);
  });

  it.each([
    ['an IOC buy', 'limit', 'buy', { timeInForce: 'IOC' }],
    ['a market buy', 'market', 'buy', {}],
    ['a market sell', 'market', 'sell', {}],
    ['an IOC sell', 'limit', 'sell', { timeInForce: 'IOC' }],
  ] as const)('settles %s to the last digit', async (_, type, side, params) => {
    const before = {
      base: await holdingsOf(client, one.base, one.balanceParams),
      quote: await holdingsOf(client, one.quote, one.balanceParams),
    };
    const { bid, ask } = await bestPrices(client, one.symbol);
    const reach = side === 'buy' ? ask * 1.02 : bid * 0.98;
    const price = onTick(reach, one);
    const wanted = type === 'limit' || one.marketBuyNeedsPrice;
    const placed = await one.place(client, {
      type,
      side,
      amount: one.amount,
      price: wanted ? price : undefined,
      params,
    });
    const order = await client.fetchOrder(placed.id, one.symbol);
    expect(order.status).not.toBe('open');
    const { quantity, notional, fee } = await fillsOf(client, one, placed.id);
    expect(text(decimal(order.filled))).toBe(text(quantity));
    const sign = side === 'buy' ? Decimal.ONE : Decimal.ONE.negate();
    const base = await holdingsOf(client, one.base, one.balanceParams);
    const quote = await holdingsOf(client, one.quote, one.balanceParams);
    expect(text(base.free)).toBe(text(before.base.free.add(quantity.multiply(sign))));
    expect(text(quote.free)).toBe(
      text(before.quote.free.subtract(notional.multiply(sign)).subtract(fee)),
    );
    expect([base.used, quote.used].map(text)).toEqual(['0', '0']);
    expect(fee.greaterThan(Decimal.ZERO)).toBe(true);
  });

  it.each(Object.entries(one.errors))('gets the venue’s own error for %s', async (_, error) => {
    const { apiKey, secret, nonce } = client;
    Object.assign(strange, { apiKey, secret, nonce, ...error.credentials });
    if (error.now !== undefined) Object.assign(strange, { nonce: error.now });
    await expect(error.ask(strange)).rejects.toThrow(error.is);
    const mine = await holdingsOf(client, one.quote, one.balanceParams);
    expect(text(mine.used)).toBe('0');
  });
});
