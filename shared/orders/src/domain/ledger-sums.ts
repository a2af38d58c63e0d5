import { type AssetId, type Balance, Decimal, type LedgerEntry } from '@ats/domain';
import type { BalanceKey } from './ledger-book.ts';

const keyOf = ({ accountId, venue, asset }: BalanceKey): string =>
  JSON.stringify([accountId, venue, asset]);

/**
 * What entries come to, whatever order they are read in. Two services write to one account's part
 * of the log, each in its own order, so a reader can see money reserved before it sees the release
 * that freed it: only the sums mean something, and they say what the store must hold.
 */
export class LedgerSums {
  private readonly seen = new Set<string>();
  private readonly accounts = new Map<string, Balance>();
  private readonly assets = new Map<AssetId, Decimal>();

  /** @returns false when an entry of this id has been added before */
  add(entry: LedgerEntry): boolean {
    if (this.seen.has(entry.entryId)) return false;
    this.seen.add(entry.entryId);
    for (const { accountId, venue, asset, bucket, amount } of entry.postings) {
      this.assets.set(asset, (this.assets.get(asset) ?? Decimal.ZERO).add(amount));
      if (bucket === 'counter') continue;
      const key = keyOf({ accountId, venue, asset });
      const before = this.accounts.get(key) ?? {
        ...{ accountId, venue, asset, available: Decimal.ZERO, reserved: Decimal.ZERO },
        version: 0,
      };
      const version = before.version + 1;
      this.accounts.set(key, { ...before, [bucket]: before[bucket].add(amount), version });
    }
    return true;
  }

  /** Entries added, each once. */
  get entries(): number {
    return this.seen.size;
  }

  balance(key: BalanceKey): Balance | undefined {
    return this.accounts.get(keyOf(key));
  }

  balances(): readonly Balance[] {
    return [...this.accounts.values()];
  }

  /** What all postings come to for each asset, counters included. All zeros, always. */
  deltas(): ReadonlyMap<AssetId, Decimal> {
    return this.assets;
  }
}
