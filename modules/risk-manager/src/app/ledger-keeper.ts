import { type AssetId, assetId, Decimal, type LedgerEntry } from '@ats/domain';
import { profitOf, readLedgerEntry } from '@ats/orders';
import type { Clock } from '@ats/runtime';
import type { ItemKey, LogRecord, StateStore, TransactItem } from '@ats/storage';
import { inTransactions } from './in-transactions.ts';
import type { Kept } from './log-follower.ts';

/** How long an entry is known: it comes again soon or not at all. */
const KEPT_US = 7 * 86_400_000_000;
const ASSETS_MAX = 1000;
const PARTITION = 'ledger-net';

const markKey = ({ entryId }: LedgerEntry): ItemKey => {
  return { table: 'risk', partition: `entry/${entryId}`, sort: '' };
};

/** Profit of record by asset, as the ledger's own entries of fills make it. */
export class LedgerKeeper implements Kept<LedgerEntry> {
  readonly topic = 'ledger.entries';
  private readonly state: StateStore;
  private readonly clock: Clock;
  private sums = new Map<AssetId, Decimal>();

  constructor(options: { readonly state: StateStore; readonly clock: Clock }) {
    this.state = options.state;
    this.clock = options.clock;
  }

  /** How much more of each asset all fills have left, fees taken off. */
  net(): ReadonlyMap<AssetId, Decimal> {
    return this.sums;
  }

  read(record: LogRecord): LedgerEntry | undefined {
    const entry = readLedgerEntry(record);
    return entry.kind === 'fill' ? entry : undefined;
  }

  async load(): Promise<void> {
    const query = { table: 'risk', partition: PARTITION, limit: ASSETS_MAX } as const;
    const { items } = await this.state.query(query);
    this.sums = new Map(
      items.map(({ key, attributes: { net } }) => [
        assetId(key.sort),
        net instanceof Decimal ? net : Decimal.ZERO,
      ]),
    );
  }

  async count(entries: readonly LedgerEntry[]): Promise<boolean> {
    const once = [...new Map(entries.map((one) => [one.entryId, one])).values()];
    const itemsOf = ({ entryId, postings }: LedgerEntry): readonly string[] => [
      entryId,
      ...postings.map(({ asset }) => asset),
    ];
    for (const part of inTransactions(once, itemsOf)) {
      if (!(await this.countTogether(part))) return false;
    }
    return true;
  }

  private async countTogether(once: readonly LedgerEntry[]): Promise<boolean> {
    const known = await Promise.all(once.map((one) => this.state.get(markKey(one))));
    const fresh = once.filter((_, index) => known[index] === undefined);
    if (fresh.length === 0) return true;
    const expiresAtUs = this.clock.nowUs() + KEPT_US;
    const marks = fresh.map((one): TransactItem => {
      return { kind: 'create', key: markKey(one), attributes: {}, expiresAtUs };
    });
    const profits = [...profitOf(fresh)].filter(([, { net }]) => !net.isZero());
    const increments = profits.map(([asset, { net }]): TransactItem => {
      const key = { table: 'risk', partition: PARTITION, sort: asset } as const;
      return { kind: 'update', key, increment: { net } };
    });
    const result = await this.state.transact([...marks, ...increments]);
    if (result.kind !== 'committed') return false;
    for (const [asset, { net }] of profits) {
      this.sums.set(asset, (this.sums.get(asset) ?? Decimal.ZERO).add(net));
    }
    return true;
  }
}
