import { Decimal } from '@ats/domain';
import { stateHash } from '@ats/matching';
import { openAccounts } from '../../../src/domain/accounts/venue-accounts.ts';
import { openModel } from '../model/open-model.ts';

const SYMBOL = 'BTCUSDT';

/** A model whose Binance has one rich account. */
function openWorld() {
  const model = openModel(7);
  const markets = model.venues.get('binance')?.markets;
  const market = markets?.get(SYMBOL);
  if (markets === undefined || market === undefined) throw new Error('no such market');
  const [account] = openAccounts({
    markets,
    limits: { openOrdersMax: 10, closedOrdersMax: 100, tradesMax: 1000 },
    clientIdRule: 'when-done',
    onAnswer: () => {},
    accounts: [
      {
        name: 'rich',
        feeIn: 'quote',
        deposits: new Map([
          ['USDT', Decimal.parse('1e12')],
          ['BTC', Decimal.parse('1e6')],
        ]),
      },
    ],
  });
  if (account === undefined) throw new Error('no account');
  const run = (steps: number): void => {
    for (let step = 0; step < steps; step += 1) model.step();
  };
  return { market, account, run };
}

describe('an account among the model’s orders', () => {
  it('may sweep the whole book, and the makers quote again', () => {
    const { market, account, run } = openWorld();
    run(50);
    const depth = market.engine.depth('ask');
    const common = { symbol: SYMBOL, side: 'bid', type: 'market', postOnly: false } as const;
    account.submit({ ...common, timeInForce: 'ioc', quantity: Decimal.parse('100000') });
    expect(market.engine.depth('ask')).toBe(0);
    run(1000);
    expect(market.engine.depth('ask')).toBeGreaterThan(depth / 2);
    expect(market.engine.bestPriceTicks('ask')).toBeGreaterThan(
      market.engine.bestPriceTicks('bid'),
    );
  });

  it('is filled, not canceled, where its order gives money away', () => {
    const { market, account, run } = openWorld();
    run(50);
    const ticks = market.engine.bestPriceTicks('ask') - 1;
    const price = new Decimal(BigInt(ticks + 3000), 2);
    const common = { symbol: SYMBOL, side: 'bid', type: 'limit', postOnly: false } as const;
    account.submit({ ...common, timeInForce: 'gtc', price, quantity: Decimal.parse('60') });
    run(2000);
    const [order] = account.orders();
    expect(order?.endReason).toBeUndefined();
    expect(order?.state).toBe('filled');
  });

  it('gives the same books for the same orders, and none of its own changes nothing', () => {
    const hashes = [true, true, false].map((trades) => {
      const { market, account, run } = openWorld();
      run(100);
      const common = { symbol: SYMBOL, side: 'ask', type: 'market', postOnly: false } as const;
      if (trades) account.submit({ ...common, timeInForce: 'ioc', quantity: Decimal.parse('1') });
      run(100);
      return stateHash(market.engine);
    });
    const plain = openModel(7);
    for (let step = 0; step < 200; step += 1) plain.step();
    const engine = plain.venues.get('binance')?.markets.get(SYMBOL)?.engine;
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
    expect(engine === undefined ? 0 : stateHash(engine)).toBe(hashes[2]);
  });
});
