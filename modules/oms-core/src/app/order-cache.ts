import type { OrderId } from '@ats/domain';
import type { StoredOrder } from '@ats/orders';

/**
 * The orders that were worked on last. What is in it may be old: the version that a transaction
 * demands tells, and the store's refusal brings the order as it is.
 */
export class OrderCache {
  private readonly most: number;
  private readonly orders = new Map<OrderId, StoredOrder>();

  /** @param options `ordersMax` is how many are kept; the one not used longest makes way. */
  constructor({ ordersMax }: { readonly ordersMax: number }) {
    this.most = ordersMax;
  }

  get size(): number {
    return this.orders.size;
  }

  get(orderId: OrderId): StoredOrder | undefined {
    return this.orders.get(orderId);
  }

  set(stored: StoredOrder): void {
    const { orderId } = stored.order;
    this.orders.delete(orderId);
    this.orders.set(orderId, stored);
    if (this.orders.size <= this.most) return;
    const oldest = this.orders.keys().next().value;
    if (oldest !== undefined) this.orders.delete(oldest);
  }

  delete(orderId: OrderId): void {
    this.orders.delete(orderId);
  }
}
