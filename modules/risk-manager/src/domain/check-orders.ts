import {
  type AccountId,
  type Decimal,
  deriveOrderId,
  type InstrumentId,
  type OrderId,
  type OrderSide,
  type RequestId,
  type VenueId,
} from '@ats/domain';
import type { AskedOrders } from './allotment.ts';
import {
  generalRefusal,
  listedMarket,
  listRefusal,
  orderRefusal,
  type RiskState,
  rateRefusal,
} from './check-market.ts';
import type { Line, Refusal } from './refusal.ts';

/** A person's orders. */
export interface OrdersQuestion {
  readonly accountId: AccountId;
  readonly requestId: RequestId;
  readonly orders: readonly {
    /** The order that would get these terms; undefined for a new one. */
    readonly replaced: OrderId | undefined;
    readonly venue: VenueId;
    readonly instrument: InstrumentId;
    readonly side: OrderSide;
    /** Units of base that would be open. */
    readonly quantity: Decimal;
    /** Quote per base. */
    readonly price: Decimal;
  }[];
}

/** What of orders has nothing to do with what else is held. @returns what each is worth */
export function checkOrders(
  { accountId: account, requestId: request, orders }: OrdersQuestion,
  state: RiskState,
): AskedOrders | Refusal {
  const general = generalRefusal(state) ?? rateRefusal(state);
  if (general !== undefined) return general;
  const asked: AskedOrders[number][] = [];
  for (const [index, order] of orders.entries()) {
    const market = listedMarket(order, state.rules);
    if ('reason' in market) return market;
    const refusal = listRefusal(order, state.rules) ?? orderRefusal(order, state);
    if (refusal !== undefined) return refusal;
    const lines = linesOf(order, state);
    if ('reason' in lines) return lines;
    const { replaced, venue, instrument, side, quantity } = order;
    asked.push({
      ...{ venue, instrument, side, quantity, lines, accountId: account },
      orderId: replaced ?? deriveOrderId({ accountId: account, requestId: request, index }),
      replaces: replaced !== undefined,
    });
  }
  return asked;
}

/** What an order is worth by itself, in the numeraire of risk. */
function linesOf(
  { venue, instrument, quantity, price }: OrdersQuestion['orders'][number],
  { markets, limits }: RiskState,
): readonly Line[] | Refusal {
  if (!limits.has('tradeNotional') && !limits.has('venueNotional')) return [];
  const { quote } = markets.of({ venue, instrument });
  const rate = markets.rateOf(quote);
  if (rate === undefined) {
    const detail = `No book converts ${quote}, so that limits could be held against it.`;
    return { reason: 'RISK_NOTIONAL_MAX', detail, limit: 'a value', value: 'none' };
  }
  const value = quantity.multiply(price).multiply(rate);
  return [
    { name: 'tradeNotional', of: markets.numeraire, value },
    { name: 'venueNotional', of: venue, value },
  ];
}
