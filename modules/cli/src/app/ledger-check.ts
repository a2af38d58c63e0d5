import { type AssetId, Decimal, type LedgerEntry } from '@ats/domain';
import {
  type AssetProfit,
  balanceKey,
  LedgerSums,
  profitOf,
  readBalanceItem,
  readLedgerEntry,
} from '@ats/orders';
import { type EventLog, partitionsOf, type StateStore } from '@ats/storage';

const TOPIC = 'ledger.entries';
const READ_MAX = 1000;
const DIFFERENCES_MAX = 20;

export interface LedgerCheck {
  /** Entries in the log, each counted once. */
  readonly entries: number;
  /** Whether every asset sums to zero and the log's entries make exactly the store's balances. */
  readonly balanced: boolean;
  /** What all accounts and counters come to by asset; all `0` in a sound ledger. */
  readonly deltas: Readonly<Record<string, string>>;
  /** Where log and store differ, in words. */
  readonly differences: readonly string[];
  /** Profit of record by asset since the moment asked for, decimal text. */
  readonly profit: Readonly<Record<string, { traded: string; fees: string; net: string }>>;
}

/**
 * Replays every ledger entry of the log and holds the outcome against the balances in the store.
 * Nothing may write meanwhile.
 * @param parts `sinceUs`: profit counts from then on, microseconds since the epoch;
 *   `unpublished`: what outboxes hold that may not be in the log yet
 */
export async function checkLedger(parts: {
  readonly log: Pick<EventLog, 'read'>;
  readonly state: Pick<StateStore, 'get'>;
  readonly sinceUs: number;
  readonly unpublished?: readonly LedgerEntry[];
}): Promise<LedgerCheck> {
  const sums = new LedgerSums();
  const recent: LedgerEntry[] = [];
  const differences: string[] = [];
  for await (const entry of ledgerEntries(parts.log)) {
    if (sums.add(entry) && entry.postedAtUs >= parts.sinceUs) recent.push(entry);
  }
  for (const entry of parts.unpublished ?? []) sums.add(entry);
  for (const balance of sums.balances()) {
    const item = await parts.state.get(balanceKey(balance));
    const stored = item === undefined ? undefined : readBalanceItem(item);
    for (const bucket of ['available', 'reserved'] as const) {
      const [logged, kept] = [balance[bucket], stored?.[bucket] ?? Decimal.ZERO];
      if (logged.equals(kept)) continue;
      const where = `${balance.accountId} ${balance.venue} ${balance.asset} ${bucket}`;
      differences.push(`${where}: the log makes ${logged}, the store has ${kept}`);
    }
  }
  const deltas = Object.fromEntries(
    [...sums.deltas()].map(([asset, sum]) => [asset, sum.normalized().toString()]),
  );
  const sound = [...sums.deltas().values()].every((sum) => sum.isZero());
  return {
    entries: sums.entries,
    balanced: sound && differences.length === 0,
    deltas,
    differences: differences.slice(0, DIFFERENCES_MAX),
    profit: textsOf(profitOf(recent)),
  };
}

function textsOf(profits: ReadonlyMap<AssetId, AssetProfit>): LedgerCheck['profit'] {
  return Object.fromEntries(
    [...profits].map(([asset, { traded, fees, net }]) => [
      asset,
      { traded: plain(traded), fees: plain(fees), net: plain(net) },
    ]),
  );
}

const plain = (value: Decimal): string => value.normalized().toString();

/** Every entry of the log, partition by partition; one account's are in order. */
async function* ledgerEntries(log: Pick<EventLog, 'read'>): AsyncGenerator<LedgerEntry> {
  for (let partition = 0; partition < partitionsOf(TOPIC); partition += 1) {
    let from = 0;
    for (;;) {
      const records = await log.read({ topic: TOPIC, partition, from, limit: READ_MAX });
      const last = records.at(-1);
      if (last === undefined) break;
      for (const record of records) yield readLedgerEntry(record);
      from = last.offset + 1;
    }
  }
}
