import type { Order, OrderId } from '@ats/domain';
import { readOrderEvent } from '@ats/orders';
import type { Clock } from '@ats/runtime';
import type { LogRecord, StateStore } from '@ats/storage';
import { deltaOf } from '../domain/positions/order-fills.ts';
import {
  afterDelta,
  type Place,
  type PlacedPosition,
  placeKey,
} from '../domain/positions/position-book.ts';
import { inTransactions } from './in-transactions.ts';
import type { Kept } from './log-follower.ts';
import { PositionStore, type StoredMark } from './position-store.ts';

const placeOf = ({ accountId, terms: { venue, instrument } }: Order): Place => {
  return { accountId, venue, instrument };
};

/** Positions of every account, from the fills of orders on the log. */
export class PositionKeeper implements Kept<Order> {
  readonly topic = 'orders.events';
  private readonly store: PositionStore;
  private readonly clock: Clock;
  private places = new Map<string, PlacedPosition>();

  constructor(options: { readonly state: StateStore; readonly clock: Clock }) {
    this.store = new PositionStore(options.state);
    this.clock = options.clock;
  }

  /** Every position there is or was, in no order. */
  all(): readonly PlacedPosition[] {
    return [...this.places.values()];
  }

  read(record: LogRecord): Order | undefined {
    const { order } = readOrderEvent(record);
    // What has no fill says nothing of positions.
    return order.cumulativeQuantity.isZero() ? undefined : order;
  }

  async load(): Promise<void> {
    const stored = await this.store.positions();
    this.places = new Map(stored.map((one) => [placeKey(one), one]));
  }

  async count(orders: readonly Order[]): Promise<boolean> {
    const itemsOf = (order: Order): readonly string[] => [order.orderId, placeKey(placeOf(order))];
    for (const part of inTransactions(orders, itemsOf)) {
      if (!(await this.countTogether(part))) return false;
    }
    return true;
  }

  private async countTogether(orders: readonly Order[]): Promise<boolean> {
    const ids = [...new Set(orders.map(({ orderId }) => orderId))];
    const found = await Promise.all(ids.map((id) => this.store.mark(id)));
    const marks = new Map<OrderId, StoredMark & { readonly order?: Order }>(
      ids.map((id, index) => [id, found[index] as StoredMark]),
    );
    const places = new Map<string, PlacedPosition>();
    for (const order of orders) {
      const { mark, version } = marks.get(order.orderId) as StoredMark;
      const delta = deltaOf(mark, order);
      if (delta === undefined) continue;
      marks.set(order.orderId, { mark: delta.mark, version, order });
      const place = placeOf(order);
      const key = placeKey(place);
      places.set(key, afterDelta(places.get(key) ?? this.places.get(key) ?? place, delta));
    }
    const changed = [...marks.values()].flatMap(({ order, ...one }) =>
      order === undefined ? [] : [{ ...one, order }],
    );
    if (changed.length === 0) return true;
    const nowUs = this.clock.nowUs();
    const saved = await this.store.save({ places: places.values(), orders: changed, nowUs });
    if (saved) for (const [key, place] of places) this.places.set(key, place);
    return saved;
  }
}
