import { type AccountId, accountId, Decimal, type LedgerEntry } from '@ats/domain';
import { readLedgerEntry } from '@ats/orders';
import type { LogRecord, StateStore, TransactItem } from '@ats/storage';
import {
  type Flow,
  type FlowRules,
  flowChanges,
  flowOf,
  type Place,
} from '../../domain/inventory/flow.ts';
import type { Kept } from '../log-follower.ts';
import { type Addition, riskItems, WindowSums, type WindowSumsOptions } from './window-sums.ts';

const ACCOUNTS = 'inventory-accounts';
/** Two items each in a transaction that holds a hundred. */
const ACCOUNTS_AT_ONCE = 45;

export type KeeperOptions = Omit<WindowSumsOptions<string>, 'partition' | 'names' | 'windowUs'> & {
  readonly rules: FlowRules;
};

/** How fast trading moves assets between venues, from the ledger's entries. */
export class FlowKeeper implements Kept<LedgerEntry> {
  readonly topic = 'ledger.entries';
  readonly purpose = 'inventory';
  private readonly state: StateStore;
  private readonly rules: FlowRules;
  private readonly clock: KeeperOptions['clock'];
  private readonly sums: WindowSums<'received' | 'given' | 'fills'>;
  /** When the first entry of each account was posted, microseconds since the epoch. */
  private since = new Map<AccountId, number>();

  constructor(options: KeeperOptions) {
    this.state = options.state;
    this.rules = options.rules;
    this.clock = options.clock;
    this.sums = new WindowSums({
      ...options,
      windowUs: options.rules.windowUs,
      partition: 'inventory-flow',
      names: ['received', 'given', 'fills'],
    });
  }

  /** Every account that ever had money. */
  accounts(): readonly AccountId[] {
    return [...this.since.keys()];
  }

  flow(place: Place): Flow {
    const nowUs = this.clock.nowUs();
    const buckets = this.sums.of(place).map(({ startUs, sums: { received, given, fills } }) => {
      return { startUs, received, given, fills: fills.toNumber() };
    });
    const sinceUs = this.since.get(place.accountId) ?? nowUs;
    return flowOf(buckets, { sinceUs, nowUs }, this.rules);
  }

  /** Since when an account is watched, microseconds since the epoch. */
  watchedSinceUs(account: AccountId): number {
    return this.since.get(account) ?? this.clock.nowUs();
  }

  read(record: LogRecord): LedgerEntry | undefined {
    const entry = readLedgerEntry(record);
    const counts = entry.kind === 'fill' && !this.sums.isPast(entry.postedAtUs);
    return counts || ownersOf(entry).some((owner) => !this.since.has(owner)) ? entry : undefined;
  }

  async load(): Promise<void> {
    const since = new Map<AccountId, number>();
    for await (const { key, attributes } of riskItems(this.state, ACCOUNTS)) {
      const { sinceUs } = attributes;
      since.set(accountId(key.sort), sinceUs instanceof Decimal ? sinceUs.toNumber() : 0);
    }
    this.since = since;
    await this.sums.load();
  }

  itemsOf(entry: LedgerEntry): readonly string[] {
    return this.sums.itemsOf(additionOf(entry));
  }

  async count(entries: readonly LedgerEntry[]): Promise<boolean> {
    if (!(await this.note(entries))) return false;
    const additions = entries
      .filter(({ postedAtUs }) => !this.sums.isPast(postedAtUs))
      .map(additionOf)
      .filter(({ parts }) => parts.length > 0);
    return this.sums.add(additions);
  }

  /** Notes accounts that were not seen before. */
  private async note(entries: readonly LedgerEntry[]): Promise<boolean> {
    const fresh = new Map<AccountId, number>();
    for (const entry of entries) {
      for (const owner of ownersOf(entry)) {
        if (this.since.has(owner)) continue;
        fresh.set(owner, Math.min(fresh.get(owner) ?? Infinity, entry.postedAtUs));
      }
    }
    const all = [...fresh];
    for (let from = 0; from < all.length; from += ACCOUNTS_AT_ONCE) {
      const some = all.slice(from, from + ACCOUNTS_AT_ONCE);
      const items = some.map(([owner, sinceUs]): TransactItem => {
        const key = { table: 'risk', partition: ACCOUNTS, sort: owner } as const;
        return { kind: 'create', key, attributes: { sinceUs: BigInt(sinceUs) } };
      });
      if ((await this.state.transact(items)).kind !== 'committed') return false;
      for (const [owner, sinceUs] of some) this.since.set(owner, sinceUs);
    }
    return true;
  }
}

/** What an entry adds to the flows of each place. */
function additionOf(entry: LedgerEntry): Addition<'received' | 'given' | 'fills'> {
  const parts = flowChanges(entry).map(({ place, received, given }) => ({
    place,
    sums: { received, given, fills: Decimal.ONE },
  }));
  return { eventId: entry.entryId, atUs: entry.postedAtUs, parts };
}

/** Whose money an entry moves. */
const ownersOf = ({ postings }: LedgerEntry): readonly AccountId[] => [
  ...new Set(postings.filter(({ bucket }) => bucket !== 'counter').map((one) => one.accountId)),
];
