import {
  type AccountId,
  type AssetId,
  assetId,
  Decimal,
  type LedgerEntry,
  type VenueId,
} from '@ats/domain';
import { profitOf, readLedgerEntry } from '@ats/orders';
import type { Clock } from '@ats/runtime';
import type { Item, ItemKey, LogRecord, StateStore, TransactItem } from '@ats/storage';
import { z } from 'zod';
import type { Kept } from './log-follower.ts';

/** How long an entry is known: it comes again soon or not at all. */
const KEPT_US = 7 * 86_400_000_000;
const PAGE = 1000;
const NET = 'ledger-net';
const FUNDING = 'ledger-funding';

/** What came to an account without trading, less what went. */
export interface Funding {
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly asset: AssetId;
  /** Units of the asset. */
  readonly amount: Decimal;
}

const placeSchema = z.tuple([
  z.string().transform((text) => text as AccountId),
  z.string().transform((text) => text as VenueId),
  z.string().transform(assetId),
]);

const markKey = ({ entryId }: LedgerEntry): ItemKey => {
  return { table: 'risk', partition: `entry/${entryId}`, sort: '' };
};

const amountOf = ({ attributes: { net } }: Item): Decimal =>
  net instanceof Decimal ? net : Decimal.ZERO;

/** Profit of record by asset, as the ledger's own entries of fills make it, and all the rest. */
export class LedgerKeeper implements Kept<LedgerEntry> {
  readonly topic = 'ledger.entries';
  private readonly state: StateStore;
  private readonly clock: Clock;
  private sums = new Map<AssetId, Decimal>();
  private fundings = new Map<string, Decimal>();

  constructor(options: { readonly state: StateStore; readonly clock: Clock }) {
    this.state = options.state;
    this.clock = options.clock;
  }

  /** How much more of each asset all fills have left, fees taken off. */
  net(): ReadonlyMap<AssetId, Decimal> {
    return this.sums;
  }

  /** Deposits less withdrawals, and what was confirmed to differ: never profit. */
  funding(): readonly Funding[] {
    return [...this.fundings].map(([place, amount]) => {
      const [accountId, venue, asset] = placeSchema.parse(JSON.parse(place));
      return { accountId, venue, asset, amount };
    });
  }

  read(record: LogRecord): LedgerEntry | undefined {
    const entry = readLedgerEntry(record);
    // What is reserved and released changes nobody's wealth.
    return entry.kind === 'reserve' || entry.kind === 'release' ? undefined : entry;
  }

  async load(): Promise<void> {
    const [net, funding] = await Promise.all([this.all(NET), this.all(FUNDING)]);
    this.sums = new Map(net.map((item) => [assetId(item.key.sort), amountOf(item)]));
    this.fundings = new Map(funding.map((item) => [item.key.sort, amountOf(item)]));
  }

  /** Of an entry: itself, and what it changes of profit or of funding. */
  itemsOf({ entryId, kind, postings }: LedgerEntry): readonly string[] {
    const changed = postings.map(({ accountId, venue, asset }) =>
      kind === 'fill' ? asset : `${accountId} ${venue} ${asset}`,
    );
    return [entryId, ...changed];
  }

  async count(entries: readonly LedgerEntry[]): Promise<boolean> {
    const once = [...new Map(entries.map((one) => [one.entryId, one])).values()];
    const known = await Promise.all(once.map((one) => this.state.get(markKey(one))));
    const fresh = once.filter((_, index) => known[index] === undefined);
    if (fresh.length === 0) return true;
    const expiresAtUs = this.clock.nowUs() + KEPT_US;
    const marks = fresh.map((one): TransactItem => {
      return { kind: 'create', key: markKey(one), attributes: {}, expiresAtUs };
    });
    const profits = [...profitOf(fresh.filter(({ kind }) => kind === 'fill'))]
      .map(([asset, { net }]) => [asset, net] as const)
      .filter(([, net]) => !net.isZero());
    const fundings = [...fundingOf(fresh)].filter(([, amount]) => !amount.isZero());
    const result = await this.state.transact([
      ...marks,
      ...profits.map(([asset, net]) => increment(NET, asset, net)),
      ...fundings.map(([place, net]) => increment(FUNDING, place, net)),
    ]);
    if (result.kind !== 'committed') return false;
    for (const [asset, net] of profits) add(this.sums, asset, net);
    for (const [place, net] of fundings) add(this.fundings, place, net);
    return true;
  }

  private async all(partition: string): Promise<readonly Item[]> {
    const found: Item[] = [];
    let after: string | undefined;
    do {
      const more = after === undefined ? {} : { after };
      const page = await this.state.query({ table: 'risk', partition, limit: PAGE, ...more });
      found.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return found;
  }
}

const increment = (partition: string, sort: string, net: Decimal): TransactItem => {
  return { kind: 'update', key: { table: 'risk', partition, sort }, increment: { net } };
};

function add<Key>(sums: Map<Key, Decimal>, key: Key, amount: Decimal): void {
  sums.set(key, (sums.get(key) ?? Decimal.ZERO).add(amount));
}

/** What entries other than fills brought to accounts, by account, venue and asset. */
function fundingOf(entries: readonly LedgerEntry[]): ReadonlyMap<string, Decimal> {
  const sums = new Map<string, Decimal>();
  for (const { kind, postings } of entries) {
    if (kind === 'fill') continue;
    for (const { accountId, venue, asset, bucket, amount } of postings) {
      if (bucket === 'counter') continue;
      add(sums, JSON.stringify([accountId, venue, asset]), amount);
    }
  }
  return sums;
}
