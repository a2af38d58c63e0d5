import { Decimal } from '@ats/domain';

/** Equity against its peak, exact; immutable. */
export interface Drawdown {
  readonly equity: Decimal;
  readonly peak: Decimal;
  /** `peak` less `equity`, never negative. */
  readonly depth: Decimal;
  /** The deepest that it ever was. */
  readonly deepest: Decimal;
}

export function drawdownFrom(equity: Decimal): Drawdown {
  return { equity, peak: equity, depth: Decimal.ZERO, deepest: Decimal.ZERO };
}

/** The drawdown once equity has become this. */
export function drawdownAfter(before: Drawdown, equity: Decimal): Drawdown {
  const peak = equity.greaterThan(before.peak) ? equity : before.peak;
  const depth = peak.subtract(equity);
  const deepest = depth.greaterThan(before.deepest) ? depth : before.deepest;
  return { equity, peak, depth, deepest };
}
