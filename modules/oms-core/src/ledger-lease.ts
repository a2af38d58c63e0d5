import type { Outbox } from '@ats/orders';
import type { ServiceContext } from '@ats/runtime';
import { type Holding, type Leases, leaseLost, openLeases, type StateStore } from '@ats/storage';
import type { OmsConfig } from './config.ts';

/** What one of the instances does: the ledger's service, and comparing with venues. */
export interface LedgerWork {
  open(): Promise<void>;
  close(): Promise<void>;
}

/** This instance among several. */
export interface Shared {
  readonly leases: Leases;
  /** Resolves when another instance does what this one did. */
  readonly failed: Promise<Error>;
}

/**
 * Every instance works orders of the log's partitions that it has. One of them answers for the
 * ledger and compares it with venues: two would post a difference twice over. Only that one
 * listens. Whoever lives publishes what an instance that is gone has left in its outbox.
 */
export async function shareLedger(
  context: ServiceContext<OmsConfig, unknown>,
  parts: { readonly state: StateStore; readonly outbox: Outbox; readonly ledger: LedgerWork },
): Promise<Shared> {
  const { state, outbox, ledger } = parts;
  const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
  let opening: Promise<void> = Promise.resolve();
  const leases = openLeases(context, {
    ...{ state, group: 'oms-core', shards: ['ledger'] },
    onGained: () => {
      opening = ledger.open().catch(fail);
    },
    onLost: (holding: Holding) => fail(leaseLost(holding)),
    onRelease: async () => {
      await opening;
      await ledger.close();
    },
    onGone: async (owner) => void (await outbox.recover({ owner })),
  });
  await leases.start();
  await opening;
  return { leases, failed };
}
