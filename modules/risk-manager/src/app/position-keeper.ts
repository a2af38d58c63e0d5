import { type AssetId, Decimal, type Order, type OrderId } from '@ats/domain';
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
import { type Holding, PositionSums } from '../domain/positions/position-sums.ts';
import type { DayVolume, Volumes } from './day-volume.ts';
import type { Kept } from './log-follower.ts';
import { PositionStore, type StoredMark } from './position-store.ts';

const placeOf = ({ accountId, terms: { venue, instrument } }: Order): Place => {
  return { accountId, venue, instrument };
};

/** What has no fill says nothing of positions. */
const isFilled = ({ cumulativeQuantity }: Order): boolean => cumulativeQuantity.isPositive();

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

/** What orders change, to be stored together. */
interface Changes {
  readonly places: ReadonlyMap<string, PlacedPosition>;
  readonly orders: readonly (StoredMark & { readonly order: Order })[];
  readonly volumes: Volumes;
}

/** Positions of every account, from the fills of orders on the log. */
export class PositionKeeper implements Kept<Order> {
  readonly topic = 'orders.events';
  private readonly store: PositionStore;
  private readonly clock: Clock;
  private readonly listener: PositionListener;
  private places = new Map<string, PlacedPosition>();
  /** What is being stored, and will then be in `places`. */
  private storing: Promise<unknown> = Promise.resolve();
  private sums = new PositionSums();

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

  /**
   * How much of each order's fills is counted, in the same order. Positions that are read after it
   * have at least that much.
   */
  async counted(orderIds: readonly OrderId[]): Promise<readonly Decimal[]> {
    const found = await Promise.all(orderIds.map((id) => this.store.mark(id)));
    // What a mark tells may be stored and not remembered yet.
    await this.storing.catch(() => undefined);
    return found.map(({ mark }) => mark.quantity);
  }

  /** All of them added up by market. */
  byMarket(): readonly Holding[] {
    return this.sums.all();
  }

  read(record: LogRecord): Order {
    return readOrderEvent(record).order;
  }

  async load(): Promise<void> {
    const stored = await this.store.positions();
    this.places = new Map(stored.map((one) => [placeKey(one), one]));
    this.sums = new PositionSums();
    for (const one of stored) this.sums.replace(undefined, one);
    await this.listener.volume.load();
    this.listener.onLoaded(stored);
  }

  keep(): Promise<void> {
    return this.listener.keep();
  }

  /** Of an order: itself, its place and the volume of its day. */
  itemsOf(order: Order): readonly string[] {
    if (!isFilled(order)) return [];
    return [order.orderId, placeKey(placeOf(order)), this.listener.dayOf(order.updatedAtUs)];
  }

  async count(all: readonly Order[]): Promise<boolean> {
    const changes = await this.changesOf(all.filter(isFilled));
    if (changes.orders.length > 0) {
      const storing = this.save(changes);
      this.storing = storing;
      if (!(await storing)) return false;
    }
    this.listener.onCounted(all, changes.places.values());
    return true;
  }

  private async changesOf(orders: readonly Order[]): Promise<Changes> {
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
      const place = placeOf(order);
      const key = placeKey(place);
      places.set(key, afterDelta(places.get(key) ?? this.places.get(key) ?? place, delta));
      if (delta.fill !== undefined) this.addVolume(volumes, order, delta.fill.notional);
    }
    const changed = [...marks.values()].flatMap(({ order, ...one }) =>
      order === undefined ? [] : [{ ...one, order }],
    );
    return { places, orders: changed, volumes };
  }

  private async save({ places, orders, volumes }: Changes): Promise<boolean> {
    const more = this.listener.volume.items(volumes);
    const nowUs = this.clock.nowUs();
    const saved = await this.store.save({ places: places.values(), orders, more, nowUs });
    if (!saved) return false;
    for (const [key, place] of places) this.remember(key, place);
    this.listener.volume.add(volumes);
    return true;
  }

  private remember(key: string, place: PlacedPosition): void {
    this.sums.replace(this.places.get(key), place);
    this.places.set(key, place);
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
