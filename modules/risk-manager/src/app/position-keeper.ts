import { type AssetId, Decimal, type Order, type OrderId } from '@ats/domain';
import { readOrderEvent } from '@ats/orders';
import type { Clock } from '@ats/runtime';
import type { LogRecord, StateStore } from '@ats/storage';
import { deltaOf } from '../domain/positions/order-fills.ts';
import { afterDelta, type PlacedPosition, placeKey } from '../domain/positions/position-book.ts';
import type { DayVolume, Volumes } from './day-volume.ts';
import type { Kept } from './log-follower.ts';
import { PositionStore, type StoredMark } from './position-store.ts';

/** Whoever has to know of positions and orders at the same moment: a fill is never in neither. */
export interface PositionListener {
  readonly volume: DayVolume;
  readonly dayOf: (atUs: number) => string;
  /** All positions as they are stored. */
  onLoaded(places: Iterable<PlacedPosition>): void;
  /** Orders of the log, and the positions that they have changed. */
  onCounted(orders: readonly Order[], places: Iterable<PlacedPosition>): void;
  /** Stores what was made of them; the log goes on after it. */
  keep(): Promise<void>;
}

/** Positions of every account, from the fills of orders on the log. */
export class PositionKeeper implements Kept<Order> {
  readonly topic = 'orders.events';
  private readonly store: PositionStore;
  private readonly clock: Clock;
  private readonly listener: PositionListener;
  private places = new Map<string, PlacedPosition>();

  constructor(options: {
    readonly state: StateStore;
    readonly clock: Clock;
    readonly listener: PositionListener;
  }) {
    this.store = new PositionStore(options.state);
    this.clock = options.clock;
    this.listener = options.listener;
  }

  /** Every position there is or was, in no order. */
  all(): readonly PlacedPosition[] {
    return [...this.places.values()];
  }

  read(record: LogRecord): Order {
    return readOrderEvent(record).order;
  }

  async load(): Promise<void> {
    const stored = await this.store.positions();
    this.places = new Map(stored.map((one) => [placeKey(one), one]));
    await this.listener.volume.load();
    this.listener.onLoaded(stored);
  }

  keep(): Promise<void> {
    return this.listener.keep();
  }

  async count(all: readonly Order[]): Promise<boolean> {
    // What has no fill says nothing of positions.
    const orders = all.filter(({ cumulativeQuantity }) => cumulativeQuantity.isPositive());
    const ids = [...new Set(orders.map(({ orderId }) => orderId))];
    const found = await Promise.all(ids.map((id) => this.store.mark(id)));
    const marks = new Map<OrderId, StoredMark & { readonly order?: Order }>(
      ids.map((id, index) => [id, found[index] as StoredMark]),
    );
    const places = new Map<string, PlacedPosition>();
    const volumes = new Map<string, Map<AssetId, Decimal>>();
    for (const order of orders) {
      const { mark, version } = marks.get(order.orderId) as StoredMark;
      const delta = deltaOf(mark, order);
      if (delta === undefined) continue;
      marks.set(order.orderId, { mark: delta.mark, version, order });
      const { accountId, terms } = order;
      const place = { accountId, venue: terms.venue, instrument: terms.instrument };
      const key = placeKey(place);
      places.set(key, afterDelta(places.get(key) ?? this.places.get(key) ?? place, delta));
      if (delta.fill !== undefined) this.addVolume(volumes, order, delta.fill.notional);
    }
    const changed = [...marks.values()].flatMap(({ order, ...one }) =>
      order === undefined ? [] : [{ ...one, order }],
    );
    if (changed.length > 0 && !(await this.save(places, changed, volumes))) return false;
    for (const [key, place] of places) this.places.set(key, place);
    this.listener.volume.add(volumes);
    this.listener.onCounted(all, places.values());
    return true;
  }

  private save(
    places: ReadonlyMap<string, PlacedPosition>,
    orders: readonly (StoredMark & { readonly order: Order })[],
    volumes: Volumes,
  ): Promise<boolean> {
    const more = this.listener.volume.items(volumes);
    const nowUs = this.clock.nowUs();
    return this.store.save({ places: places.values(), orders, more, nowUs });
  }

  private addVolume(
    volumes: Map<string, Map<AssetId, Decimal>>,
    { updatedAtUs, terms }: Order,
    notional: Decimal,
  ): void {
    const day = this.listener.dayOf(updatedAtUs);
    const money = terms.instrument.split('/')[1] as AssetId;
    const amounts = volumes.get(day) ?? new Map<AssetId, Decimal>();
    volumes.set(day, amounts.set(money, (amounts.get(money) ?? Decimal.ZERO).add(notional)));
  }
}
