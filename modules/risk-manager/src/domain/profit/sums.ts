import { type AssetId, Decimal } from '@ats/domain';

/** Amounts by asset. */
export type Sums = ReadonlyMap<AssetId, Decimal>;

/** One unit of an asset in the numeraire; undefined where nobody knows. */
export type RateOf = (asset: AssetId) => Decimal | undefined;

/** Digits of what is converted: far below the smallest unit of any money. */
const WORTH = { scale: 12, rounding: 'half-even' } as const;
/** Digits of what goes into a conversion, so that no product has more than a decimal holds. */
const AMOUNT = { scale: 20, rounding: 'half-even' } as const;

export function addTo(sums: Map<AssetId, Decimal>, asset: AssetId, amount: Decimal): void {
  sums.set(asset, (sums.get(asset) ?? Decimal.ZERO).add(amount));
}

/** What there is more of each asset than there was. */
export function difference(now: Sums, before: Sums): Sums {
  const found = new Map(now);
  for (const [asset, amount] of before) addTo(found, asset, amount.negate());
  return found;
}

export function converted(amount: Decimal, rate: Decimal): Decimal {
  return amount
    .round(AMOUNT.scale, AMOUNT.rounding)
    .normalized()
    .multiply(rate)
    .round(WORTH.scale, WORTH.rounding);
}

/** All of it in the numeraire, and the assets that have no rate and are left out. */
export function worthOf(
  sums: Sums,
  rateOf: RateOf,
): { readonly worth: Decimal; readonly missing: readonly AssetId[] } {
  const missing: AssetId[] = [];
  let worth = Decimal.ZERO;
  for (const [asset, amount] of sums) {
    if (amount.isZero()) continue;
    const rate = rateOf(asset);
    if (rate === undefined) missing.push(asset);
    else worth = worth.add(converted(amount, rate));
  }
  return { worth, missing };
}
