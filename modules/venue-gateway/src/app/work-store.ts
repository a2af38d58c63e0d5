import { orderFromWire, orderToWire, wireCodec } from '@ats/contracts';
import {
  type AssetId,
  assert,
  Decimal,
  type Fee,
  type Order,
  type OrderId,
  type Replacement,
  type RequestId,
  type VenueId,
} from '@ats/domain';
import type { Cause } from '@ats/orders';
import type { Attribute, Item, ItemKey, StateStore, TransactItem } from '@ats/storage';
import type { WorkEnd } from '../domain/order-end.ts';

const ORDER = wireCodec('ats.order.v1.Order');
const CONFLICTS_MAX = 20;
const PAGE = 1000;

/** An order that is at its venue or on its way, as it survives a crash. */
export interface WorkItem extends Cause {
  /** As it was when it was handed over. */
  readonly order: Order;
  readonly createdAtUs: number;
  /** Known of orders that stood for a while. */
  readonly venueOrderId: string | undefined;
  readonly cancel: RequestId | undefined;
  readonly replace: Replacement | undefined;
  /** Version of the order that the newest wish came with; 0 while there was none. */
  readonly wishVersion: number;
  /** Fees of fills that were attributed and may have been reported, by trade id. */
  readonly fees: ReadonlyMap<string, Fee>;
}

/** What is remembered of an order whose work is over. */
export interface DoneOrder extends Cause {
  readonly order: Order;
  readonly end: WorkEnd;
  readonly venueOrderId: string;
}

export type Begun =
  | { readonly kind: 'begun' }
  /** It is there already: it may have been sent. */
  | { readonly kind: 'there' }
  /** It was carried to its end before. */
  | { readonly kind: 'done' };

/** The orders at work at one venue, in the state store: said before the first byte leaves. */
export class WorkStore {
  private readonly state: StateStore;
  private readonly venue: VenueId;
  private readonly doneKeepMs: number;
  private readonly holder: string;

  /**
   * @param options `doneKeepMs`: how long an order that is over is known, and never sent again;
   *   `holder`: whose work this run's is, a name that no other run ever has
   */
  constructor(options: {
    readonly state: StateStore;
    readonly venue: VenueId;
    readonly doneKeepMs: number;
    readonly holder: string;
  }) {
    this.state = options.state;
    this.venue = options.venue;
    this.doneKeepMs = options.doneKeepMs;
    this.holder = options.holder;
  }

  /** Makes the work item unless the order was ever at work. Resolves when that is durable. */
  async begin(
    item: Cause & { readonly order: Order; readonly createdAtUs: number },
  ): Promise<Begun> {
    const done = doneKey(this.venue, item.order.orderId);
    const { key, attributes } = workItem(this.venue, item);
    const result = await this.transact([
      { kind: 'check', key: done, conditions: [{ kind: 'absent' }] },
      { kind: 'create', key, attributes: { ...attributes, holder: this.holder } },
    ]);
    if (result.kind === 'committed') return { kind: 'begun' };
    const isDone = result.refusals.some(({ key }) => key.partition === done.partition);
    return { kind: isDone ? 'done' : 'there' };
  }

  /** From now on the work is this run's, whoever began it. @returns whether it is still at work */
  claim(orderId: OrderId): Promise<boolean> {
    return this.update(orderId, { holder: this.holder });
  }

  /** Whether the order is at work and no other run has claimed it. */
  async isOurs(orderId: OrderId): Promise<boolean> {
    const item = await this.state.get(workKey(this.venue, orderId));
    return item?.attributes['holder'] === this.holder;
  }

  /** Keeps a wish about an order at work. @returns whether it is still at work */
  async keepWish(
    orderId: OrderId,
    wish: { readonly version: number } & (
      | { readonly cancel: RequestId }
      | { readonly replace: Replacement }
    ),
  ): Promise<boolean> {
    const set: Record<string, string> =
      'cancel' in wish
        ? { cancel: wish.cancel }
        : { replace: JSON.stringify(replaceText(wish.replace)) };
    return this.update(orderId, { ...set, wishVersion: String(wish.version) });
  }

  keepVenueOrderId(orderId: OrderId, venueOrderId: string): Promise<boolean> {
    return this.update(orderId, { venueOrderId });
  }

