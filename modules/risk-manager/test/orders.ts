import {
  type AccountId,
  clientOrderId,
  Decimal,
  type InstrumentId,
  type Order,
  type OrderId,
  type OrderSide,
  type VenueId,
} from '@ats/domain';

/** A limit order that stands at its venue, nothing filled. */
export function sampleOrder(about: {
  readonly orderId: OrderId;
  readonly accountId: AccountId;
  readonly side: OrderSide;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
}): Order {
  const { orderId, accountId, side, venue, instrument } = about;
  const quantity = Decimal.parse('1000000');
  return {
    orderId,
    accountId,
    tradeId: undefined,
    terms: {
      clientOrderId: clientOrderId(orderId),
      ...{ venue, instrument, side, quantity },
      type: 'limit',
      timeInForce: 'gtc',
      limitPrice: Decimal.ONE,
      postOnly: false,
    },
    purpose: 'entry',
    worstPrice: undefined,
    sendBeforeUs: 0,
    status: 'LIVE',
    venueOrderId: `v-${orderId}`,
    cumulativeQuantity: Decimal.ZERO,
    cumulativeNotional: Decimal.ZERO,
    fees: [],
    leavesQuantity: quantity,
    progress: {
      submitted: true,
      sent: true,
      ended: undefined,
      acknowledged: true,
      ambiguous: false,
      pendingCancel: undefined,
      pendingReplace: undefined,
    },
    createdAtUs: 1,
    updatedAtUs: 1,
    detail: '',
    version: 1,
  };
}
