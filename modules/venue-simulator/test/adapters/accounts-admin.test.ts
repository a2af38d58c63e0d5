import { Decimal } from '@ats/domain';
import { type AccountView, DemoClients } from '../dialects/demo-clients.ts';
import { PRIVATE_CASES } from '../dialects/private-cases.ts';

let demo: DemoClients;

beforeAll(async () => {
  demo = await DemoClients.start();
});

afterAll(() => demo.close());

const transfer = (path: string, body: object): Promise<Response> =>
  demo.admin('POST', `accounts/${path}`, body);

/** What the transfers and trades of an account make of every asset, before what is locked. */
function bookOf({ transferred, trades }: AccountView): ReadonlyMap<string, Decimal> {
  const book = new Map(
    Object.entries(transferred).map(([asset, amount]) => [asset, Decimal.parse(amount)]),
  );
  const add = (asset: string, amount: Decimal): void => {
    book.set(asset, (book.get(asset) ?? Decimal.ZERO).add(amount));
  };
  for (const { side, quantity, notional, fee, feeAsset } of trades) {
    const signed = (text: string, gains: boolean): Decimal =>
      gains ? Decimal.parse(text) : Decimal.parse(text).negate();
    add('BTC', signed(quantity, side === 'bid'));
    add('USDT', signed(notional, side === 'ask'));
    add(feeAsset, signed(fee, false));
  }
  return book;
}

describe('the accounts of the admin API', () => {
  it('are what transfers and trades make of them, to the last digit', async () => {
    const [binance] = PRIVATE_CASES;
    if (binance === undefined) throw new Error('there is a case of Binance');
    const client = demo.open(binance);
    await client.loadMarkets();
    await client.createOrder(binance.symbol, 'market', 'buy', 0.2);
    await client.createOrder(binance.symbol, 'market', 'sell', 0.05);
    await demo.rest(client, binance, { clientOrderId: 'resting' });
    await transfer('binance/demo/deposit', { asset: 'USDT', amount: '12.5' });
    await transfer('binance/demo/withdraw', { asset: 'BTC', amount: '0.1' });
    const account = await demo.accountOf('binance');
    const book = bookOf(account);
    for (const { asset, available, locked } of account.balances) {
      const held = Decimal.parse(available).add(Decimal.parse(locked));
      expect([asset, held.normalized().toString()]).toEqual([
        asset,
        (book.get(asset) ?? Decimal.ZERO).normalized().toString(),
      ]);
    }
    expect(account.trades.length).toBeGreaterThan(1);
    expect(account.openOrders.map(({ clientOrderId }) => clientOrderId)).toEqual(['resting']);
    expect(account.doneOrders.map(({ state }) => state)).toEqual(['filled', 'filled']);
    const balances = await client.fetchBalance();
    const { free, used } = balances['USDT'] as unknown as { free: string; used: string };
    const usdt = account.balances.find(({ asset }) => asset === 'USDT');
    expect([Number(free), Number(used)]).toEqual([Number(usdt?.available), Number(usdt?.locked)]);
  });

  it('name orders and trades as the venue does', async () => {
    const kraken = PRIVATE_CASES.find(({ id }) => id === 'kraken');
    if (kraken === undefined) throw new Error('there is a case of Kraken');
    const client = demo.open(kraken);
    await client.loadMarkets();
    const { id } = await client.createOrder(kraken.symbol, 'market', 'buy', 0.01);
    const trades = await client.fetchMyTrades(kraken.symbol);
    const account = await demo.accountOf('kraken');
    expect(account.doneOrders.map(({ orderId }) => orderId)).toEqual([id]);
    expect(account.trades.map(({ tradeId }) => tradeId).sort()).toEqual(
      trades.map((trade) => trade.id).sort(),
    );
  });

  it.each([
    ['nowhere/demo/deposit', { asset: 'USDT', amount: '1' }, 404],
    ['binance/nobody/deposit', { asset: 'USDT', amount: '1' }, 404],
    ['binance/demo/deposit', { asset: 'SHELLS', amount: '1' }, 404],
    ['binance/demo/deposit', { asset: 'USDT', amount: '0' }, 400],
    ['binance/demo/deposit', { asset: 'USDT', amount: '-1' }, 400],
    ['binance/demo/deposit', { asset: 'USDT' }, 400],
    ['binance/demo/withdraw', { asset: 'USDT', amount: '1000000000' }, 409],
    ['binance/demo/borrow', { asset: 'USDT', amount: '1' }, 404],
  ])('refuse %s of %j', async (path, body, status) => {
    const before = await demo.accountOf('binance');
    expect((await transfer(path, body)).status).toBe(status);
    expect((await demo.accountOf('binance')).transferred).toEqual(before.transferred);
  });
});