  /** The replace was answered. */
  async dropReplace(orderId: OrderId): Promise<void> {
    const conditions = [{ kind: 'exists' }] as const;
    const key = workKey(this.venue, orderId);
    await this.transact([{ kind: 'update', key, remove: ['replace'], conditions }]);
  }

  /** @returns whether the order is still at work */
  async keepFees(orderId: OrderId, fees: ReadonlyMap<string, Fee>): Promise<boolean> {
    const texts = [...fees].map(([id, { asset, amount }]) => [id, asset, amount.toString()]);
    return this.update(orderId, { fees: JSON.stringify(texts) });
  }

  /** The order's end was reported: it is at work no more, and never will be again. */
  async finish(done: DoneOrder, nowUs: number): Promise<void> {
    const { order } = done;
    const expiresAtUs = nowUs + this.doneKeepMs * 1000;
    const [memory, alias] = doneItems(this.venue, done);
    const steps: TransactItem[] = [
      { kind: 'delete', key: workKey(this.venue, order.orderId) },
      ...(memory === undefined ? [] : [{ kind: 'create', ...memory, expiresAtUs } as const]),
    ];
    if (alias === undefined) {
      await this.transact(steps);
      return;
    }
    const { key } = alias;
    const result = await this.transact([...steps, { kind: 'create', ...alias, expiresAtUs }]);
    if (result.kind === 'committed') return;
    // Either an earlier try was committed after all, or the venue gives an id for the second time.
    const taken = result.refusals.find((refusal) => refusal.key.partition === key.partition);
    if (result.refusals.length > 1 || taken?.current === undefined) return;
    const ifVersion = taken.current.version;
    await this.transact([...steps, { kind: 'replace', ifVersion, ...alias, expiresAtUs }]);
  }

  async doneOrder(orderId: OrderId): Promise<DoneOrder | undefined> {
    const item = await this.state.get(doneKey(this.venue, orderId));
    if (item === undefined) return undefined;
    return {
      order: readOrder(item.attributes['order']),
      correlationId: text(item.attributes['correlationId']),
      traceparent: text(item.attributes['traceparent']) || undefined,
      end: text(item.attributes['end']) as WorkEnd,
      venueOrderId: text(item.attributes['venueOrderId']),
    };
  }

  async doneOrderAtVenue(venueOrderId: string): Promise<DoneOrder | undefined> {
    const alias = await this.state.get(aliasKey(this.venue, venueOrderId));
    if (alias === undefined) return undefined;
    return this.doneOrder(text(alias.attributes['orderId']) as OrderId);
  }

