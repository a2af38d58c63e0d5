import { LEDGER_SERVICE, type WireMessages } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { EXIT } from '@ats/runtime';
import Table from 'cli-table3';
import pc from 'picocolors';
import type { ConfigFlags } from '../app/configuration.ts';
import {
  ANSWER_DEADLINE_MS,
  VENUES_DEADLINE_MS,
  withRunningService,
} from '../app/running-system.ts';
import { dateAndTime, plainText } from '../view/format.ts';

export interface ReconcileOptions extends ConfigFlags {
  /** Compare before answering. */
  readonly now?: true;
  readonly venue?: string;
  readonly json?: true;
}

export interface ConfirmOptions extends ConfigFlags {
  readonly as: string;
  readonly actor: string;
  readonly reason: string;
  readonly json?: true;
}

type Verdict = WireMessages['ats.ledger.v1.VenueVerdict'];
type Entry = WireMessages['ats.ledger.v1.LedgerEntry'];

/** Shows whether each venue agrees with the ledger. @returns 0 when all are open, else 1 */
export async function reconcile(options: ReconcileOptions): Promise<number> {
  const { now, venue, json } = options;
  const target = { flags: options, service: LEDGER_SERVICE };
  const venues = await withRunningService(target, async (ledger) => {
    const answer =
      now === true
        ? await ledger.Reconcile({ venue: venue ?? '' }, { deadlineMs: VENUES_DEADLINE_MS })
        : await ledger.GetReconciliation({}, { deadlineMs: ANSWER_DEADLINE_MS });
    return only(venue, answer.venues);
  });
  const ok = venues.every(({ open }) => open);
  print(json === true ? JSON.stringify({ ok, venues }) : tables(venues).join('\n'));
  return ok ? EXIT.ok : EXIT.failed;
}

function only(venue: string | undefined, venues: readonly Verdict[]): readonly Verdict[] {
  const found = venues.filter((one) => venue === undefined || one.venue === venue);
  if (found.length > 0) return found;
  throw new AtsError({
    code: 'VENUE_UNKNOWN',
    message: `--venue "${venue}" is not traded on by the system that runs`,
    remedy: `Name one of ${venues.map((one) => one.venue).join(', ')}.`,
    context: { field: '--venue', value: venue },
  });
}

/** Posts a difference as what a person says it is; again, it is the same posting. */
export async function confirmDifference(
  differenceId: string,
  options: ConfirmOptions,
): Promise<number> {
  const { as: kind, actor, reason, json } = options;
  const wanted = { differenceId, kind, actor, reason };
  const target = { flags: options, service: LEDGER_SERVICE };
  const { entry } = await withRunningService(target, (ledger) =>
    ledger.ConfirmDifference(wanted, { deadlineMs: ANSWER_DEADLINE_MS }),
  );
  if (json === true) print(JSON.stringify({ ok: entry !== null, entry }));
  else if (entry !== null) print(posted(entry));
  return entry === null ? EXIT.failed : EXIT.ok;
}

function tables(venues: readonly Verdict[]): string[] {
  const verdicts = tableOf(['VENUE', 'VERDICT', 'COMPARED AT, UTC', 'REASON']);
  for (const { venue, open, reason, comparedAtUs } of venues) {
    const at = comparedAtUs === 0 ? 'never' : dateAndTime(comparedAtUs);
    verdicts.push([venue, open ? pc.green('open') : pc.red('closed'), at, plainText(reason)]);
  }
  const found = venues.flatMap(({ differences }) => differences);
  if (found.length === 0) return [verdicts.toString(), 'No differences.'];
  const all = tableOf(['DIFFERENCE', 'VENUE', 'KIND', 'SUBJECT', 'OURS', 'THEIRS', 'SINCE, UTC']);
  for (const { differenceId, venue, kind, subject, ours, theirs, firstSeenAtUs } of found) {
    const words = [differenceId, venue, kind, subject, ours, theirs].map(plainText);
    all.push([...words, dateAndTime(firstSeenAtUs)]);
  }
  const details = found.map(({ differenceId, detail }) => `${differenceId}  ${plainText(detail)}`);
  const how = pc.dim('ats reconcile confirm DIFFERENCE --as KIND --actor NAME --reason TEXT');
  return [verdicts.toString(), all.toString(), ...details, how];
}

function tableOf(head: string[]): Table.Table {
  return new Table({ head, style: { head: [], border: [] } });
}

function posted({ entryId, kind, detail, postings }: Entry): string {
  const moved = postings
    .filter(({ bucket }) => bucket !== 'BUCKET_COUNTER')
    .map(({ amount, asset, accountId, venue }) => `${amount} ${asset} of ${accountId} at ${venue}`);
  return `${pc.green('Posted')} as ${kind}: ${moved.join(', ')} (${detail}), entry ${entryId}`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
