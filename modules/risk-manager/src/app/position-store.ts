import {
  accountId,
  assetId,
  Decimal,
  hasEnded,
  type InstrumentId,
  type Order,
  type OrderId,
  venueId,
} from '@ats/domain';

import type { Item, ItemKey, StateStore, TransactItem } from '@ats/storage';
import { z } from 'zod';
import { NOTHING_COUNTED, type OrderMark } from '../domain/positions/order-fills.ts';
import { type PlacedPosition, placeKey } from '../domain/positions/position-book.ts';

/** How long an order that has ended is known: its events come again soon or not at all. */
const ENDED_KEPT_US = 7 * 86_400_000_000;
const PAGE = 1000;

const decimal = z.string().transform(Decimal.parse);
const fee = z.object({ asset: z.string().transform(assetId), amount: decimal });
const markSchema = z.object({
  version: z.int(),
  quantity: decimal,
  notional: decimal,
  fees: z.array(fee),
});
const placeSchema = z.object({
  accountId: z.string().transform(accountId),
  venue: z.string().transform(venueId),
  instrument: z.string().transform((text) => text as InstrumentId),
  position: z.object({ quantity: decimal, cash: decimal, cost: decimal }),
  fees: z.array(fee),
});

/** A mark as it is stored, and what it takes to replace it. */
export interface StoredMark {
  readonly mark: OrderMark;
  /** Undefined where nothing is stored. */
  readonly version: number | undefined;
}

const markKey = (orderId: OrderId): ItemKey => {
  return { table: 'risk', partition: `order/${orderId}`, sort: '' };
};

/** Positions, and how far each order is counted in them: changed together or not at all. */
export class PositionStore {
  private readonly state: StateStore;

  constructor(state: StateStore) {
    this.state = state;
  }

  async positions(): Promise<readonly PlacedPosition[]> {
    const found: PlacedPosition[] = [];
    let after: string | undefined;
    do {
      const page = await this.state.query({
        ...{ table: 'risk', partition: 'positions', limit: PAGE },
        ...(after === undefined ? {} : { after }),
      });
      found.push(...page.items.map(placedOf));
      after = page.next;
    } while (after !== undefined);
    return found;
  }

  async mark(orderId: OrderId): Promise<StoredMark> {
    const item = await this.state.get(markKey(orderId));
    if (item === undefined) return { mark: NOTHING_COUNTED, version: undefined };
    return { mark: markSchema.parse(jsonOf(item)), version: item.version };
  }

  /** @returns false when another instance has counted some of it meanwhile */
  async save(changes: {
    readonly places: Iterable<PlacedPosition>;
    readonly orders: readonly (StoredMark & { readonly order: Order })[];
    /** Steps of others that belong to it. */
    readonly more: readonly TransactItem[];
    readonly nowUs: number;
  }): Promise<boolean> {
    const items = [
      ...[...changes.places].map(placeItem),
      ...changes.orders.map((one) => markItem(one, changes.nowUs)),
      ...changes.more,
    ];
    for (;;) {
      const result = await this.state.transact(items);
      if (result.kind !== 'conflict') return result.kind === 'committed';
    }
  }
}

const jsonOf = ({ attributes }: Item): unknown => JSON.parse(String(attributes['json']));

function placedOf(item: Item): PlacedPosition {
  const { fees, ...place } = placeSchema.parse(jsonOf(item));
  return { ...place, fees: new Map(fees.map((one) => [one.asset, one.amount])) };
}

function placeItem({ fees, ...place }: PlacedPosition): TransactItem {
  const listed = [...fees].map(([asset, amount]) => ({ asset, amount }));
  return {
    kind: 'update',
    key: { table: 'risk', partition: 'positions', sort: placeKey(place) },
    set: { json: JSON.stringify({ ...place, fees: listed }) },
  };
}

function markItem(
  { mark, version, order }: StoredMark & { readonly order: Order },
  nowUs: number,
): TransactItem {
  const what = {
    key: markKey(order.orderId),
    attributes: { json: JSON.stringify(mark) },
    ...(hasEnded(order) ? { expiresAtUs: nowUs + ENDED_KEPT_US } : {}),
  };
  return version === undefined
    ? { kind: 'create', ...what }
    : { kind: 'replace', ifVersion: version, ...what };
}
