import { type AtsError, Decimal, type LedgerEntry } from '@ats/domain';
import { balanceItems, readBalanceItem } from '@ats/orders';
import type { ItemRefusal } from '@ats/storage';
import { refusal } from '../domain/refusals.ts';

/** What a refused balance lacks, in figures and words. */
export function fundsInsufficient(
  entries: readonly LedgerEntry[],
  { key, current }: Pick<ItemRefusal, 'key' | 'current'>,
): AtsError {
  const [venue = '', asset = ''] = key.sort.split('/');
  const step = balanceItems(entries).find(({ key: { sort } }) => sort === key.sort);
  const change = step?.kind === 'update' ? step.increment?.['available'] : undefined;
  const needed = change instanceof Decimal ? change.negate() : Decimal.ZERO;
  const available = current === undefined ? undefined : readBalanceItem(current).available;
  return lacking({ accountId: key.partition, venue, asset, needed, available });
}

/** @param about `available` is undefined where the account never had any of the asset there */
export function lacking(about: {
  readonly accountId: string;
  readonly venue: string;
  readonly asset: string;
  readonly needed: Decimal;
  readonly available: Decimal | undefined;
}): AtsError {
  const { accountId, venue, asset, available } = about;
  const needed = about.needed.normalized().toString();
  const never = available === undefined;
  const has = never
    ? `has never had any ${asset} on ${venue}: nothing was ever deposited`
    : `has ${available.normalized()} ${asset} available on ${venue}`;
  return refusal({
    code: 'ORDER_FUNDS_INSUFFICIENT',
    message: `account ${accountId} ${has}, ${needed} ${asset} are needed`,
    remedy: never
      ? `Deposit ${asset} on ${venue}, and have the ledger reconciled.`
      : 'Order less, or cancel orders that hold the money.',
    field: 'balance',
    value: `${venue}/${asset}`,
    facts: { venue, asset, needed, available: (available ?? Decimal.ZERO).toString() },
  });
}
