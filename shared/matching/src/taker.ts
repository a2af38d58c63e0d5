import type { Side } from '@ats/domain';

/** The order under way; one object per engine, so that an operation allocates nothing. */
export interface Taker {
  orderId: number;
  owner: number;
  side: Side;
  /** Infinity for a market buy, 0 for a market sell. */
  limitTicks: number;
  leavesLots: number;
  /** Self-trade prevention has canceled it. */
  canceled: boolean;
}

export function idleTaker(): Taker {
  return { orderId: 0, owner: 0, side: 'bid', limitTicks: 0, leavesLots: 0, canceled: false };
}

/** Whether an order of `side` at `limitTicks` may trade at `priceTicks`. */
export function reaches(side: Side, limitTicks: number, priceTicks: number): boolean {
  return side === 'bid' ? limitTicks >= priceTicks : limitTicks <= priceTicks;
}
