import { hash } from 'node:crypto';
import type { Branded } from './ids.ts';

/** Who owns money and orders. */
export type AccountId = Branded<'AccountId'>;
/** The system's own id of an order. */
export type OrderId = Branded<'OrderId'>;
/** What the sender of an order calls it: a client to the gateway, the gateway to a venue. */
export type ClientOrderId = Branded<'ClientOrderId'>;
/** A client's id of one request: the same id gets the same answer for ever. */
export type RequestId = Branded<'RequestId'>;
/** A venue's id of one fill, unique within the venue and instrument. */
export type ExecutionId = Branded<'ExecutionId'>;
/** A two-leg trade's id. */
export type TradeId = Branded<'TradeId'>;

export const accountId = (text: string): AccountId => text as AccountId;
export const orderId = (text: string): OrderId => text as OrderId;
export const clientOrderId = (text: string): ClientOrderId => text as ClientOrderId;
export const requestId = (text: string): RequestId => text as RequestId;
export const executionId = (text: string): ExecutionId => text as ExecutionId;
export const tradeId = (text: string): TradeId => text as TradeId;

const ORDER_ID_LENGTH = 24;

/** Parts are framed by their lengths, so that no two lists of parts give one text. */
function digest(purpose: string, parts: readonly (string | number)[]): string {
  const framed = parts.map((part) => `${String(part).length}:${part}`);
  return hash('sha256', `${purpose}/${framed.join('')}`, 'hex');
}

/**
 * The id of one order of one request. A request that is repeated, by its client or by a restart,
 * gives the same ids, and so can never become a second order.
 */
export function deriveOrderId(source: {
  readonly accountId: AccountId;
  readonly requestId: RequestId;
  /** The order's place in its request, from 0. */
  readonly index: number;
}): OrderId {
  const parts = [source.accountId, source.requestId, source.index];
  return orderId(digest('order', parts).slice(0, ORDER_ID_LENGTH));
}

/**
 * What an order is called at its venue. It can be computed again after any crash, so an order of
 * unknown fate can be asked for by it.
 * @returns a UUID (RFC 9562 version 8), the shape that most venues take
 */
export function deriveClientOrderId(source: {
  readonly orderId: OrderId;
  /** 0 for the order as submitted, then one more for each replace, as FIX wants it. */
  readonly revision: number;
}): ClientOrderId {
  const hex = digest('client-order', [source.orderId, source.revision]);
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return clientOrderId(
    [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `8${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20, 32),
    ].join('-'),
  );
}
