import { type AssetId, Decimal, type LedgerEntry } from '@ats/domain';
import { COUNTERS } from './ledger-entries.ts';

/** What fills did to one asset, units of it. */
export interface AssetProfit {
  /** Received less given in trades. */
  readonly traded: Decimal;
  /** Rebates less fees: below zero for fees paid. */
  readonly fees: Decimal;
  /** Both together: how much more of the asset there is. */
  readonly net: Decimal;
}

const NOTHING: AssetProfit = { traded: Decimal.ZERO, fees: Decimal.ZERO, net: Decimal.ZERO };

/**
 * Profit of record, read off the postings of fills and of fees that were corrected later; all
 * other entries are passed over. Give it the entries of one trade, one account or one day. Nothing
 * is converted: each asset stands for itself.
 */
export function profitOf(entries: Iterable<LedgerEntry>): ReadonlyMap<AssetId, AssetProfit> {
  const profits = new Map<AssetId, AssetProfit>();
  for (const { kind, postings } of entries) {
    for (const { accountId, asset, bucket, amount } of postings) {
      const counts = kind === 'fill' || accountId === COUNTERS.fees;
      if (bucket !== 'counter' || !counts) continue;
      const before = profits.get(asset) ?? NOTHING;
      const part = accountId === COUNTERS.fees ? 'fees' : 'traded';
      profits.set(asset, {
        ...before,
        [part]: before[part].subtract(amount),
        net: before.net.subtract(amount),
      });
    }
  }
  return profits;
}
