import { Decimal, hasEnded, type LedgerEntry, type OrderId } from '@ats/domain';
import {
  balancesPartition,
  LedgerSums,
  orderKey,
  readBalanceItem,
  readLedgerEntry,
  readOrderItem,
} from '@ats/orders';
import { type EventLog, partitionsOf, type StateStore } from '@ats/storage';
import type { VenueAccount } from './simulator.ts';
import { type SentOrder, UNANSWERED } from './traffic.ts';

/** What the run came to. */
export interface Verdict {
  readonly orders: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Orders that never got an answer that stands. */
  readonly unanswered: number;
  /** Acknowledged orders without an end in the books, and fills of venues that nobody booked. */
  readonly lost: number;
  /** Orders that a venue got twice, and fills that were booked twice. */
  readonly duplicated: number;
  /** Largest difference between log, store and venues in any asset, decimal text. */
  readonly ledgerDelta: string;
  readonly openSagas: number;
  /** Records of the log that are not in the archive. */
  readonly auditMissing: number;
  readonly auditValid: boolean;
  /** What is wrong, in words. */
  readonly findings: readonly string[];
}

export interface Evidence {
  readonly log: EventLog;
  readonly state: StateStore;
  /** Records of the log that are not in the archive. */
  readonly auditMissing: number;
  readonly sent: readonly SentOrder[];
  readonly venues: ReadonlyMap<string, readonly VenueAccount[]>;
  readonly openSagas: number;
  readonly auditProblems: readonly string[];
}

/** Holds what clients were told, the log, the store, the archive and the venues against another. */
export async function judge(evidence: Evidence): Promise<Verdict> {
  const findings: string[] = [];
  const { sent, auditProblems, auditMissing, openSagas } = evidence;
  const taken = sent.filter(({ orderId }) => orderId !== undefined);
  const unanswered = sent.filter(({ refusal }) => refusal === UNANSWERED).length;
  const lostOrders = await countLost(evidence, findings);
  const entries = await ledgerEntries(evidence.log);
  const fills = fillDifferences(evidence, entries, findings);
  const ledgerDelta = await largestDelta(evidence, entries, findings);
  findings.push(...auditProblems);
  return {
    orders: sent.length,
    acknowledged: taken.length,
    refused: sent.length - taken.length - unanswered,
    unanswered,
    lost: lostOrders + fills.lost,
    duplicated: fills.duplicated + repeatedAtVenues(evidence, findings),
    ledgerDelta: ledgerDelta.normalized().toString(),
    openSagas,
    auditMissing,
    auditValid: auditProblems.length === 0,
    findings: findings.slice(0, 50),
  };
}

/** Whether nothing was lost, repeated, left open or unanswered, and all books agree. */
export function isSound(verdict: Omit<Verdict, 'findings'>): boolean {
  const { lost, duplicated, openSagas, auditMissing, unanswered } = verdict;
  const wrong = lost + duplicated + openSagas + auditMissing + unanswered;
  return wrong === 0 && verdict.auditValid && verdict.ledgerDelta === '0';
}

async function countLost({ state, sent }: Evidence, findings: string[]): Promise<number> {
  let lost = 0;
  for (const { orderId, requestId } of sent) {
    if (orderId === undefined) continue;
    const item = await state.get(orderKey(orderId as OrderId));
    const order = item === undefined ? undefined : readOrderItem(item).order;
    if (order !== undefined && hasEnded(order)) continue;
    lost += 1;
    findings.push(`${requestId}: order ${orderId} is ${order?.status ?? 'not there'}`);
  }
  return lost;
}

/** Every entry once, by its id. */
async function ledgerEntries(log: EventLog): Promise<readonly LedgerEntry[]> {
  const found = new Map<string, LedgerEntry>();
  for (let partition = 0; partition < partitionsOf('ledger.entries'); partition += 1) {
    for (let from = 0; ; ) {
      const records = await log.read({ topic: 'ledger.entries', partition, from });
      const last = records.at(-1);
      if (last === undefined) break;
      for (const record of records) {
        const entry = readLedgerEntry(record);
        found.set(entry.entryId, entry);
      }
      from = last.offset + 1;
    }
  }
  return [...found.values()];
}

