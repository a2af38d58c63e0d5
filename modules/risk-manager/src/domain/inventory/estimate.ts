import { Decimal } from '@ats/domain';

/** An amount that is only estimated, zero or more, with so many digits after the point. */
export const estimate = (value: number, scale: number): Decimal =>
  Decimal.parse(Math.max(0, value).toFixed(scale));
