import type { Decimal } from '@ats/domain';

/** The limits that trades and their unwinding keep to. Money is in the numeraire. */
export interface TradeRules {
  /** Legs that have not left for their venues by then expire. */
  readonly legTimeoutUs: number;
  /** A leg that stands this long after its time to leave is cancelled. */
  readonly cancelAfterUs: number;
  /** How often an order that is silent is asked for. */
  readonly recheckUs: number;
  readonly unwind: UnwindRules;
}

export interface UnwindRules {
  /** Most that closing the larger leg may lose, judged before the first leg. */
  readonly lossBudget: Decimal;
  /** How far from the best price an unwind may trade. */
  readonly collarBps: Decimal;
  /** Attempts after which the trade is exposed. */
  readonly attemptsMax: number;
  /** Attempts at any venue, before only the venue of the filled leg is left. */
  readonly hedgeAttemptsMax: number;
  /** Time after which the trade is exposed. */
  readonly timeMaxUs: number;
  /** Pause between attempts. */
  readonly retryUs: number;
  /** A remainder worth more than this is closed in slices. */
  readonly gradualAbove: Decimal;
  readonly sliceNotional: Decimal;
  readonly sliceUs: number;
  /** Oldest book that an unwind is priced on. */
  readonly bookAgeUsMax: number;
}
