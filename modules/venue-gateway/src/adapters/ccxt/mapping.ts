import { assert, type Fee, type InstrumentId, type OrderSide } from '@ats/domain';
import type {
  OrderReference,
  VenueFill,
  VenueOrderState,
  VenueOrderStatus,
} from '../../domain/venue-facts.ts';
import type { CcxtOrder, CcxtTrade } from './ccxt-client.ts';
import { type ExchangeProfile, feeOf, figure } from './exchange-profile.ts';

const sideOf = (side: string | undefined, known?: OrderSide): OrderSide => {
  const found = side ?? known;
  assert(found === 'buy' || found === 'sell', 'a venue says which way an order trades');
  return found;
};

/** ccxt's `closed` is an order that is done by trading. What it does not know it passes on. */
function statusOf(order: CcxtOrder, ofVenue: ExchangeProfile['statusOf']): VenueOrderStatus {
  const { status = '', filled, amount } = order;
  switch (status) {
    case 'open':
    case 'expired':
    case 'rejected':
      return status;
    case 'canceled':
    case 'canceling':
      return 'canceled';
    case 'closed':
      return figure(filled).lessThan(figure(amount)) ? 'canceled' : 'filled';
    default:
      // An order is taken to stand until the venue says clearly that it does not.
      return ofVenue?.(status) ?? 'open';
  }
}

export function stateFrom(
  order: CcxtOrder,
  about: {
    readonly instrument: InstrumentId;
    readonly known: OrderReference | undefined;
    readonly profile: ExchangeProfile;
  },
): VenueOrderState | undefined {
  const { instrument, known, profile } = about;
  if (order.id === undefined || order.id === '') return undefined;
  return {
    venueOrderId: order.id,
    clientOrderId: order.clientOrderId,
    instrument,
    side: sideOf(order.side, known?.side),
    status: statusOf(order, profile.statusOf),
    quantity: figure(order.amount),
    limitPrice: order.price === undefined ? undefined : figure(order.price),
    cumulativeQuantity: figure(order.filled),
    detail: order.status === 'open' ? '' : (order.status ?? ''),
  };
}

/** @returns undefined when the trade lacks its id, its order or its figures */
export function fillFrom(
  trade: CcxtTrade,
  about: {
    readonly instrument: InstrumentId;
    readonly perMarket: boolean;
    readonly feeIsOfOrder: boolean;
  },
): VenueFill | undefined {
  const { id, order, timestamp } = trade;
  const { instrument } = about;
  const quantity = figure(trade.amount);
  const price = figure(trade.price);
  if (id === undefined || order === undefined) return undefined;
  if (!quantity.isPositive() || !price.isPositive()) return undefined;
  return {
    tradeId: about.perMarket ? `${instrument}:${id}` : id,
    venueOrderId: order,
    instrument,
    side: sideOf(trade.side),
    quantity,
    price,
    fee: about.feeIsOfOrder ? undefined : tradeFee(trade),
    timeUs: (timestamp ?? 0) * 1000,
  };
}

function tradeFee({ fee, fees = [] }: CcxtTrade): Fee | undefined {
  return feeOf(fee) ?? feeOf(fees[0]);
}
