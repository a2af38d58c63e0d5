import type { Message } from '../../../src/contract.ts';
import { isPositive, lessText, overText } from './decimal-text.ts';

type Order = Message<'ats.order.v1.Order'>;
type OrderEvent = Message<'ats.order.v1.OrderEvent'>;

/** What one report added to what an order has filled. */
export interface Fill {
  readonly order: Order;
  readonly atUs: number;
  /** Decimal text, units of base. */
  readonly quantity: string;
  /** Decimal text, quote per base: mean of the report's fills. */
  readonly price: string;
}

interface Sum {
  readonly quantity: string;
  readonly notional: string;
}

const NOTHING: Sum = { quantity: '0', notional: '0' };
/** More than any venue's ticks have. */
const PRICE_PLACES = 12;

/** An order that came from one of these had filled nothing before. */
const UNFILLED: ReadonlySet<OrderEvent['previousStatus']> = new Set([
  'ORDER_STATUS_UNSPECIFIED',
  'ORDER_STATUS_NEW',
  'ORDER_STATUS_PENDING_SUBMIT',
  'ORDER_STATUS_LIVE',
]);

/**
 * Events tell what an order has filled in all: a fill is what each has more than the one before.
 * An order that was filled in part before the first event tells its fills from the second on.
 * @returns the oldest first
 */
export function fillsOf(events: Iterable<OrderEvent>): readonly Fill[] {
  const sums = new Map<string, Sum>();
  const fills: Fill[] = [];
  for (const { order, occurredAtUs, previousStatus } of events) {
    if (order === null) continue;
    const before = sums.get(order.orderId) ?? (UNFILLED.has(previousStatus) ? NOTHING : undefined);
    const sum = { quantity: order.cumulativeQuantity, notional: order.cumulativeNotional };
    sums.set(order.orderId, sum);
    if (before === undefined) continue;
    const quantity = lessText(sum.quantity, before.quantity);
    if (!isPositive(quantity)) continue;
    const price = overText(lessText(sum.notional, before.notional), quantity, PRICE_PLACES);
    fills.push({ order, atUs: occurredAtUs, quantity, price });
  }
  return fills;
}
