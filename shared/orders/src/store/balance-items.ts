import {
  type AccountId,
  type AssetId,
  type Balance,
  Decimal,
  type LedgerEntry,
  type VenueId,
} from '@ats/domain';
import type { Condition, Item, ItemKey, TransactItem } from '@ats/storage';
import type { BalanceKey } from '../domain/ledger-book.ts';

export const balanceKey = ({ accountId, venue, asset }: BalanceKey): ItemKey => ({
  table: 'balances',
  partition: accountId,
  sort: `${venue}/${asset}`,
});

/** The partition that holds an account's balances. */
export const balancesPartition = (accountId: AccountId): string => accountId;

interface Change {
  readonly place: BalanceKey;
  available: Decimal;
  reserved: Decimal;
}

/**
 * The steps that make the entries' postings to accounts true: one for each balance, exact
 * increments, refused (`at-least`) where a part would fall below zero. Counter accounts have no
 * items: they are the sum of all entries.
 */
export function balanceItems(entries: readonly LedgerEntry[]): readonly TransactItem[] {
  const changes = new Map<string, Change>();
  for (const { postings } of entries) {
    for (const { accountId, venue, asset, bucket, amount } of postings) {
      if (bucket === 'counter') continue;
      const place = { accountId, venue, asset };
      const { partition, sort } = balanceKey(place);
      const name = `${partition}\n${sort}`;
      const change = changes.get(name) ?? {
        place,
        available: Decimal.ZERO,
        reserved: Decimal.ZERO,
      };
      change[bucket] = change[bucket].add(amount);
      changes.set(name, change);
    }
  }
  return [...changes.values()].flatMap(itemOf);
}

function itemOf({ place, available, reserved }: Change): readonly TransactItem[] {
  if (available.isZero() && reserved.isZero()) return [];
  const conditions: Condition[] = [];
  if (available.isNegative()) conditions.push(atLeast('available', available));
  if (reserved.isNegative()) conditions.push(atLeast('reserved', reserved));
  const increment = { available, reserved };
  return [{ kind: 'update', key: balanceKey(place), increment, conditions }];
}

const atLeast = (attribute: 'available' | 'reserved', change: Decimal): Condition => ({
  kind: 'at-least',
  attribute,
  amount: change.negate(),
});

export function readBalanceItem(item: Item): Balance {
  const { partition, sort } = item.key;
  const [venue = '', asset = ''] = sort.split('/');
  const { available, reserved } = item.attributes;
  return {
    accountId: partition as AccountId,
    venue: venue as VenueId,
    asset: asset as AssetId,
    available: available instanceof Decimal ? available : Decimal.ZERO,
    reserved: reserved instanceof Decimal ? reserved : Decimal.ZERO,
    version: item.version,
  };
}
