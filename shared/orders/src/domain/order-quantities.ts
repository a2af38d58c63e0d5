import { Decimal, type Order, type OrderStatus } from '@ats/domain';

type Facts = Pick<Order, 'terms' | 'cumulativeQuantity' | 'progress'>;

/** Whether all that was ordered is filled. */
function isFilled({ terms, cumulativeQuantity }: Facts): boolean {
  return !cumulativeQuantity.isZero() && !cumulativeQuantity.lessThan(terms.quantity);
}

/** The status that an order's facts amount to, by the precedence of FIX 4.4, volume 4. */
export function statusOf(facts: Facts): OrderStatus {
  const { progress, cumulativeQuantity } = facts;
  if (progress.pendingCancel !== undefined) return 'CANCEL_PENDING';
  if (progress.pendingReplace !== undefined) return 'REPLACE_PENDING';
  if (isFilled(facts)) return 'FILLED';
  if (progress.ended === 'canceled') return 'CANCELED';
  if (progress.ended === 'expired') return 'EXPIRED';
  if (progress.ended === 'rejected') return 'REJECTED';
  if (progress.ambiguous) return 'UNKNOWN';
  if (!cumulativeQuantity.isZero()) return 'PARTIALLY_FILLED';
  if (progress.acknowledged) return 'LIVE';
  return progress.submitted ? 'PENDING_SUBMIT' : 'NEW';
}

/** LeavesQty, units of base: what may still fill; 0 once the order has ended. */
export function leavesQuantity({ terms, cumulativeQuantity, progress }: Facts): Decimal {
  if (progress.ended !== undefined) return Decimal.ZERO;
  return terms.quantity.subtract(cumulativeQuantity).max(Decimal.ZERO);
}
