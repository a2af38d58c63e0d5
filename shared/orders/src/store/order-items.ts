import { orderFromWire, orderToWire, wireCodec } from '@ats/contracts';
import {
  type AccountId,
  type AssetId,
  AtsError,
  Decimal,
  type ExecutionId,
  hasEnded,
  type Order,
  type OrderId,
} from '@ats/domain';
import type { Item, ItemKey, TransactItem } from '@ats/storage';
import type { Hold } from '../domain/hold.ts';

const CODEC = wireCodec('ats.order.v1.Order');

/** Inputs that an order remembers, so that it knows a repeat. Fills are remembered for ever. */
export const APPLIED_INPUTS_MAX = 64;
/** What the detail of an event begins with that tells of a refused wish. */
export const refusalWords = (inputId: string): string => `${inputId} refused: `;

/** Digits of microseconds since the epoch, so that texts sort as times do. */
const TIME_DIGITS = 17;

export const orderKey = (orderId: OrderId): ItemKey => ({
  table: 'orders',
  partition: orderId,
  sort: 'order',
});

/** The item whose existence says that a fill is booked. */
export const executionKey = (fill: {
  readonly orderId: OrderId;
  readonly executionId: ExecutionId;
}): ItemKey => ({ table: 'orders', partition: fill.orderId, sort: `fill/${fill.executionId}` });

/** Partition that lists an account's orders, by time of creation. */
export const accountOrdersPartition = (accountId: AccountId): string => `account/${accountId}`;
/** Partition that lists an account's orders which have not ended, by order id. */
export const openOrdersPartition = (accountId: AccountId): string => `open/${accountId}`;

const listedKey = (order: Order): ItemKey => ({
  table: 'orders',
  partition: accountOrdersPartition(order.accountId),
  sort: `${String(order.createdAtUs).padStart(TIME_DIGITS, '0')}/${order.orderId}`,
});

const openKey = (order: Order): ItemKey => ({
  table: 'orders',
  partition: openOrdersPartition(order.accountId),
  sort: order.orderId,
});

/** @returns the order that an item of the partitions above stands for */
export function listedOrderId(item: Item): OrderId {
  return item.key.sort.slice(item.key.sort.indexOf('/') + 1) as OrderId;
}

/** What is kept of an order besides itself. */
export interface OrderState {
  readonly order: Order;
  readonly hold: Hold;
  /** Units of base that its venue has filled and that have not arrived; funds stay held for it. */
  readonly missingQuantity?: Decimal;
  /** What was applied last, oldest first, so that a repeat is recognised; fills have own items. */
  readonly applied?: readonly string[];
}

/** An order as it is stored: what it is, what is reserved for it, and the version to replace. */
export interface StoredOrder extends Required<OrderState> {
  readonly itemVersion: number;
}

function attributesOf(state: OrderState): Record<string, string | Uint8Array> {
  const { order, hold, missingQuantity = Decimal.ZERO, applied = [] } = state;
  return {
    order: CODEC.encode(orderToWire(order)),
    hold: JSON.stringify(hold.parts.map(({ asset, amount }) => [asset, amount.toString()])),
    status: order.status,
    ...(missingQuantity.isZero() ? {} : { missing: missingQuantity.toString() }),
    ...(applied.length === 0 ? {} : { applied: JSON.stringify(applied) }),
  };
}

/** The steps that store a new order and list it as open; they refuse when it is there already. */
export function createOrderItems(order: Order, hold: Hold): readonly TransactItem[] {
  return orderItems({ order, hold }).map((item) => ({ kind: 'create', ...item }));
}

/** Every item that an order has, however it came about. */
export function orderItems(
  state: OrderState,
): readonly { readonly key: ItemKey; readonly attributes: Record<string, string | Uint8Array> }[] {
  const { order } = state;
  const listed = { key: listedKey(order), attributes: {} };
  const stored = { key: orderKey(order.orderId), attributes: attributesOf(state) };
  if (hasEnded(order)) return [stored, listed];
  return [stored, listed, { key: openKey(order), attributes: { venue: order.terms.venue } }];
}

/** The steps that store a changed order; they refuse when someone else has changed it meanwhile. */
export function replaceOrderItems(
  before: StoredOrder,
  changed: OrderState,
): readonly TransactItem[] {
  const { order } = changed;
  const replace: TransactItem = {
    kind: 'replace',
    key: orderKey(order.orderId),
    ifVersion: before.itemVersion,
    attributes: attributesOf(changed),
  };
  const [was, is] = [hasEnded(before.order), hasEnded(order)];
  if (was === is) return [replace];
  const key = openKey(order);
  if (is) return [replace, { kind: 'delete', key }];
  return [replace, { kind: 'update', key, set: { venue: order.terms.venue } }];
}

/** @throws MESSAGE_MALFORMED when the item is no order */
export function readOrderItem(item: Item): StoredOrder {
  const { order: bytes, hold: parts, missing, applied } = item.attributes;
  if (!(bytes instanceof Uint8Array) || typeof parts !== 'string') {
    throw new AtsError({
      code: 'MESSAGE_MALFORMED',
      message: `item ${item.key.partition} of table orders is no order`,
      remedy: 'Restore the state store from a backup; its contents were changed from outside.',
      context: { field: 'orders', value: item.key.partition },
    });
  }
  const order = orderFromWire(CODEC.decode(bytes));
  const held = JSON.parse(parts) as readonly (readonly [string, string])[];
  const hold: Hold = {
    orderId: order.orderId,
    accountId: order.accountId,
    venue: order.terms.venue,
    parts: held.map(([asset, amount]) => ({
      asset: asset as AssetId,
      amount: Decimal.parse(amount),
    })),
  };
  return {
    order,
    hold,
    missingQuantity: typeof missing === 'string' ? Decimal.parse(missing) : Decimal.ZERO,
    applied: typeof applied === 'string' ? (JSON.parse(applied) as readonly string[]) : [],
    itemVersion: item.version,
  };
}
