import type { WireServices } from '@ats/contracts';
import type { RpcClient } from '@ats/runtime';
import { OPERATOR, requireApproval } from '@ats/security';
import type { ItemKey, StateStore } from '@ats/storage';

const DEADLINE_MS = 5000;

export interface GoingLiveParts {
  readonly venue: string;
  readonly state: StateStore;
  readonly access: Pick<RpcClient<WireServices['ats.access.v1.AccessService']>, 'ClaimApproval'>;
}

const keyOf = (venue: string): ItemKey => {
  return { table: 'orders', partition: 'venue-gateway/live', sort: venue };
};

/**
 * Goes on when a venue may be traded with real money: it was before, or the configuration asks
 * nobody, or a second person has approved the switch. Once given it holds over restarts, which
 * must be able to unwind. @throws ACCESS_APPROVAL_PENDING
 */
export async function mayGoLive({ venue, state, access }: GoingLiveParts): Promise<void> {
  const key = keyOf(venue);
  if ((await state.get(key)) !== undefined) return;
  const summary = `trade with real money at ${venue}`;
  const wanted = { kind: 'mode.live', subject: venue, summary, requestedBy: OPERATOR } as const;
  await requireApproval(access, wanted, DEADLINE_MS);
  await state.transact([{ kind: 'create', key, attributes: { venue } }]);
}

/** The next switch of the venue to real money is asked for anew. */
export async function notLive({ venue, state }: Omit<GoingLiveParts, 'access'>): Promise<void> {
  await state.transact([{ kind: 'delete', key: keyOf(venue) }]);
}
