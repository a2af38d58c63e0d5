import { Decimal, type EdgeWaterfall } from '@ats/domain';

/** Digits after the point of a quotient of money. */
const SCALE = 12;

export function sumOf<Item>(items: Iterable<Item>, amount: (item: Item) => Decimal): Decimal {
  let sum = Decimal.ZERO;
  for (const item of items) sum = sum.add(amount(item));
  return sum;
}

/** @returns undefined where there is nothing to divide by */
export function meanMoney(sum: Decimal, count: number): Decimal | undefined {
  if (count === 0) return undefined;
  return sum.divide(Decimal.fromNumber(count), { scale: SCALE, rounding: 'half-even' });
}

/** A quotient of money for reading. @returns NaN where the divisor is zero */
export function shareOf(parts: { readonly part: Decimal; readonly whole: Decimal }): number {
  return parts.whole.isZero() ? Number.NaN : parts.part.toNumber() / parts.whole.toNumber();
}

export const NO_WATERFALL: EdgeWaterfall = {
  quoted: Decimal.ZERO,
  staleness: Decimal.ZERO,
  fees: Decimal.ZERO,
  slippage: Decimal.ZERO,
  unwind: Decimal.ZERO,
  realised: Decimal.ZERO,
};

export function addWaterfalls(sum: EdgeWaterfall, more: EdgeWaterfall): EdgeWaterfall {
  return {
    quoted: sum.quoted.add(more.quoted),
    staleness: sum.staleness.add(more.staleness),
    fees: sum.fees.add(more.fees),
    slippage: sum.slippage.add(more.slippage),
    unwind: sum.unwind.add(more.unwind),
    realised: sum.realised.add(more.realised),
  };
}
