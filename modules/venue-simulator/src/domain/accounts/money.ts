import { Decimal, divideRounded, type Listing } from '@ats/domain';

/** Fees are rounded up to at least this many digits. */
const FEE_SCALE_MIN = 8;
/** Basis points to one. */
const BPS_SCALE = 4;

/** Whole steps as an exact amount. */
export function amountOf(steps: number, step: Decimal): Decimal {
  return new Decimal(BigInt(steps) * step.units, step.scale);
}

/** @returns how many steps an amount is; undefined when it is no whole number of them. */
export function stepsOf(amount: Decimal, step: Decimal): number | undefined {
  const numerator = amount.units * 10n ** BigInt(step.scale);
  const denominator = step.units * 10n ** BigInt(amount.scale);
  if (numerator % denominator !== 0n) return undefined;
  const steps = Number(numerator / denominator);
  return Number.isSafeInteger(steps) ? steps : undefined;
}

/** @returns the whole steps in an amount, rounded down. */
export function stepsWithin(amount: Decimal, step: Decimal): number {
  const numerator = amount.units * 10n ** BigInt(step.scale);
  const denominator = step.units * 10n ** BigInt(amount.scale);
  return Number(divideRounded({ numerator, denominator, rounding: 'floor' }));
}

/** Price times quantity, exact. */
export function notionalOf(listing: Listing, at: { priceTicks: number; lots: number }): Decimal {
  return amountOf(at.priceTicks, listing.priceTick).multiply(
    amountOf(at.lots, listing.quantityStep),
  );
}

/** The fee on an amount, exact: all its digits. */
export function exactFee(amount: Decimal, bps: Decimal): Decimal {
  return amount.multiply(new Decimal(bps.units, bps.scale + BPS_SCALE));
}

/**
 * Rounds a sum of exact fees up, to no fewer digits than a notional of the listing has: the fee
 * of a fill is then never more than the fill. Charging each fill the difference of two such sums
 * charges an order of many fills no more than one of a single fill.
 */
export function chargedFee(listing: Listing, exact: Decimal): Decimal {
  const notionalScale = listing.priceTick.scale + listing.quantityStep.scale;
  return exact.round(Math.max(FEE_SCALE_MIN, notionalScale), 'up');
}
