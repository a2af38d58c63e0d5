import { accountId, clientOrderId, Decimal, type Listing, orderId, tradeId } from '@ats/domain';
import { createOrderItems, emptyHold, openOrder } from '@ats/orders';
import type { StateStore } from '@ats/storage';

const ACCOUNT = accountId('earlier');
/** Orders in one transaction: three items each, a hundred at most. */
const BATCH = 33;
const IN_FLIGHT = 32;

/** Fills a store with orders of another account, as years of trading would. */
export async function prefill(options: {
  readonly state: StateStore;
  readonly listing: Listing;
  /** Numbers of the orders that are made: from `first` until before `until`. */
  readonly first: number;
  readonly until: number;
}): Promise<void> {
  const { state, listing, until: orders } = options;
  let next = options.first;
  const writer = async (): Promise<void> => {
    while (next < orders) {
      const first = next;
      next += BATCH;
      const items = [];
      for (let index = first; index < Math.min(first + BATCH, orders); index += 1) {
        const order = openOrder({
          orderId: orderId(`earlier-${index}`),
          accountId: ACCOUNT,
          tradeId: tradeId(`earlier-${index}`),
          terms: {
            clientOrderId: clientOrderId(`earlier-${index}`),
            venue: listing.venue,
            instrument: listing.instrument,
            side: 'buy',
            type: 'limit',
            timeInForce: 'ioc',
            quantity: Decimal.parse('0.001'),
            limitPrice: Decimal.parse('97000'),
            postOnly: false,
          },
          atUs: 1_700_000_000_000_000 + index,
        });
        const hold = emptyHold({ ...order, venue: listing.venue });
        items.push(...createOrderItems(order, hold));
      }
      const result = await state.transact(items);
      if (result.kind !== 'committed') throw new Error(`prefill: ${result.kind}`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
}
