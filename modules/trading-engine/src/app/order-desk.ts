import type { NewOrder, Order, OrderId, OrderPurpose, ReasonCode, RequestId } from '@ats/domain';

/** What the orders of a trade are submitted with: all of them or none. */
export interface OrderSubmission {
  readonly requestId: RequestId;
  readonly accountId: Order['accountId'];
  readonly opportunityId: string;
  readonly tradeId: NonNullable<Order['tradeId']>;
  readonly orders: readonly NewOrder[];
  readonly purpose: OrderPurpose;
  /** Microseconds since the epoch. */
  readonly sendBeforeUs: number;
  /** Risk's word; empty for what unwinds, which needs none. */
  readonly approval: string;
  /** The trade's own, where it is traced. */
  readonly traceparent?: string;
}

export type SubmitOutcome =
  | { readonly kind: 'taken'; readonly orders: readonly Order[] }
  /** For certain: nothing was taken, and nothing will be. */
  | { readonly kind: 'refused'; readonly reason: ReasonCode; readonly detail: string }
  /** It may have been taken. The same request may be sent again. */
  | { readonly kind: 'unknown'; readonly detail: string };

/** Orders of an account as they stand. */
export interface AccountOrders {
  /** All that have not ended. */
  readonly open: readonly Order[];
  /** The newest, ended ones among them; what ended long ago is left out. */
  readonly newest: readonly Order[];
}

/**
 * The order gateway as trades use it. A request that is sent again gets the answer of the first.
 * No method rejects: what cannot be known is an answer.
 */
export interface OrderDesk {
  submit(submission: OrderSubmission): Promise<SubmitOutcome>;
  /** @returns whether the gateway took the wish; the outcome comes as a change of the order. */
  cancel(request: {
    readonly requestId: RequestId;
    readonly orderId: OrderId;
    readonly traceparent?: string;
  }): Promise<boolean>;
  /** `absent`: the gateway has no such order now. `unknown`: it did not say. */
  find(orderId: OrderId): Promise<Order | 'absent' | 'unknown'>;
  /** @returns undefined when the gateway did not say */
  ofAccount(accountId: Order['accountId']): Promise<AccountOrders | undefined>;
}
