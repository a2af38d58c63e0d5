import { LEDGER_SERVICE } from '@ats/contracts';
import { Decimal } from '@ats/domain';
import type { RunRecord } from '../domain/run-record.ts';
import type { Composition } from './composition.ts';
import type { World } from './world.ts';

const DEADLINE_MS = 60_000;

type CheckedWorld = Pick<World, 'sums' | 'venues' | 'timers'> & {
  readonly player: Pick<World['player'], 'until'>;
};

/**
 * Holds the ledger against itself and against the venues: postings sum to zero in each asset,
 * the reconciliation finds nothing, and every balance is the venue's.
 */
export async function checkRun(
  { player, sums, venues, timers }: CheckedWorld,
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
