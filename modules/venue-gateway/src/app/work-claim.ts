import type { Order } from '@ats/domain';
import type { DeskTools } from './desk-tools.ts';

/**
 * For so long after work is known to be ours it is sent without a look into the store: what takes
 * longer, for the process was paused or the venue's budget was spent, may be another run's by then.
 */
export const UNASKED_US = 1_000_000;

/** Whose the work of an order is: of two processes one alone may send it. */
export class WorkClaim {
  private readonly tools: Pick<DeskTools, 'clock' | 'logger' | 'store'>;
  private readonly order: Order;
  private knownAtUs: number;

  /** @param knownAtUs no later than when the store said that the work is ours */
  constructor(tools: WorkClaim['tools'], order: Order, knownAtUs: number) {
    this.tools = tools;
    this.order = order;
    this.knownAtUs = knownAtUs;
  }

  /** Whether nobody can have declared it unsent since it was known to be ours. */
  get isSure(): boolean {
    return this.tools.clock.nowUs() - this.knownAtUs <= UNASKED_US;
  }

  /** Asks the store; an answer that comes late is no longer sure. @returns whether it is ours */
  async ask(): Promise<boolean> {
    const { clock, store, logger } = this.tools;
    const { orderId, terms } = this.order;
    const askedAtUs = clock.nowUs();
    if (await store.isOurs(orderId)) {
      this.knownAtUs = askedAtUs;
      return true;
    }
    const fields = { orderId, venue: terms.venue };
    logger.warn('venue.taken_over', 'another process carries the order', fields);
    return false;
  }
}
