import type { Decimal, Listing, Side } from '@ats/domain';
import type { Balance } from './balances.ts';

export type AccountOrderType = 'limit' | 'market';
export type AccountTimeInForce = 'gtc' | 'ioc' | 'fok';

/** An order as a client asks for it, in the venue's decimals. */
export interface NewAccountOrder {
  /** The venue's own name of the market. */
  readonly symbol: string;
  readonly clientOrderId?: string | undefined;
  readonly side: Side;
  readonly type: AccountOrderType;
  readonly timeInForce: AccountTimeInForce;
  readonly postOnly: boolean;
  /** Of a limit order, in quote per base. */
  readonly price?: Decimal | undefined;
  /** In base; absent for a market order by `quoteAmount`. */
  readonly quantity?: Decimal | undefined;
  /** Most that a market order trades for, in quote, before fees. */
  readonly quoteAmount?: Decimal | undefined;
}

export type OrderState = 'open' | 'filled' | 'canceled';

export type EndReason = 'requested' | 'immediate-or-cancel' | 'fill-or-kill' | 'self-trade';

/** An account's order, open or done. */
export interface AccountOrder {
  /** Counts the venue's account orders from 1. */
  readonly number: number;
  readonly clientOrderId: string | undefined;
  readonly listing: Listing;
  readonly side: Side;
  readonly type: AccountOrderType;
  readonly timeInForce: AccountTimeInForce;
  readonly postOnly: boolean;
  /** Absent for a market order. */
  readonly price: Decimal | undefined;
  readonly quoteAmount: Decimal | undefined;
  readonly quantity: Decimal;
  readonly filled: Decimal;
  /** Sum of price times quantity of the fills, in quote. */
  readonly filledNotional: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: string;
  /** Set aside for what is still open: quote for a bid, base for an ask. */
  readonly locked: Decimal;
  readonly fillCount: number;
  readonly state: OrderState;
  /** Why it is no longer open, when it was not filled. */
  readonly endReason: EndReason | undefined;
  readonly createdUs: number;
  readonly updatedUs: number;
}

/** One execution of one account's order. */
export interface AccountTrade {
  /** Counts the venue's account trades from 1. */
  readonly number: number;
  /** The market's own count of trades, as on the public tape. */
  readonly tradeId: number;
  readonly orderNumber: number;
  readonly clientOrderId: string | undefined;
  readonly orderType: AccountOrderType;
  readonly orderPrice: Decimal | undefined;
  readonly listing: Listing;
  readonly side: Side;
  readonly isMaker: boolean;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly notional: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: string;
  readonly timeUs: number;
}

/** Why an order or a change of one is refused. */
export const ACCOUNT_REFUSALS = [
  'UNKNOWN_SYMBOL',
  'PRICE_INVALID',
  'PRICE_OFF_TICK',
  'QUANTITY_INVALID',
  'QUANTITY_OFF_STEP',
  'QUANTITY_TOO_SMALL',
  'NOTIONAL_TOO_SMALL',
  'DUPLICATE_CLIENT_ORDER_ID',
  'INSUFFICIENT_FUNDS',
  'POST_ONLY_WOULD_TAKE',
  'POST_ONLY_CONFLICT',
  'TOO_MANY_ORDERS',
  'UNKNOWN_ORDER',
] as const;

export type AccountRefusal = (typeof ACCOUNT_REFUSALS)[number];

export type AccountAnswer =
  | { readonly kind: 'accepted'; readonly order: AccountOrder }
  | { readonly kind: 'refused'; readonly reason: AccountRefusal };

/**
 * When a client order id may be used again: once the order that has it is done, on another day
 * (UTC), or never while that order is remembered.
 */
export type ClientIdRule = 'when-done' | 'next-day' | 'never';

/** What fees are taken in: always the quote asset, or whatever the order receives. */
export type FeeIn = 'quote' | 'received';

/** An asset of the account's own that fees are paid with as long as there is enough of it. */
export interface FeeAsset {
  readonly asset: string;
  /** What a fee comes to in it, rounded up; undefined while it has no price. */
  amountOf(fee: { readonly amount: Decimal; readonly asset: string }): Decimal | undefined;
}

/** What a venue tells an account's owner without being asked. */
export type AccountReport =
  | {
      readonly kind: 'accepted' | 'replaced' | 'canceled';
      /** As it was at that moment. */
      readonly order: AccountOrder;
      /** Those that have just changed. */
      readonly balances: readonly Balance[];
    }
  | {
      readonly kind: 'filled';
      readonly order: AccountOrder;
      readonly trade: AccountTrade;
      readonly balances: readonly Balance[];
    }
  | {
      /** A deposit, or a withdrawal, which is below zero. */
      readonly kind: 'transferred';
      readonly amount: Decimal;
      readonly balances: readonly Balance[];
    };

/** What may go wrong with orders; a venue without faults has none of it. */
export interface AccountFaults {
  /** Why the next order is refused whatever it is; asked once for each. */
  refusal(): AccountRefusal | undefined;
  /** Whether the next order fills for half of its size and never more; asked once for each. */
  fillsHalf(): boolean;
  /** Whether an open order is filled just before its cancel arrives; asked once for each. */
  fillsBeforeCancel(): boolean;
}
