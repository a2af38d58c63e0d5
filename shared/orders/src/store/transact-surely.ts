import { AtsError } from '@ats/domain';
import type { StateStore, TransactItem, TransactResult } from '@ats/storage';
import type { Outbox, OutboxEntry } from './outbox.ts';

/**
 * A transaction that is never in doubt: where its answer was lost, the store is asked for its
 * outbox entry until it says whether that is there.
 *
 * @throws what the store throws when nothing was written, or when `giveUp` ended the asking
 */
export async function transactSurely(options: {
  readonly state: StateStore;
  readonly outbox: Outbox;
  readonly entry: OutboxEntry;
  /** The entry's own item among them. */
  readonly items: readonly TransactItem[];
  readonly giveUp: () => boolean;
}): Promise<TransactResult> {
  const { state, outbox, entry, giveUp } = options;
  try {
    return await state.transact(options.items);
  } catch (error) {
    if (error instanceof AtsError && error.retry !== 'unknown') throw error;
    if (await outbox.wasMade(entry, { giveUp })) return { kind: 'committed' };
    throw error;
  }
}
