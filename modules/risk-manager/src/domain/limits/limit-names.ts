import type { ReasonCode } from '@ats/domain';

/** What a limit's figures are counted in; `money` is the numeraire of the risk manager. */
export type LimitUnit = 'money' | 'count' | 'bps' | 'ms' | 'per-second' | 'money-seconds';

/** What a limit may have figures of its own for. */
export type LimitScope = 'none' | 'money' | 'venue' | 'asset' | 'instrument';

interface LimitKind {
  readonly unit: LimitUnit;
  readonly scope: LimitScope;
  /** What a refusal for this limit says. */
  readonly reason: ReasonCode;
  readonly meaning: string;
}

/** Every limit there is. The first group is held against one question, the second against all. */
export const LIMITS = {
  tradeNotional: {
    unit: 'money',
    scope: 'money',
    reason: 'RISK_NOTIONAL_MAX',
    meaning: 'what one leg is worth, in the money that profit is counted in',
  },
  tradeExposure: {
    unit: 'money',
    scope: 'money',
    reason: 'RISK_EXPOSURE_MAX',
    meaning: 'what both legs and their fees are worth, in the money that profit is counted in',
  },
  tradeLoss: {
    unit: 'money',
    scope: 'none',
    reason: 'RISK_TRADE_LOSS_MAX',
    meaning: 'what a trade loses at worst if only one leg fills',
  },
  venueNotional: {
    unit: 'money',
    scope: 'venue',
    reason: 'RISK_VENUE_NOTIONAL_MAX',
    meaning: 'what one leg on a venue is worth',
  },
  bookAge: {
    unit: 'ms',
    scope: 'none',
    reason: 'RISK_BOOK_AGE_MAX',
    meaning: 'age of a book that is traded on',
  },
  clockSkew: {
    unit: 'ms',
    scope: 'none',
    reason: 'RISK_CLOCK_SKEW_MAX',
    meaning: 'how far the clock of a venue is off, either way',
  },
  spread: {
    unit: 'bps',
    scope: 'none',
    reason: 'RISK_SPREAD_CEILING',
    meaning: 'gross edge; more is too good to be true',
  },
  priceBand: {
    unit: 'bps',
    scope: 'none',
    reason: 'RISK_PRICE_BAND',
    meaning: 'how far beyond the middle of the book an order may pay',
  },
  approvalRate: {
    unit: 'per-second',
    scope: 'none',
    reason: 'RISK_RATE_LIMIT',
    meaning: 'approvals a second in the long run',
  },
  grossExposure: {
    unit: 'money',
    scope: 'none',
    reason: 'RISK_GROSS_EXPOSURE_MAX',
    meaning: 'worth of all positions, long and short added up',
  },
  netExposure: {
    unit: 'money',
    scope: 'none',
    reason: 'RISK_NET_EXPOSURE_MAX',
    meaning: 'worth of what is left when long and short of each asset are set off, added up',
  },
  venueExposure: {
    unit: 'money',
    scope: 'venue',
    reason: 'RISK_VENUE_EXPOSURE_MAX',
    meaning: 'worth of all positions on one venue',
  },
  assetExposure: {
    unit: 'money',
    scope: 'asset',
    reason: 'RISK_ASSET_EXPOSURE_MAX',
    meaning: 'worth of all positions in one base asset, long and short added up',
  },
  symbolExposure: {
    unit: 'money',
    scope: 'instrument',
    reason: 'RISK_SYMBOL_EXPOSURE_MAX',
    meaning: 'worth of all positions in one instrument, long and short added up',
  },
  tradesOpen: {
    unit: 'count',
    scope: 'none',
    reason: 'RISK_TRADES_OPEN_MAX',
    meaning: 'trades that are open at once',
  },
  tradesPerDay: {
    unit: 'count',
    scope: 'none',
    reason: 'RISK_TRADES_PER_DAY_MAX',
    meaning: 'trades begun since midnight',
  },
  volumePerDay: {
    unit: 'money',
    scope: 'none',
    reason: 'RISK_VOLUME_PER_DAY_MAX',
    meaning: 'worth of what was bought and sold since midnight, and of what is on its way',
  },
  lossPerDay: {
    unit: 'money',
    scope: 'none',
    reason: 'RISK_LOSS_MAX',
    meaning: 'what was lost since midnight, realised and not',
  },
  lossPerWeek: {
    unit: 'money',
    scope: 'none',
    reason: 'RISK_LOSS_MAX',
    meaning: 'what was lost since Monday, realised and not',
  },
  lossPerMonth: {
    unit: 'money',
    scope: 'none',
    reason: 'RISK_LOSS_MAX',
    meaning: 'what was lost since the first of the month, realised and not',
  },
  drawdown: {
    unit: 'money',
    scope: 'none',
    reason: 'RISK_DRAWDOWN_MAX',
    meaning: 'how far profit is below its peak',
  },
  valueAtRisk: {
    unit: 'money',
    scope: 'none',
    reason: 'RISK_VALUE_AT_RISK_MAX',
    meaning: 'loss that positions stay below with the confidence set, over the horizon set',
  },
  expectedShortfall: {
    unit: 'money',
    scope: 'none',
    reason: 'RISK_EXPECTED_SHORTFALL_MAX',
    meaning: 'mean loss in the cases beyond the value at risk',
  },
  unhedgedPerDay: {
    unit: 'money-seconds',
    scope: 'none',
    reason: 'RISK_UNHEDGED_MAX',
    meaning: 'value left open by trades times the time it was, since midnight',
  },
  venueSilence: {
    unit: 'ms',
    scope: 'venue',
    reason: 'RISK_VENUE_DOWN',
    meaning: 'how long no book of a venue has been whole',
  },
} as const satisfies Record<string, LimitKind>;

export type LimitName = keyof typeof LIMITS;

export const LIMIT_NAMES = Object.keys(LIMITS) as readonly LimitName[];

export const kindOf = (name: LimitName): LimitKind => LIMITS[name];

/**
 * Breaches of these refuse every new approval: no trade makes them better. The others are held
 * against each question, which lets through what lowers them.
 */
export const BOARD_LIMITS: ReadonlySet<LimitName> = new Set<LimitName>([
  ...(['lossPerDay', 'lossPerWeek', 'lossPerMonth', 'drawdown'] as const),
  ...(['valueAtRisk', 'expectedShortfall', 'unhedgedPerDay', 'venueSilence'] as const),
]);