  /** Every order at work, as an earlier run left them. */
  async all(): Promise<readonly WorkItem[]> {
    const found: WorkItem[] = [];
    let after: string | undefined;
    do {
      const page = await this.state.query({
        table: 'orders',
        partition: `work/${this.venue}`,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const item of page.items) found.push(readWork(item));
      after = page.next;
    } while (after !== undefined);
    return found;
  }

  /** Up to when all fills of the venue were read, microseconds; undefined when never. */
  async cursor(): Promise<number | undefined> {
    const item = await this.state.get(cursorKey(this.venue));
    return item === undefined ? undefined : Number(text(item.attributes['readUpToUs']));
  }

  async keepCursor(readUpToUs: number): Promise<void> {
    const { key, attributes: set } = cursorItem(this.venue, readUpToUs);
    await this.transact([{ kind: 'update', key, set }]);
  }

  private async update(orderId: OrderId, set: Record<string, string>): Promise<boolean> {
    const result = await this.transact([
      { kind: 'update', key: workKey(this.venue, orderId), set, conditions: [{ kind: 'exists' }] },
    ]);
    return result.kind === 'committed';
  }

  private async transact(items: readonly TransactItem[]) {
    for (let tries = 0; ; tries += 1) {
      const result = await this.state.transact(items);
      if (result.kind !== 'conflict') return result;
      assert(tries < CONFLICTS_MAX, 'a work item stays in conflict', { venue: this.venue });
    }
  }
}

const workKey = (venue: VenueId, orderId: OrderId): ItemKey => ({
  table: 'orders',
  partition: `work/${venue}`,
  sort: orderId,
});

const doneKey = (venue: VenueId, orderId: OrderId): ItemKey => ({
  table: 'orders',
  partition: `done/${venue}/${orderId}`,
  sort: 'order',
});

const aliasKey = (venue: VenueId, venueOrderId: string): ItemKey => ({
  table: 'orders',
  partition: `venue-order/${venue}/${venueOrderId}`,
  sort: 'order',
});

const cursorKey = (venue: VenueId): ItemKey => ({
  table: 'orders',
  partition: `venue/${venue}`,
  sort: 'fills-cursor',
});

/** What is stored of an order at work; `latest` has the wishes that its venue has not answered. */
export function workItem(
  venue: VenueId,
  item: Cause & {
    readonly order: Order;
    readonly createdAtUs: number;
    readonly latest?: Order;
  },
) {
  const { order, correlationId, traceparent, createdAtUs, latest = order } = item;
  const { pendingCancel, pendingReplace } = latest.progress;
  const wished = pendingCancel !== undefined || pendingReplace !== undefined;
  return {
    key: workKey(venue, order.orderId),
    attributes: {
      order: ORDER.encode(orderToWire(order)),
      correlationId,
      ...(traceparent === undefined ? {} : { traceparent }),
      createdAtUs: BigInt(createdAtUs),
      ...(latest.venueOrderId === undefined ? {} : { venueOrderId: latest.venueOrderId }),
      ...(pendingCancel === undefined ? {} : { cancel: pendingCancel }),
      ...(pendingReplace && { replace: JSON.stringify(replaceText(pendingReplace)) }),
      ...(wished ? { wishVersion: String(latest.version) } : {}),
    },
  };
}

/** The memory of an order that is over, and what finds it by the venue's id, if that is known. */
export function doneItems(venue: VenueId, { order, traceparent, ...done }: DoneOrder) {
  const memory = {
    key: doneKey(venue, order.orderId),
    attributes: {
      ...{ order: ORDER.encode(orderToWire(order)), ...done },
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  };
  if (done.venueOrderId === '') return [memory];
  const key = aliasKey(venue, done.venueOrderId);
  return [memory, { key, attributes: { orderId: order.orderId } }];
}

/** Up to when all fills of a venue were read, microseconds since the epoch. */
export const cursorItem = (venue: VenueId, readUpToUs: number) => ({
  key: cursorKey(venue),
  attributes: { readUpToUs: String(readUpToUs) },
});

const text = (value: Attribute | undefined): string => (typeof value === 'string' ? value : '');

function readOrder(value: Attribute | undefined): Order {
  assert(value instanceof Uint8Array, 'a work item holds its order');
  return orderFromWire(ORDER.decode(value));
}

const replaceText = ({ requestId, quantity, limitPrice }: Replacement) => [
  requestId,
  quantity.toString(),
  limitPrice?.toString() ?? '',
];

function readWork({ attributes }: Item): WorkItem {
  const { createdAtUs } = attributes;
  const cancel = text(attributes['cancel']);
  const replace = text(attributes['replace']);
  const fees = JSON.parse(text(attributes['fees']) || '[]') as [string, AssetId, string][];
  return {
    order: readOrder(attributes['order']),
    correlationId: text(attributes['correlationId']),
    traceparent: text(attributes['traceparent']) || undefined,
    createdAtUs: createdAtUs instanceof Decimal ? createdAtUs.toNumber() : 0,
    venueOrderId: text(attributes['venueOrderId']) || undefined,
    cancel: cancel === '' ? undefined : (cancel as RequestId),
    replace: replace === '' ? undefined : readReplace(replace),
    wishVersion: Number(text(attributes['wishVersion'])),
    fees: new Map(
      fees.map(([id, asset, amount]) => [id, { asset, amount: Decimal.parse(amount) }]),
    ),
  };
}

function readReplace(json: string): Replacement {
  const [requestId = '', quantity = '0', price = ''] = JSON.parse(json) as readonly string[];
  return {
    requestId: requestId as RequestId,
    quantity: Decimal.parse(quantity),
    limitPrice: price === '' ? undefined : Decimal.parse(price),
  };
}
