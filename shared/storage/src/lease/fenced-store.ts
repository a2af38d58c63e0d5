import { AtsError } from '@ats/domain';
import type { StateStore, TransactItem, TransactResult } from '../state-store.ts';
import type { Holding } from './leases.ts';

/**
 * A store that writes only while a lease is held: its fence goes with every transaction, which may
 * therefore have one item less than `STATE_LIMITS` has. Reads go through, and so do transactions
 * that the store refuses for other reasons. The store behind it stays open when it is closed.
 *
 * @param onLost told when the store says that somebody else holds the lease
 */
export function fencedStore(state: StateStore, holding: Holding, onLost: () => void): StateStore {
  const { fence } = holding;
  return {
    async transact(items: readonly TransactItem[]): Promise<TransactResult> {
      const result = await state.transact([...items, fence]);
      if (result.kind !== 'refused') return result;
      if (result.refusals.every(({ index }) => index !== items.length)) return result;
      onLost();
      throw leaseLost(holding);
    },
    get: (key) => state.get(key),
    query: (query) => state.query(query),
    health: () => state.health(),
    close: () => Promise.resolve(),
  };
}

/** Another instance does the work now: whatever this one still wanted to store is refused. */
export const leaseLost = ({ shard, token }: Pick<Holding, 'shard' | 'token'>): AtsError =>
  new AtsError({
    code: 'LEASE_LOST',
    message: `another instance has taken over "${shard}": token ${token} is good no more`,
    remedy: 'Nothing, where a supervisor starts the process again: it is a standby then.',
    context: { value: shard, token },
  });
