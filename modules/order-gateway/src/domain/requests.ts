import { hash } from 'node:crypto';
import type {
  AccountId,
  AtsError,
  Decimal,
  NewOrder,
  OrderId,
  OrderPurpose,
  RequestId,
  TradeId,
} from '@ats/domain';
import { refusal } from './refusals.ts';

/** Orders that one request may hold: its transaction stays within what stores take. */
export const ORDERS_MAX = 16;
/** Longest id that a client may choose, in characters. */
export const ID_LENGTH_MAX = 128;
/** Printable ASCII without the space: it goes into keys, logs and headers as it is. */
export const ID_PATTERN = /^[!-~]+$/;
export const ACCOUNT_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Leads from a request to what it caused. */
interface Traced {
  readonly correlationId: string;
  readonly traceparent?: string | undefined;
}

/** One order, or the legs of one trade: all are taken or none. */
export interface SubmitRequest extends Traced {
  readonly requestId: RequestId;
  readonly accountId: AccountId;
  /** 1 to `ORDERS_MAX`. */
  readonly orders: readonly NewOrder[];
  readonly tradeId: TradeId | undefined;
  readonly purpose: OrderPurpose;
  /** They expire unless they have left by then; microseconds since the epoch, 0 for no limit. */
  readonly sendBeforeUs: number;
  /** What risk signed for the orders; undefined: risk is asked. Unwinds need none. */
  readonly approval: string | undefined;
}

/** A wish about an order that exists. */
export interface CancelRequest extends Traced {
  readonly requestId: RequestId;
  readonly orderId: OrderId;
  /** Whether the asker may touch an account's orders; others' are unknown to it. */
  readonly owns?: (accountId: AccountId) => boolean;
}

export interface ReplaceRequest extends CancelRequest {
  /** Units of base, what is filled already included. */
  readonly quantity: Decimal;
  /** Quote per base. */
  readonly limitPrice: Decimal;
}

const digest = (parts: readonly unknown[]): string =>
  hash('sha256', JSON.stringify(parts), 'base64url');

const numberText = (value: Decimal | undefined): string => value?.normalized().toString() ?? '';

/** Equal for requests that ask for the same: numbers count, not how they are written. */
export function submitDigest(request: SubmitRequest): string {
  const { accountId, tradeId = '', purpose, sendBeforeUs } = request;
  const orders = request.orders.map((order) => [
    order.clientOrderId,
    order.venue,
    order.instrument,
    order.side,
    order.type,
    order.timeInForce,
    numberText(order.quantity),
    numberText(order.limitPrice),
    order.postOnly,
  ]);
  return digest(['submit', accountId, tradeId, purpose, sendBeforeUs, orders]);
}

export const cancelDigest = ({ orderId }: CancelRequest): string => digest(['cancel', orderId]);

export const replaceDigest = ({ orderId, quantity, limitPrice }: ReplaceRequest): string =>
  digest(['replace', orderId, numberText(quantity), numberText(limitPrice)]);

/** @returns what is wrong with an id that a client chose, if anything */
export function checkId(field: string, value: string): AtsError | undefined {
  if (value.length <= ID_LENGTH_MAX && ID_PATTERN.test(value)) return undefined;
  const expected = `1 to ${ID_LENGTH_MAX} printable characters without spaces`;
  return refusal({
    code: 'REQUEST_INVALID',
    message: `${field} is "${value.slice(0, 40)}", expected ${expected}`,
    remedy: `Send ${field} as ${expected}; a UUID will do.`,
    field,
    value,
  });
}

/** @returns what is wrong with the frame of a request, before any of its orders is looked at */
export function checkSubmit(request: SubmitRequest): AtsError | undefined {
  const { accountId, tradeId, orders } = request;
  const wrongId =
    checkId('requestId', request.requestId) ??
    (tradeId === undefined ? undefined : checkId('tradeId', tradeId));
  if (wrongId !== undefined) return wrongId;
  if (!ACCOUNT_PATTERN.test(accountId)) {
    return refusal({
      code: 'REQUEST_INVALID',
      message: `accountId is "${accountId.slice(0, 40)}", which is no account's name`,
      remedy: 'Send the name of an account: small letters, digits, dots and dashes.',
      field: 'accountId',
      value: accountId,
    });
  }
  if (orders.length >= 1 && orders.length <= ORDERS_MAX) return undefined;
  return refusal({
    code: 'REQUEST_INVALID',
    message: `orders holds ${orders.length} orders, expected 1 to ${ORDERS_MAX}`,
    remedy: `Send 1 to ${ORDERS_MAX} orders in one request.`,
    field: 'orders',
    value: orders.length,
  });
}
