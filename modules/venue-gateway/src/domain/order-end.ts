import type { Order } from '@ats/domain';
import type { VenueOrderState } from './venue-facts.ts';

/** How an order that is not at work any more came to its end. */
export type WorkEnd = 'filled' | 'canceled' | 'expired' | 'rejected';

/**
 * What the end of an order is called that its venue holds no more. What an immediate order could
 * not fill has expired, by whatever name the venue calls it.
 *
 * @param about `isWhole`: all that was ordered is filled; `cancelAsked`: somebody wants it cancelled
 * @returns undefined while it stands
 */
export function endOf(
  state: VenueOrderState,
  about: { readonly order: Order; readonly isWhole: boolean; readonly cancelAsked: boolean },
): WorkEnd | undefined {
  const { status } = state;
  if (status === 'open') return undefined;
  if (status === 'filled' || (about.isWhole && status !== 'rejected')) return 'filled';
  const { timeInForce, type } = about.order.terms;
  const isImmediate = timeInForce !== 'gtc' || type === 'market';
  return status === 'canceled' && isImmediate && !about.cancelAsked ? 'expired' : status;
}
