import type { Order } from '@ats/domain';
import type { VenueOrderState } from './venue-facts.ts';

/** How an order that is not at work any more came to its end. */
export type WorkEnd = 'filled' | 'canceled' | 'expired' | 'rejected';

/**
 * What the end of an order is called that its venue holds no more. What an immediate order could
 * not fill has expired, by whatever name the venue calls it.
 *
 * @param about `isWhole`: all that was ordered is filled; `cancelAsked`: a cancel was wished
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

/** Why an order that has not left must not leave any more; undefined while it may. */
export function withheldBy(
  order: Order,
  about: { readonly nowUs: number; readonly cancelAsked: boolean },
): { readonly end: 'canceled' | 'expired'; readonly detail: string } | undefined {
  if (about.cancelAsked) return { end: 'canceled', detail: 'Cancelled before it was sent.' };
  const { sendBeforeUs } = order;
  if (sendBeforeUs === 0 || about.nowUs <= sendBeforeUs) return undefined;
  return { end: 'expired', detail: 'It could not be sent in time and was not sent.' };
}
