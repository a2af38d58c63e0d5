import type { OrderRecord } from './order-record.ts';
import type { AccountTrade, ClientIdRule } from './orders.ts';

const DAY_US = 86_400_000_000;

export interface HistoryLimits {
  /** Orders that are done, remembered for queries; the oldest is forgotten first. */
  readonly closedOrdersMax: number;
  readonly tradesMax: number;
}

/** An account's orders and trades, by number and client order id, as many as may be kept. */
export class OrderHistory {
  readonly open = new Map<number, OrderRecord>();
  readonly trades: AccountTrade[] = [];
  private readonly closed = new Map<number, OrderRecord>();
  private readonly byClientId = new Map<string, OrderRecord>();
  private readonly limits: HistoryLimits;
  private readonly rule: ClientIdRule;

  constructor(limits: HistoryLimits, rule: ClientIdRule) {
    this.limits = limits;
    this.rule = rule;
  }

  order(number: number): OrderRecord | undefined {
    return this.open.get(number) ?? this.closed.get(number);
  }

  /** The newest order with this client order id. */
  ofClientId(clientOrderId: string): OrderRecord | undefined {
    return this.byClientId.get(clientOrderId);
  }

  /** Every order there is memory of, by number. */
  all(): readonly OrderRecord[] {
    const orders = [...this.closed.values(), ...this.open.values()];
    return orders.sort((a, b) => a.number - b.number);
  }

  /** Whether a client order id may not be used for another order at `nowUs`. */
  isTaken(clientOrderId: string, nowUs: number): boolean {
    const holder = this.byClientId.get(clientOrderId);
    if (holder === undefined) return false;
    if (this.rule === 'when-done') return holder.state === 'open';
    if (this.rule === 'never') return true;
    return Math.floor(holder.createdUs / DAY_US) === Math.floor(nowUs / DAY_US);
  }

  add(order: OrderRecord): void {
    this.open.set(order.number, order);
    if (order.clientOrderId !== undefined) this.byClientId.set(order.clientOrderId, order);
  }

  addTrade(trade: AccountTrade): void {
    this.trades.push(trade);
    if (this.trades.length > this.limits.tradesMax) this.trades.shift();
  }

  /** Forgets an order that the market refused, as if it had never been. */
  withdraw(order: OrderRecord): void {
    this.open.delete(order.number);
    this.forgetClientId(order);
  }

  close(order: OrderRecord): void {
    this.open.delete(order.number);
    this.closed.set(order.number, order);
    if (this.closed.size <= this.limits.closedOrdersMax) return;
    for (const oldest of this.closed.values()) {
      this.closed.delete(oldest.number);
      this.forgetClientId(oldest);
      return;
    }
  }

  private forgetClientId(order: OrderRecord): void {
    const { clientOrderId } = order;
    if (clientOrderId === undefined || this.byClientId.get(clientOrderId) !== order) return;
    this.byClientId.delete(clientOrderId);
  }
}