/** Booked fills against the venues' own trades, by number for each venue. */
function fillDifferences(
  { venues }: Evidence,
  entries: readonly LedgerEntry[],
  findings: string[],
): { readonly lost: number; readonly duplicated: number } {
  let lost = 0;
  let duplicated = 0;
  for (const [venue, accounts] of venues) {
    const traded = accounts.reduce((sum, { trades }) => sum + trades.length, 0);
    const booked = entries.filter(({ entryId }) => entryId.startsWith(`fill:${venue}:`)).length;
    lost += Math.max(0, traded - booked);
    duplicated += Math.max(0, booked - traded);
    if (traded !== booked) findings.push(`${venue}: ${traded} trades, ${booked} are booked`);
  }
  return { lost, duplicated };
}

function repeatedAtVenues({ venues }: Evidence, findings: string[]): number {
  let repeated = 0;
  for (const [venue, accounts] of venues) {
    const counts = new Map<string, number>();
    for (const { openOrders, doneOrders } of accounts) {
      for (const { clientOrderId } of [...openOrders, ...doneOrders]) {
        if (clientOrderId === null) continue;
        counts.set(clientOrderId, (counts.get(clientOrderId) ?? 0) + 1);
      }
      if (openOrders.length > 0) findings.push(`${venue}: ${openOrders.length} orders still stand`);
    }
    for (const [name, count] of counts) {
      if (count > 1) findings.push(`${venue}: order ${name} is there ${count} times`);
      repeated += count - 1;
    }
  }
  return repeated;
}

async function largestDelta(
  { state, venues }: Evidence,
  entries: readonly LedgerEntry[],
  findings: string[],
): Promise<Decimal> {
  const book = new LedgerSums();
  for (const entry of entries) book.add(entry);
  const differences: [string, Decimal][] = [...book.deltas()].map(([asset, sum]) => [
    `the ledger's sum of ${asset}`,
    sum,
  ]);
  const owned = new Map<string, Decimal>();
  for (const account of new Set(book.balances().map(({ accountId }) => accountId))) {
    const { items } = await state.query({
      table: 'balances',
      partition: balancesPartition(account),
      limit: 1000,
    });
    for (const stored of items.map(readBalanceItem)) {
      const logged = book.balance(stored);
      const place = `${stored.venue} ${stored.asset}`;
      for (const bucket of ['available', 'reserved'] as const) {
        const off = stored[bucket].subtract(logged?.[bucket] ?? Decimal.ZERO);
        differences.push([`${account} ${place} ${bucket}, store less log`, off]);
      }
      const total = stored.available.add(stored.reserved);
      owned.set(place, (owned.get(place) ?? Decimal.ZERO).add(total));
    }
  }
  for (const [venue, accounts] of venues) {
    const theirs = new Map<string, Decimal>();
    for (const { asset, available, locked } of accounts.flatMap(({ balances }) => balances)) {
      const total = Decimal.parse(available).add(Decimal.parse(locked));
      theirs.set(asset, (theirs.get(asset) ?? Decimal.ZERO).add(total));
    }
    for (const [asset, total] of theirs) {
      const ours = owned.get(`${venue} ${asset}`) ?? Decimal.ZERO;
      differences.push([`${venue} ${asset}, ours less theirs`, ours.subtract(total)]);
    }
  }
  let largest = Decimal.ZERO;
  for (const [what, off] of differences) {
    if (off.isZero()) continue;
    findings.push(`${what}: ${off}`);
    const size = off.isNegative() ? off.negate() : off;
    largest = largest.max(size);
  }
  return largest;
}
