import type { OrderId } from '@ats/domain';
import type { StoredOrder } from '@ats/orders';
import { RecentMap } from '@ats/runtime';

/**
 * The orders that were worked on last. What is in it may be old: the version that a transaction
 * demands tells, and the store's refusal brings the order as it is.
 */
export class OrderCache {
  private madeWay = 0;
  private readonly orders: RecentMap<OrderId, StoredOrder>;

  /** @param options `ordersMax` is how many are kept; the one not used longest makes way. */
  constructor({ ordersMax }: { readonly ordersMax: number }) {
    this.orders = new RecentMap({ most: ordersMax });
  }

  /** How often one made way for another. */
  get evicted(): number {
    return this.madeWay;
  }

  get size(): number {
    return this.orders.size;
  }

  get(orderId: OrderId): StoredOrder | undefined {
    return this.orders.get(orderId);
  }

  set(stored: StoredOrder): void {
    if (this.orders.set(stored.order.orderId, stored) !== undefined) this.madeWay += 1;
  }

  delete(orderId: OrderId): void {
    this.orders.delete(orderId);
  }
}
