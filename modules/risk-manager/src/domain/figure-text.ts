import type { Decimal } from '@ats/domain';

const sixDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });
const cents = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

/** An amount as a person reads it: `60,817.9`, six digits that count. Facts keep it exact. */
export const amountText = (amount: Decimal): string => sixDigits.format(amount.toNumber());

/** Money as a person reads it: `92,773.38`. */
export const moneyText = (money: Decimal): string => cents.format(money.toNumber());
