import {
  type AccountId,
  type AssetId,
  assert,
  type Balance,
  Decimal,
  type LedgerEntry,
  type Posting,
  type VenueId,
} from '@ats/domain';

/** Whose balance, where, of what. */
export interface BalanceKey {
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly asset: AssetId;
}

/** An entry would have put a balance below zero. */
export interface Shortage {
  readonly kind: 'refused';
  readonly reason: 'AVAILABLE_SHORT' | 'RESERVED_SHORT';
  readonly at: BalanceKey;
  /** How much is lacking, units of the asset. */
  readonly short: Decimal;
}

export type EntryVerdict =
  | { readonly kind: 'posted'; readonly balances: readonly Balance[] }
  | Shortage;

const keyOf = ({ accountId, venue, asset }: BalanceKey): string =>
  JSON.stringify([accountId, venue, asset]);

/** @returns what an entry's postings come to for each venue and asset; zeros in a sound entry */
function sumsOf(postings: readonly Posting[]): readonly Decimal[] {
  const sums = new Map<string, Decimal>();
  for (const { venue, asset, amount } of postings) {
    const key = JSON.stringify([venue, asset]);
    sums.set(key, (sums.get(key) ?? Decimal.ZERO).add(amount));
  }
  return [...sums.values()];
}

/**
 * Says what an entry makes of the balances that it touches, or which of them it would put below
 * zero. Pure, so that a store can make the same changes as one conditional transaction.
 * @throws INVARIANT_VIOLATED when the postings do not sum to zero for each venue and asset
 */
export function judgeEntry(
  entry: LedgerEntry,
  balanceOf: (key: BalanceKey) => Balance | undefined,
): EntryVerdict {
  const balanced = sumsOf(entry.postings).every((sum) => sum.isZero());
  assert(balanced, 'an entry does not balance', { entryId: entry.entryId });
  const touched = new Map<string, Balance>();
  for (const { accountId, venue, asset, bucket, amount } of entry.postings) {
    if (bucket === 'counter') continue;
    const place = { accountId, venue, asset };
    const key = keyOf(place);
    const before = touched.get(key) ?? nextVersion(balanceOf(place) ?? emptyBalance(place));
    touched.set(key, { ...before, [bucket]: before[bucket].add(amount) });
  }
  for (const balance of touched.values()) {
    const { accountId, venue, asset, available, reserved } = balance;
    const at = { accountId, venue, asset };
    if (available.isNegative()) {
      return { kind: 'refused', reason: 'AVAILABLE_SHORT', at, short: available.negate() };
    }
    if (reserved.isNegative()) {
      return { kind: 'refused', reason: 'RESERVED_SHORT', at, short: reserved.negate() };
    }
  }
  return { kind: 'posted', balances: [...touched.values()] };
}

const nextVersion = (balance: Balance): Balance => ({ ...balance, version: balance.version + 1 });

function emptyBalance(key: BalanceKey): Balance {
  return { ...key, available: Decimal.ZERO, reserved: Decimal.ZERO, version: 0 };
}

/**
 * A whole ledger in memory: the reference that stores are compared with, and what a replay of all
 * entries gives. It keeps every entry's id and grows with them.
 */
export class LedgerBook {
  private readonly held = new Map<string, Balance>();
  private readonly counters = new Map<string, Posting>();
  private readonly posted = new Set<string>();

  /** Posts an entry whole or not at all, and an entry id once. */
  post(entry: LedgerEntry): EntryVerdict | { readonly kind: 'repeated' } {
    if (this.posted.has(entry.entryId)) return { kind: 'repeated' };
    const verdict = judgeEntry(entry, (key) => this.held.get(keyOf(key)));
    if (verdict.kind === 'refused') return verdict;
    this.posted.add(entry.entryId);
    for (const balance of verdict.balances) this.held.set(keyOf(balance), balance);
    for (const posting of entry.postings) {
      if (posting.bucket !== 'counter') continue;
      const before = this.counters.get(keyOf(posting))?.amount ?? Decimal.ZERO;
      const amount = before.add(posting.amount);
      this.counters.set(keyOf(posting), { ...posting, amount });
    }
    return verdict;
  }

  balance(key: BalanceKey): Balance {
    return this.held.get(keyOf(key)) ?? emptyBalance(key);
  }

  balances(): readonly Balance[] {
    return [...this.held.values()];
  }

  /** Each counter account's balance, as one posting. */
  counterBalances(): readonly Posting[] {
    return [...this.counters.values()];
  }

  /** What everything comes to for each asset: accounts, holds and counters. All zeros, always. */
  deltas(): ReadonlyMap<AssetId, Decimal> {
    const sums = new Map<AssetId, Decimal>();
    const add = (asset: AssetId, amount: Decimal): void => {
      sums.set(asset, (sums.get(asset) ?? Decimal.ZERO).add(amount));
    };
    for (const { asset, available, reserved } of this.held.values()) {
      add(asset, available.add(reserved));
    }
    for (const { asset, amount } of this.counters.values()) add(asset, amount);
    return sums;
  }
}
