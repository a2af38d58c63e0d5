import { type AtsError, type Order, type OrderId, orderId, type RequestId } from '@ats/domain';
import { orderKey, readOrderItem } from '@ats/orders';
import type { Item, ItemKey, StateStore, TransactItem } from '@ats/storage';
import { refusal } from '../domain/refusals.ts';

/** What a request id stands for once it was taken. */
export interface Remembered {
  readonly accountId: string;
  readonly requestId: RequestId;
  /** Of what the request asked for. */
  readonly digest: string;
  /** The orders that it made or changed. */
  readonly orderIds: readonly OrderId[];
}

const keyOf = ({ accountId, requestId }: Pick<Remembered, 'accountId' | 'requestId'>): ItemKey => ({
  table: 'idempotency',
  partition: `${accountId}/${requestId}`,
  sort: '',
});

/** What is stored of a request. */
export function rememberedItem(remembered: Remembered) {
  const { digest, orderIds } = remembered;
  return { key: keyOf(remembered), attributes: { digest, orders: orderIds.join(' ') } };
}

/** The step that refuses a transaction whose request was taken before. */
export function rememberItem(remembered: Remembered, expiresAtUs: number): TransactItem {
  return { kind: 'create', ...rememberedItem(remembered), expiresAtUs };
}

/** What was made of the request the first time: its orders as they stand, or a refusal. */
export type Repeat =
  | { readonly kind: 'repeated'; readonly orders: readonly Order[] }
  | { readonly kind: 'reused'; readonly error: AtsError };

/** Answers a request whose id is there already. @throws STORAGE_UNAVAILABLE */
export async function repeatOf(
  state: Pick<StateStore, 'get'>,
  { asked, item }: { readonly asked: Remembered; readonly item: Item },
): Promise<Repeat> {
  const { digest, orders: listed } = item.attributes;
  if (digest !== asked.digest) return { kind: 'reused', error: reused(asked.requestId) };
  const ids = typeof listed === 'string' ? listed.split(' ').map(orderId) : [];
  const items = await Promise.all(ids.map((id) => state.get(orderKey(id))));
  const orders = items.flatMap((one) => (one === undefined ? [] : readOrderItem(one).order));
  return { kind: 'repeated', orders };
}

/** Looks whether the request was taken before; for requests that would be refused otherwise. */
export async function findRepeat(
  state: Pick<StateStore, 'get'>,
  asked: Remembered,
): Promise<Repeat | undefined> {
  const item = await state.get(keyOf(asked));
  return item === undefined ? undefined : repeatOf(state, { asked, item });
}

export function reused(requestId: RequestId): AtsError {
  return refusal({
    code: 'REQUEST_ID_REUSED',
    message: `requestId "${requestId}" was used before, for another request`,
    remedy: 'Give each request an id of its own; repeat one only with the very same contents.',
    field: 'requestId',
    value: requestId,
  });
}
