import { Decimal } from '@ats/domain';
import fc from 'fast-check';
import type { Account } from '../../../src/domain/accounts/account.ts';
import type {
  AccountFaults,
  AccountOrder,
  AccountReport,
  NewAccountOrder,
} from '../../../src/domain/accounts/orders.ts';
import type { TradePrint } from '../../../src/domain/sim-market.ts';
import { background, type Desk, openDesk, SYMBOL } from './open-market.ts';

const ACCOUNTS = 3;
const ASSETS = ['BTC', 'USDT'] as const;

const price = fc.integer({ min: 9990, max: 10_010 }).map((ticks) => new Decimal(BigInt(ticks), 2));
const quantity = fc.integer({ min: 1, max: 60_000 }).map((lots) => new Decimal(BigInt(lots), 5));
const side = fc.constantFrom('bid' as const, 'ask' as const);

const order: fc.Arbitrary<NewAccountOrder> = fc.record({
  symbol: fc.constant(SYMBOL),
  clientOrderId: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
  side,
  type: fc.constantFrom('limit' as const, 'limit' as const, 'market' as const),
  timeInForce: fc.constantFrom('gtc' as const, 'gtc' as const, 'ioc' as const, 'fok' as const),
  postOnly: fc.boolean(),
  price,
  quantity: fc.option(quantity, { nil: undefined, freq: 6 }),
  quoteAmount: fc.integer({ min: 1, max: 20_000 }).map((cents) => new Decimal(BigInt(cents), 2)),
});

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      account: fc.nat(ACCOUNTS - 1),
      order,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('replace' as const),
      account: fc.nat(ACCOUNTS - 1),
      number: fc.integer({ min: 1, max: 40 }),
      price,
      quantity,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cancel' as const),
      account: fc.nat(ACCOUNTS - 1),
      number: fc.integer({ min: 1, max: 40 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('world' as const), side, price, quantity }),
  },
);

/** Holdings of the market's other side, from the public tape alone. */
class World {
  readonly holdings = { BTC: Decimal.ZERO, USDT: Decimal.ZERO };

  take(trade: TradePrint, desk: Desk): void {
    const size = Decimal.parse(trade.sizeText);
    const notional = size.multiply(Decimal.parse(trade.priceText));
    const sides = desk.accounts
      .flatMap((account) => account.trades)
      .filter(({ tradeId }) => tradeId === trade.tradeId)
      .map((one) => one.side);
    const { holdings } = this;
    if (!sides.includes('bid')) {
      holdings.BTC = holdings.BTC.add(size);
      holdings.USDT = holdings.USDT.subtract(notional);
    }
    if (!sides.includes('ask')) {
      holdings.BTC = holdings.BTC.subtract(size);
      holdings.USDT = holdings.USDT.add(notional);
    }
  }
}

/** What an account's owner knows who hears the reports and asks nothing. */
class Listener {
  private readonly orders = new Map<number, AccountOrder>();
  private readonly balances = new Map<string, string>();
  private filled = new Map<number, Decimal>();

  hear(report: AccountReport): void {
    for (const { asset, available, locked } of report.balances) {
      this.balances.set(asset, `${available.normalized()} ${locked.normalized()}`);
    }
    if (report.kind === 'transferred') return;
    const { order } = report;
    this.orders.set(order.number, order);
    if (report.kind !== 'filled') return;
    const before = this.filled.get(order.number) ?? Decimal.ZERO;
    this.filled.set(order.number, before.add(report.trade.quantity));
  }

  /** @returns what it has not heard, or heard wrongly. */
  mistakes(account: Account): readonly string[] {
    const balances = account.balances.filter(({ asset, available, locked }) => {
      const heard = this.balances.get(asset);
      return heard !== undefined && heard !== `${available.normalized()} ${locked.normalized()}`;
    });
    const orders = account.orders().filter((order) => {
      const heard = this.orders.get(order.number);
      const filled = this.filled.get(order.number) ?? Decimal.ZERO;
      return !(
        heard?.state === order.state &&
        heard.endReason === order.endReason &&
        heard.locked.equals(order.locked) &&
        heard.filled.equals(order.filled) &&
        filled.equals(order.filled)
      );
    });
    return [...balances.map(({ asset }) => asset), ...orders.map(({ number }) => `#${number}`)];
  }
}

