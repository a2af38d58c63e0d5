import {
  balanceToWire,
  type LEDGER_SERVICE,
  ledgerEntryToWire,
  type WireMessages,
} from '@ats/contracts';
import { type AccountId, AtsError, accountId, type Balance, type LedgerEntry } from '@ats/domain';
import { balancesPartition, readBalanceItem, readLedgerEntry } from '@ats/orders';
import type { RpcHandlers, ServiceName } from '@ats/runtime';
import {
  type EventLog,
  LATE_LOG_US,
  offsetSince,
  partitionOf,
  type StateStore,
} from '@ats/storage';
import type { Reconciler } from './reconciler.ts';
import type { VenueVerdict } from './venue-reconciliation.ts';

type LedgerService = typeof LEDGER_SERVICE extends ServiceName<infer Service> ? Service : never;
type WireVerdict = WireMessages['ats.ledger.v1.VenueVerdict'];

export interface LedgerHandlersOptions {
  readonly state: StateStore;
  readonly log: EventLog;
  readonly reconciler: Reconciler;
}

const TOPIC = 'ledger.entries';
const PAGE_DEFAULT = 100;
const PAGE_MAX = 1000;
/** Records of other accounts that one call may read past. */
const SCAN_MAX = 10_000;
const QUERY_LIMIT = 1000;
const CLOCKS_APART_US = 60_000_000;

/** Answers the calls of `ats.ledger.v1.LedgerService`. */
export function ledgerHandlers(options: LedgerHandlersOptions): RpcHandlers<LedgerService> {
  const { reconciler } = options;
  return {
    GetReconciliation: () => ({ venues: reconciler.verdicts().map(verdictToWire) }),
    async Reconcile({ venue }) {
      const verdicts = await reconciler.compare(venue === '' ? undefined : venue);
      return { venues: verdicts.map(verdictToWire) };
    },
    async ConfirmDifference(request, context) {
      const standing = reconciler
        .verdicts()
        .flatMap((verdict) => verdictToWire(verdict).differences);
      const before = standing.find((one) => one.differenceId === request.differenceId);
      const entry = ledgerEntryToWire(await reconciler.confirm(request));
      context.changed({ before, after: entry });
      return { entry };
    },
    async GetBalances({ accountId: account, venue }) {
      const balances = await balancesOf(options.state, { account: owner(account), venue });
      return { balances: balances.map(balanceToWire) };
    },
    async ListEntries({ accountId, pageToken, pageSize, fromUs, toUs }) {
      const account = owner(accountId);
      const size = Math.min(pageSize <= 0 ? PAGE_DEFAULT : pageSize, PAGE_MAX);
      const period = { fromUs, toUs: toUs <= 0 ? Number.MAX_SAFE_INTEGER : toUs };
      const from =
        pageToken === '' ? await beginOf(options.log, account, fromUs) : Number(pageToken);
      if (!Number.isSafeInteger(from) || from < 0) throw invalid('page_token', pageToken);
      const page = await entriesOf(options.log, { account, from, size, ...period });
      return { entries: page.entries.map(ledgerEntryToWire), nextPageToken: page.next };
    },
  };
}

function owner(account: string): AccountId {
  if (account === '') throw invalid('account_id', account);
  return accountId(account);
}

async function balancesOf(
  state: StateStore,
  { account, venue }: { readonly account: AccountId; readonly venue: string },
): Promise<readonly Balance[]> {
  const found: Balance[] = [];
  let after: string | undefined;
  do {
    const page = await state.query({
      table: 'balances',
      partition: balancesPartition(account),
      limit: QUERY_LIMIT,
      ...(venue === '' ? {} : { sortPrefix: `${venue}/` }),
      ...(after === undefined ? {} : { after }),
    });
    found.push(...page.items.map(readBalanceItem));
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** Where what was posted from then on begins; clocks of the log may be a little behind. */
async function beginOf(log: EventLog, account: AccountId, fromUs: number): Promise<number> {
  if (fromUs <= 0) return 0;
  const partition = partitionOf(TOPIC, account);
  return offsetSince(log, { topic: TOPIC, partition, sinceUs: fromUs - CLOCKS_APART_US });
}

interface EntryPage {
  readonly account: AccountId;
  readonly from: number;
  readonly size: number;
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * Entries as the log has them, oldest first. One that the outbox wrote again after a crash is
 * there twice, with one id; within a page it is shown once.
 */
async function entriesOf(
  log: EventLog,
  { account, from, size, fromUs, toUs }: EntryPage,
): Promise<{ readonly entries: readonly LedgerEntry[]; readonly next: string }> {
  const partition = partitionOf(TOPIC, account);
  const entries = new Map<string, LedgerEntry>();
  let at = from;
  while (at - from < SCAN_MAX) {
    const limit = Math.min(size + 1, QUERY_LIMIT);
    const records = await log.read({ topic: TOPIC, partition, from: at, limit });
    if (records.length === 0) return { entries: [...entries.values()], next: '' };
    for (const record of records) {
      if (entries.size === size) return { entries: [...entries.values()], next: String(at) };
      if (record.loggedAtUs >= toUs + LATE_LOG_US) {
        return { entries: [...entries.values()], next: '' };
      }
      at = record.offset + 1;
      if (record.key !== account) continue;
      const entry = readLedgerEntry(record);
      if (entry.postedAtUs < fromUs || entry.postedAtUs >= toUs) continue;
      entries.set(entry.entryId, entry);
    }
  }
  return { entries: [...entries.values()], next: String(at) };
}

function verdictToWire(verdict: VenueVerdict): WireVerdict {
  const { venue, open, reason, comparedAtUs } = verdict;
  const differences = verdict.differences.map((one) => {
    const { differenceId, kind, subject, ours, theirs, firstSeenAtUs, detail } = one;
    return { differenceId, venue, kind, subject, ours, theirs, firstSeenAtUs, detail };
  });
  return { venue, open, reason, comparedAtUs, differences };
}

const invalid = (field: string, value: string): AtsError =>
  new AtsError({
    code: 'RPC_INVALID_ARGUMENT',
    message: `${field} is "${value}"`,
    remedy:
      field === 'page_token' ? 'Use the token of the page before, or none.' : `Give ${field}.`,
    context: { field, value },
  });
