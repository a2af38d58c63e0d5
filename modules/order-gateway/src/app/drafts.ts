import {
  type AssetId,
  Decimal,
  deriveOrderId,
  type LedgerEntry,
  type Listing,
  type NewOrder,
  type Order,
} from '@ats/domain';
import {
  type AssetAmount,
  changeHold,
  emptyHold,
  type Hold,
  holdTermsOf,
  neededForQuantity,
  openOrder,
} from '@ats/orders';
import type { SubmitRequest } from '../domain/requests.ts';

/** An order to be stored, with what is reserved for it. */
export interface Draft {
  readonly order: Order;
  /** Quote per base: the limit, or the worst price that a market order puts up with. */
  readonly price: Decimal;
  readonly hold: Hold;
  readonly entry: LedgerEntry | undefined;
}

/** The order that a request's terms become, and the entry that reserves its money. */
export function draftOf(source: {
  readonly request: SubmitRequest;
  readonly index: number;
  readonly terms: NewOrder;
  readonly listing: Listing;
  /** The limit, or the worst price that a market order puts up with. */
  readonly worstPrice: Decimal;
  readonly atUs: number;
}): Draft {
  const { request, index, listing, worstPrice, atUs } = source;
  const { accountId, requestId, tradeId, purpose, sendBeforeUs } = request;
  const quantity = source.terms.quantity.normalized();
  const limitPrice = source.terms.limitPrice?.normalized();
  const order = openOrder({
    orderId: deriveOrderId({ accountId, requestId, index }),
    accountId,
    tradeId,
    terms: { ...source.terms, quantity, limitPrice },
    purpose,
    worstPrice: limitPrice === undefined ? worstPrice : undefined,
    sendBeforeUs,
    atUs,
  });
  const empty = emptyHold({ orderId: order.orderId, accountId, venue: order.terms.venue });
  const market = holdTermsOf(listing);
  const { side } = order.terms;
  const wanted = neededForQuantity({ side, quantity, price: worstPrice, market });
  return {
    order,
    price: worstPrice,
    ...changeHold({ hold: empty, wanted, causeId: 'submit', atUs }),
  };
}

/** What lacks of an asset when a hold grows to what new terms need; positive amounts only. */
export function growthOf(
  hold: Hold,
  wanted: readonly AssetAmount[],
): readonly { readonly asset: AssetId; readonly amount: Decimal }[] {
  return wanted.flatMap(({ asset, amount }) => {
    const held = hold.parts.find((part) => part.asset === asset)?.amount ?? Decimal.ZERO;
    const growth = amount.subtract(held);
    return growth.isPositive() ? [{ asset, amount: growth }] : [];
  });
}
