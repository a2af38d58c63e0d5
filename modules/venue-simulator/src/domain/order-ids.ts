/** Order ids carry the slot of a maker that they fill, so that an order leads back to it. */
const SLOT_RANGE = 256;

/** The slot of orders that are no maker's: takers and others. */
export const NO_SLOT = SLOT_RANGE - 1;
/** The slot of accounts' orders; makers' slots are all below. */
const ACCOUNT_SLOT = SLOT_RANGE - 2;

/** Ids of makers, takers, others and accounts never meet. */
export function orderIdOf(count: number, slot: number): number {
  return count * SLOT_RANGE + slot;
}

export const slotOf = (orderId: number): number => orderId % SLOT_RANGE;

export const accountOrderId = (count: number): number => orderIdOf(count, ACCOUNT_SLOT);

export const isAccountOrder = (orderId: number): boolean => slotOf(orderId) === ACCOUNT_SLOT;
