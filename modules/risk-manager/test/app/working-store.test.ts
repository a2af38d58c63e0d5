import {
  accountId,
  assetId,
  type OrderId,
  orderId,
  requestId,
  type TradeId,
  tradeId,
} from '@ats/domain';
import { memoryStateStore } from '@ats/testkit';
import { tradeShardOf, WorkingStore } from '../../src/app/working-store.ts';
import { Markets } from '../../src/domain/exposure/markets.ts';

/** What DynamoDB takes in one item. */
const ITEM_BYTES_MAX = 400 * 1024;
const ORDERS = 10_000;

const hex = (index: number): string => (index * 2_654_435_761).toString(16).padStart(24, '0');

describe('the store of what is approved and on its way', () => {
  const markets = new Markets({ listings: [], numeraire: assetId('USDT') });
  const market = markets.of({ venue: 'binance', instrument: 'BTC/USDT' });
  const account = accountId('main');
  const orders = Array.from({ length: ORDERS }, (_, index) => ({
    orderId: orderId(`${(index % 16).toString(16)}${hex(index).slice(1)}`),
    accountId: account,
    market,
    side: 'buy' as const,
    version: 0,
    leaves: 0n,
    reserved: [
      {
        requestId: requestId(hex(index)),
        replaces: false,
        units: 10n ** 18n,
        checkAtUs: 1_780_000_000_000_000,
      },
    ],
    doubtfulAtUs: 0,
  }));
  const trades = Array.from({ length: ORDERS / 2 }, (_, index) => ({
    tradeId: tradeId(`${(index % 16).toString(16)}${hex(index).slice(1)}`),
    accountId: account,
    day: '2026-11-23',
    checkAtUs: 1_780_000_000_000_000,
  }));
  const open = () => {
    const state = memoryStateStore({ nowUs: () => 1_780_000_000_000_000 });
    return new WorkingStore({ state, markets });
  };
  const allShards = [...'0123456789abcdef'];
  const idsOf = (ids: Iterable<OrderId | TradeId>): readonly string[] => [...ids].toSorted();

  it('reads back as much as may be approved, in items that every store takes', async () => {
    const store = open();
    const names = allShards.flatMap((digit) => [digit, tradeShardOf(tradeId(digit))]);
    const items = store.items(new Set(names), { orders, trades });
    for (const item of items) {
      const json = String('set' in item ? item.set?.['json'] : '');
      expect(Buffer.byteLength(json)).toBeLessThan(ITEM_BYTES_MAX);
    }
    await store.save(items);
    const read = await store.load();
    expect(idsOf([...read.orders].map((one) => one.orderId))).toEqual(
      idsOf(orders.map((one) => one.orderId)),
    );
    expect(idsOf([...read.trades].map((one) => one.tradeId))).toEqual(
      idsOf(trades.map((one) => one.tradeId)),
    );
  });

  it('writes the parts that changed, and no other', async () => {
    const store = open();
    const changed = new Set([tradeShardOf(tradeId('3f'))]);
    const sorts = store.items(changed, { orders, trades }).map(({ key }) => key.sort);
    expect(sorts).toEqual(['trades/3', 'units']);
  });
});
