import { LEDGER_SERVICE } from '@ats/contracts';
import { Decimal } from '@ats/domain';
import { LedgerSums, readLedgerEntry } from '@ats/orders';
import { partitionsOf } from '@ats/storage';
import type { RunRecord } from '../domain/run-record.ts';
import type { Composition } from './composition.ts';
import type { World } from './world.ts';

const DEADLINE_MS = 60_000;

type CheckedWorld = Pick<World, 'log' | 'venues' | 'timers'> & {
  readonly player: Pick<World['player'], 'until'>;
};

/**
 * Holds the ledger against itself and against the venues: postings sum to zero in each asset,
 * the reconciliation finds nothing, and every balance is the venue's.
 */
export async function checkRun(
  { player, log, venues, timers }: CheckedWorld,
  composition: Composition,
): Promise<RunRecord['ledger']> {
  const ledger = composition.rpc.client(LEDGER_SERVICE);
  const untilUs = timers.clock.nowUs() + DEADLINE_MS * 1000;
  const options = { deadlineMs: DEADLINE_MS };
  const verdicts = await player.until(ledger.Reconcile({ venue: '' }, options), untilUs);
  const differences = verdicts.venues.flatMap((verdict) =>
    verdict.differences.map(
      ({ venue, kind, subject, ours, theirs }) =>
        `${venue} ${kind} ${subject}: the ledger has ${ours}, the venue ${theirs}`,
    ),
  );
  const sums = new LedgerSums();
  for (let partition = 0; partition < partitionsOf('ledger.entries'); partition += 1) {
    const place = { topic: 'ledger.entries', partition, from: 0 } as const;
    for (const record of log.readNow({ ...place, limit: Number.MAX_SAFE_INTEGER })) {
      sums.add(readLedgerEntry(record));
    }
  }
  const held = new Map<string, Decimal>();
  for (const { venue, asset, available, reserved } of sums.balances()) {
    const key = `${venue} ${asset}`;
    held.set(key, (held.get(key) ?? Decimal.ZERO).add(available).add(reserved));
  }
  for (const [venue, { account }] of venues) {
    for (const { asset, available, locked } of account.balances) {
      const ours = held.get(`${venue} ${asset}`) ?? Decimal.ZERO;
      const theirs = available.add(locked);
      if (ours.equals(theirs)) continue;
      differences.push(`${venue} ${asset}: the ledger has ${ours}, the venue ${theirs}`);
    }
  }
  const balanced = [...sums.deltas().values()].every((sum) => sum.isZero());
  return { balanced, differences };
}
