import {
  type AccountId,
  type AssetId,
  Decimal,
  type Order,
  type OrderId,
  type VenueId,
} from '@ats/domain';
import {
  balancesPartition,
  openOrdersPartition,
  orderKey,
  readBalanceItem,
  readOrderItem,
} from '@ats/orders';
import type { Item, ItemQuery, StateStore } from '@ats/storage';
import type { LedgerSnapshot } from '../domain/comparison.ts';

const PAGE = 1000;

/** Reads what the ledger and the orders are now. */
export class LedgerReader {
  private readonly state: StateStore;
  private readonly accounts: readonly AccountId[];

  /** @param options `accounts` are all that can have money */
  constructor(options: { readonly state: StateStore; readonly accounts: readonly AccountId[] }) {
    this.state = options.state;
    this.accounts = options.accounts;
  }

  async snapshot(venue: VenueId): Promise<LedgerSnapshot> {
    const totals = new Map<AssetId, Decimal>();
    const openOrders = new Map<OrderId, Order>();
    for (const account of this.accounts) {
      const partition = balancesPartition(account);
      const query = { table: 'balances', partition, sortPrefix: `${venue}/` } as const;
      for (const item of await this.all(query)) {
        const { asset, available, reserved } = readBalanceItem(item);
        const sum = (totals.get(asset) ?? Decimal.ZERO).add(available).add(reserved);
        totals.set(asset, sum);
      }
      const open = await this.all({ table: 'orders', partition: openOrdersPartition(account) });
      for (const item of open) {
        if (item.attributes['venue'] !== venue) continue;
        const order = await this.order(item.key.sort as OrderId);
        if (order !== undefined) openOrders.set(order.orderId, order);
      }
    }
    return { totals, openOrders };
  }

  async order(orderId: OrderId): Promise<Order | undefined> {
    const item = await this.state.get(orderKey(orderId));
    return item === undefined ? undefined : readOrderItem(item).order;
  }

  private async all(query: ItemQuery): Promise<readonly Item[]> {
    const items: Item[] = [];
    let after: string | undefined;
    do {
      const page = await this.state.query({
        ...query,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      items.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return items;
  }
}