/** Every few orders and cancels go wrong. */
function regularFaults(): AccountFaults {
  let asked = 0;
  const every = (count: number): boolean => {
    asked += 1;
    return asked % count === 0;
  };
  return {
    refusal: () => (every(13) ? 'TOO_MANY_ORDERS' : undefined),
    fillsHalf: () => every(5),
    fillsBeforeCancel: () => every(3),
  };
}

function totals(desk: Desk, world: World): Record<string, string> {
  return Object.fromEntries(
    ASSETS.map((asset) => {
      let sum = world.holdings[asset];
      for (const account of desk.accounts) {
        for (const balance of account.balances) {
          if (balance.asset !== asset) continue;
          sum = sum.add(balance.available).add(balance.locked);
        }
        for (const trade of account.trades) {
          if (trade.feeAsset === asset) sum = sum.add(trade.fee);
        }
      }
      return [asset, sum.normalized().toString()];
    }),
  );
}

/** What the open orders say is set aside. */
function lockedByOrders(desk: Desk, account: number, asset: string): Decimal {
  return (desk.accounts[account]?.openOrders() ?? [])
    .filter((one) => (one.side === 'bid' ? 'USDT' : 'BTC') === asset)
    .reduce((sum, one) => sum.add(one.locked), Decimal.ZERO);
}

describe('accounts that trade with each other and the world', () => {
  it.each([
    ['quote', 'without faults', undefined],
    ['received', 'without faults', undefined],
    ['quote', 'with faults', regularFaults],
  ] as const)(
    'conserve every asset, never go below zero, lock and report what is so: fees in %s, %s',
    (feeIn, _, faults) => {
      let fills = 0;
      fc.assert(
        fc.property(fc.array(step, { minLength: 40, maxLength: 100, size: 'max' }), (steps) => {
          const listeners = new Map<string, Listener>();
          const desk = openDesk({
            accounts: ACCOUNTS,
            feeIn,
            faults: faults?.(),
            onReport: (report, { name }) => listeners.get(name)?.hear(report),
          });
          for (const { name } of desk.accounts) listeners.set(name, new Listener());
          const world = new World();
          desk.market.onBatch(({ trades }) => {
            for (const trade of trades) world.take(trade, desk);
          });
          const before = totals(desk, world);
          for (const one of steps) {
            if (one.kind === 'world') {
              background(desk.market, {
                side: one.side,
                price: one.price.toString(),
                quantity: one.quantity.toString(),
              });
            } else {
              const account = desk.accounts[one.account];
              if (one.kind === 'submit') account?.submit(one.order);
              else if (one.kind === 'cancel') account?.cancel(one.number);
              else account?.replace(one.number, { price: one.price, openQuantity: one.quantity });
            }
            desk.market.publish();
            expect(totals(desk, world)).toEqual(before);
            for (const [index, account] of desk.accounts.entries()) {
              expect(listeners.get(account.name)?.mistakes(account)).toEqual([]);
              for (const { asset, available, locked } of account.balances) {
                expect(available.isNegative()).toBe(false);
                expect(locked.equals(lockedByOrders(desk, index, asset))).toBe(true);
              }
            }
          }
          fills += desk.accounts.reduce((sum, account) => sum + account.trades.length, 0);
          for (const account of desk.accounts) {
            account.cancelAll();
            expect(account.balances.every(({ locked }) => locked.isZero())).toBe(true);
          }
        }),
        { numRuns: 30, seed: 11 },
      );
      expect(fills).toBeGreaterThan(200);
    },
    30_000,
  );
});
