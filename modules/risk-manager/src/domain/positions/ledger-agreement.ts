import { type AssetId, Decimal } from '@ats/domain';

type Sums = ReadonlyMap<AssetId, Decimal>;

/** An asset of which positions and the ledger do not say the same. */
export interface Disagreement {
  readonly asset: AssetId;
  /** Units of the asset. */
  readonly positions: Decimal;
  readonly ledger: Decimal;
}

/** Where positions and the ledger differ, to the last digit. */
export function disagreements(positions: Sums, ledger: Sums): readonly Disagreement[] {
  const assets = new Set([...positions.keys(), ...ledger.keys()]);
  return [...assets].flatMap((asset): readonly Disagreement[] => {
    const ours = positions.get(asset) ?? Decimal.ZERO;
    const theirs = ledger.get(asset) ?? Decimal.ZERO;
    return ours.equals(theirs) ? [] : [{ asset, positions: ours, ledger: theirs }];
  });
}

/**
 * Tells differences that stand from those of records on their way: both follow the log, each at its
 * own pace, and agree again within moments.
 */
export class LedgerAgreement {
  private readonly patienceUs: number;
  /** Since when an asset has differed by the same amount. */
  private readonly since = new Map<AssetId, { readonly by: Decimal; readonly atUs: number }>();

  constructor(options: { readonly patienceUs: number }) {
    this.patienceUs = options.patienceUs;
  }

  /** @returns what has differed by the same amount for too long */
  observe(found: readonly Disagreement[], nowUs: number): readonly Disagreement[] {
    const differing = new Set(found.map(({ asset }) => asset));
    for (const asset of this.since.keys()) if (!differing.has(asset)) this.since.delete(asset);
    return found.filter(({ asset, positions, ledger }) => {
      const by = positions.subtract(ledger);
      const before = this.since.get(asset);
      if (before === undefined || !before.by.equals(by)) {
        this.since.set(asset, { by, atUs: nowUs });
        return false;
      }
      return nowUs - before.atUs >= this.patienceUs;
    });
  }
}
