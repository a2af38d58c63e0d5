import {
  type AssetId,
  Decimal,
  deriveOrderId,
  type LedgerEntry,
  type Listing,
  type NewOrder,
  type Order,
  type OrderSide,
} from '@ats/domain';
import {
  type AssetAmount,
  changeHold,
  emptyHold,
  type Hold,
  neededFor,
  openOrder,
  worstCaseFee,
} from '@ats/orders';
import type { SubmitRequest } from '../domain/requests.ts';

/** Digits to which a venue's fee is rounded up when money is set aside for it. */
const FEE_SCALE = 12;

/** An order to be stored, with what is reserved for it. */
export interface Draft {
  readonly order: Order;
  readonly hold: Hold;
  readonly entry: LedgerEntry | undefined;
}

/** What must be reserved for terms at their worst price; the fee at the taker's rate, in quote. */
export function neededOf(source: {
  readonly side: OrderSide;
  readonly listing: Listing;
  readonly quantity: Decimal;
  readonly worstPrice: Decimal;
}): readonly AssetAmount[] {
  const { side, listing, quantity, worstPrice } = source;
  const quote = listing.quote.id;
  const { takerBps, makerBps } = listing.fees;
  const fee = worstCaseFee({
    asset: quote,
    basis: quantity.multiply(worstPrice),
    rateBps: takerBps.max(makerBps),
    scale: FEE_SCALE,
  });
  return neededFor({ side, base: listing.base.id, quote, quantity, worstPrice, fee });
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
  const wanted = neededOf({ side: order.terms.side, listing, quantity, worstPrice });
  return { order, ...changeHold({ hold: empty, wanted, causeId: 'submit', atUs }) };
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
