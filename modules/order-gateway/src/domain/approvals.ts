import type { Approval, Decimal, InstrumentId, OrderSide, VenueId } from '@ats/domain';
import type { SubmitRequest } from './requests.ts';

/** An order as risk judges it: what it may cost at worst counts. */
export interface JudgedOrder {
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly side: OrderSide;
  /** Units of base. */
  readonly quantity: Decimal;
  /** Quote per base: the limit, or the worst price that a market order puts up with. */
  readonly price: Decimal;
}

/** Why an approval does not cover a request, in a word for programs and one for people. */
export interface ApprovalFlaw {
  readonly why:
    | 'missing'
    | 'forged'
    | 'expired'
    | 'superseded'
    | 'before-halt'
    | 'other-request'
    | 'other-orders'
    | 'beyond';
  readonly detail: string;
}

/**
 * What is wrong with an approval for these orders at this time; undefined when it covers them.
 * That it is used once follows from the request id, which makes no second order.
 */
export function approvalFlaw(
  approval: Approval | undefined,
  asked: {
    readonly request: Pick<SubmitRequest, 'accountId' | 'requestId'>;
    readonly orders: readonly JudgedOrder[];
    readonly nowUs: number;
    /** What was approved before counts no more. */
    readonly fromUs: number;
    /** Newest epoch of risk that was seen: what an older one has approved counts no more. */
    readonly epoch: number;
  },
): ApprovalFlaw | undefined {
  const { request, orders, nowUs, fromUs, epoch } = asked;
  if (approval === undefined) {
    return { why: 'forged', detail: 'risk has not signed it with the key that is used here' };
  }
  if (nowUs >= approval.expiresAtUs) {
    const lateMs = Math.ceil((nowUs - approval.expiresAtUs) / 1000);
    return { why: 'expired', detail: `it expired ${lateMs} ms ago` };
  }
  if (approval.epoch < epoch) {
    const detail = `it is of epoch ${approval.epoch}, and risk is at epoch ${epoch}`;
    return { why: 'superseded', detail };
  }
  if (approval.issuedAtUs < fromUs) {
    return { why: 'before-halt', detail: 'it is of before the halt that lets only reducing pass' };
  }
  const { accountId, requestId, legs } = approval;
  if (accountId !== request.accountId || requestId !== request.requestId) {
    return { why: 'other-request', detail: `it is for request ${requestId} of ${accountId}` };
  }
  if (legs.length !== orders.length) {
    return { why: 'other-orders', detail: `it is for ${legs.length} orders` };
  }
  for (const [index, order] of orders.entries()) {
    const leg = legs[index] as Approval['legs'][number];
    const { venue, instrument, side, quantity, price } = leg;
    if (venue !== order.venue || instrument !== order.instrument || side !== order.side) {
      const detail = `its order ${index} is to ${side} ${instrument} on ${venue}`;
      return { why: 'other-orders', detail };
    }
    if (order.quantity.greaterThan(quantity)) {
      return { why: 'beyond', detail: `its order ${index} has a quantity of ${quantity} at most` };
    }
    const worse = side === 'buy' ? order.price.greaterThan(price) : order.price.lessThan(price);
    if (worse) return { why: 'beyond', detail: `its order ${index} goes no further than ${price}` };
  }
  return undefined;
}
